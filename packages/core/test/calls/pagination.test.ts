import { beforeAll, describe, expect, it } from "vitest"
import { encodeMarker } from "../../src/formats/opaque/marker.js"
import { managedAliasNames } from "../../src/model/managed-keys.js"
import { account, otherAccount, userOf } from "../support/accounts.js"
import { createClock, dayMs } from "../support/clock.js"
import { expectRefusal } from "../support/refusals.js"
import type { Reply } from "../support/replies.js"
import { madeAliases, newKey, openWorld, type World } from "../support/world.js"

interface List {
  readonly operation: string
  readonly member: string
  /** What tells one item from another. */
  readonly nameOf: (item: Reply) => unknown
  /** Makes so many items, and answers the members that the list needs besides. */
  fill(world: World, count: number): Promise<object>
}

const aliasesOf = async ({ root, newKey }: World, count: number): Promise<string> => {
  const TargetKeyId = await newKey()
  for (let i = 0; i < count; i += 1) {
    await root.createAlias({ AliasName: `alias/${i}/${i % 3}`, TargetKeyId })
  }
  return TargetKeyId
}

const lists: readonly List[] = [
  {
    operation: "ListKeys",
    member: "Keys",
    nameOf: ({ KeyId }) => KeyId,
    fill: async ({ newKey }, count) => {
      for (let i = 0; i < count; i += 1) await newKey({ MultiRegion: i % 2 === 0 })
      return {}
    },
  },
  {
    operation: "ListAliases",
    member: "Aliases",
    nameOf: ({ AliasName }) => AliasName,
    fill: async (world, count) => {
      await aliasesOf(world, count - managedAliasNames.length)
      return {}
    },
  },
  {
    operation: "ListAliases",
    member: "Aliases",
    nameOf: ({ AliasName }) => AliasName,
    fill: async (world, count) => {
      await world.root.createAlias({
        AliasName: "alias/elsewhere",
        TargetKeyId: await world.newKey(),
      })
      return { KeyId: await aliasesOf(world, count) }
    },
  },
  {
    operation: "ListResourceTags",
    member: "Tags",
    nameOf: ({ TagKey }) => TagKey,
    fill: async ({ newKey }, count) => {
      const odd = ["", " ", "é", "鍵", "Z", "a", "\u3000"]
      const Tags = Array.from({ length: count }, (_, i) => ({
        TagKey: `${odd[i % odd.length]}${i}`,
        TagValue: "v",
      }))
      return { KeyId: await newKey({ Tags }) }
    },
  },
]

/** Every page of a list until it ends; `between` happens after each one. */
async function pagesOf(
  { call }: World,
  operation: string,
  input: object,
  between: () => Promise<unknown> = async () => undefined,
): Promise<Reply[]> {
  const pages: Reply[] = []
  let Marker: unknown
  do {
    const page = await call(operation, { ...input, Marker })
    expect("NextMarker" in page && page["NextMarker"] !== undefined).toBe(page["Truncated"])
    pages.push(page)
    Marker = page["NextMarker"]
    await between()
    if (pages.length > 1000) throw new Error("the list does not end")
  } while (Marker !== undefined)
  return pages
}

const itemsOf = (pages: readonly Reply[], { member, nameOf }: List) =>
  pages.flatMap((page) => (page[member] as Reply[]).map(nameOf))

describe.each(lists)("$operation by pages", (list) => {
  const { operation, fill } = list
  let world: World
  let input: object
  let whole: unknown[]

  beforeAll(async () => {
    world = await openWorld()
    input = await fill(world, 47)
    const pages = await pagesOf(world, operation, { ...input, Limit: 50 })
    expect(pages).toHaveLength(1)
    whole = itemsOf(pages, list)
  })

  it.each([1, 2, 7, 46, 47, 48])(
    "of %i is the whole list in order, nothing twice",
    async (Limit) => {
      const pages = await pagesOf(world, operation, { ...input, Limit })
      const items = itemsOf(pages, list)
      expect(items).toEqual(whole)
      expect(new Set(items).size).toBe(47)
      expect(pages.length).toBe(Math.ceil(47 / Limit))
    },
  )

  it.each([
    [0, "Member must have value greater than or equal to 1"],
    [-5, "Member must have value greater than or equal to 1"],
    [1001, "Member must have value less than or equal to 1000"],
  ])("refuses a limit of %i", async (Limit, constraint) => {
    await expectRefusal(
      world.call(operation, { ...input, Limit }),
      "ValidationException",
      `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: ${constraint}`,
    )
  })

  it("takes a limit of 1000 and never gives more than the list gives at once", async () => {
    const page = await world.call(operation, { ...input, Limit: 1000 })
    expect((page[list.member] as unknown[]).length).toBeLessThanOrEqual(1000)
    expect(page["Truncated"]).toBe(false)
  })

  /** What the list is of, as its markers say. */
  const listed = () => {
    const { KeyId } = input as { KeyId?: string }
    return KeyId === undefined ? operation : `${operation} ${KeyId}`
  }
  const forged = (after: string) => encodeMarker({ list: listed(), account, after })
  const bad: readonly (readonly [string, () => Promise<string> | string])[] = [
    ["a word", () => "marker"],
    ["Base64 of nothing of ours", () => "AAAA"],
    ["one of another list", () => encodeMarker({ list: "ListGrants", account, after: "x" })],
    [
      "one of another account",
      () => encodeMarker({ list: listed(), account: otherAccount, after: "x" }),
    ],
    [
      "one with a bit flipped",
      async () => {
        const { NextMarker } = await world.call(operation, { ...input, Limit: 1 })
        const text = String(NextMarker)
        return `${text.slice(0, 4)}${text[4] === "A" ? "B" : "A"}${text.slice(5)}`
      },
    ],
    [
      "one with something behind it",
      async () => `${(await world.call(operation, { ...input, Limit: 1 }))["NextMarker"]}AAAA`,
    ],
    [
      "one that is cut short",
      async () =>
        String((await world.call(operation, { ...input, Limit: 1 }))["NextMarker"]).slice(0, -4),
    ],
  ]

  it.each(bad)("refuses a marker that is %s", async (_, make) => {
    const Marker = await make()
    await expectRefusal(world.call(operation, { ...input, Marker }), "InvalidMarkerException")
  })

  it.each(["é", "\u0000", "x".repeat(650), "", "zzz", "/"])(
    "answers a forged marker behind %j with a refusal or with items of the list",
    async (after) => {
      const ended = await world
        .call(operation, { ...input, Marker: forged(after) })
        .catch((error: unknown) => error)
      if (ended instanceof Error) expect(ended.name).toBe("InvalidMarkerException")
      else for (const item of itemsOf([ended as Reply], list)) expect(whole).toContain(item)
    },
  )
})

describe("a list that changes between its pages", () => {
  it("has every key that was there throughout exactly once, and none that was gone before", async () => {
    const world = await openWorld()
    const { root, newKey, clock } = world
    const lasting: string[] = []
    for (let i = 0; i < 20; i += 1) lasting.push(await newKey())
    const doomed = await newKey()
    await root.scheduleKeyDeletion({ KeyId: doomed, PendingWindowInDays: 7 })
    clock.advanceMs(7 * dayMs)
    const passing: string[] = []
    const pages = await pagesOf(world, "ListKeys", { Limit: 3 }, async () => {
      const KeyId = await newKey()
      passing.push(KeyId)
      await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
      clock.advanceMs(7 * dayMs)
      await world.kms.sweep()
    })
    const ids = pages.flatMap((page) => (page["Keys"] as Reply[]).map(({ KeyId }) => KeyId))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(lasting))
    expect(ids.toSorted()).toEqual(ids)
    expect(ids).not.toContain(doomed)
    expect(ids.every((id) => [...lasting, ...passing].includes(String(id)))).toBe(true)
  })

  it("goes on when the item at which a page ended is gone", async () => {
    const world = await openWorld()
    const KeyId = await aliasesOf(world, 10)
    const first = await world.root.listAliases({ Limit: 4, KeyId })
    const names = first.Aliases?.map(({ AliasName = "" }) => AliasName) ?? []
    for (const AliasName of names) await world.root.deleteAlias({ AliasName })
    const next = await world.root.listAliases({ Limit: 100, KeyId, Marker: first.NextMarker })
    expect(next.Aliases).toHaveLength(6)
    expect((await world.root.listAliases({ KeyId })).Aliases).toEqual(next.Aliases)
  })

  it("goes on among all aliases when the one at which a page ended is gone", async () => {
    const world = await openWorld()
    await aliasesOf(world, 10)
    const first = await world.root.listAliases({ Limit: 4 })
    const names = first.Aliases?.map(({ AliasName = "" }) => AliasName) ?? []
    for (const AliasName of names) await world.root.deleteAlias({ AliasName })
    const next = await world.root.listAliases({ Limit: 100, Marker: first.NextMarker })
    expect(next.Aliases).toHaveLength(6 + managedAliasNames.length)
  })
})

describe("a marker", () => {
  it("of one key, one grantee or one retiring principal is refused for another", async () => {
    const world = await openWorld()
    const { root, newKey: make } = world
    const Tags = ["a", "b"].map((TagKey) => ({ TagKey, TagValue: "" }))
    const ids = [await make({ Tags }), await make({ Tags })]
    const [one = "", other = ""] = ids
    const [alice, bob] = [userOf(account), userOf(account, "bob")]
    for (const KeyId of ids) {
      for (const name of ["x", "y"]) {
        await root.createAlias({ AliasName: `alias/${name}${KeyId}`, TargetKeyId: KeyId })
        for (const principal of [alice, bob]) {
          const grantee = { GranteePrincipal: principal, RetiringPrincipal: principal }
          await root.createGrant({ KeyId, ...grantee, Operations: ["Decrypt"] })
        }
        await root.rotateKeyOnDemand({ KeyId })
      }
    }
    const cases: readonly (readonly [string, Reply, readonly Reply[]])[] = [
      ["ListAliases", { KeyId: one }, [{ KeyId: other }, {}]],
      ["ListAliases", {}, [{ KeyId: one }]],
      ["ListResourceTags", { KeyId: one }, [{ KeyId: other }]],
      ["ListKeyRotations", { KeyId: one }, [{ KeyId: other }]],
      ["ListGrants", { KeyId: one }, [{ KeyId: other }, { KeyId: one, GranteePrincipal: alice }]],
      [
        "ListGrants",
        { KeyId: one, GranteePrincipal: alice },
        [{ KeyId: one }, { KeyId: one, GranteePrincipal: bob }],
      ],
      ["ListRetirableGrants", { RetiringPrincipal: alice }, [{ RetiringPrincipal: bob }]],
    ]
    for (const [operation, input, others] of cases) {
      const { NextMarker: Marker } = await world.call(operation, { ...input, Limit: 1 })
      expect([operation, Marker]).toEqual([operation, expect.any(String)])
      await world.call(operation, { ...input, Marker })
      for (const foreign of others) {
        await expectRefusal(world.call(operation, { ...foreign, Marker }), "InvalidMarkerException")
      }
    }
  })

  it("is never longer than a marker may be", async () => {
    const world = await openWorld()
    const KeyId = await world.newKey({ MultiRegion: true })
    const GranteePrincipal = userOf(account, "x".repeat(64))
    const path = `arn:aws:iam::${account}:role/${"p".repeat(200)}/${"r".repeat(20)}`
    for (const grantee of [GranteePrincipal, path]) {
      for (let i = 0; i < 2; i += 1) {
        const principals = { GranteePrincipal: grantee, RetiringPrincipal: grantee }
        await world.root.createGrant({ KeyId, ...principals, Operations: ["Decrypt"] })
      }
      for (const [operation, input] of [
        ["ListGrants", { KeyId }],
        ["ListGrants", { KeyId, GranteePrincipal: grantee }],
        ["ListRetirableGrants", { RetiringPrincipal: grantee }],
      ] as const) {
        const { NextMarker } = await world.call(operation, { ...input, Limit: 1 })
        const next = await world.call(operation, { ...input, Limit: 1, Marker: NextMarker })
        expect(next["Grants"]).toHaveLength(1)
      }
    }
  })
})

describe("a page", () => {
  it("has 100 keys, 50 aliases or 50 tags when no limit is given", async () => {
    const world = await openWorld({ clock: createClock() })
    const { root, newKey: make } = world
    for (let i = 0; i < 101; i += 1) {
      await root.createAlias({ AliasName: `alias/${i}`, TargetKeyId: await make() })
    }
    const keys = await root.listKeys({})
    expect(keys.Keys).toHaveLength(100)
    expect(keys.Truncated).toBe(true)
    const aliases = await root.listAliases({})
    expect(aliases.Aliases).toHaveLength(50)
    expect((await root.listAliases({ Limit: 1000 })).Aliases).toHaveLength(100)
    expect((await root.listKeys({ Limit: 1000 })).Keys).toHaveLength(101)
  })

  it("of an account without keys is empty and the last", async () => {
    const { stranger } = await openWorld()
    expect(await stranger.listKeys({})).toMatchObject({ Keys: [], Truncated: false })
    expect(await madeAliases(stranger)).toEqual([])
    expect(await newKey(stranger)).toBeDefined()
  })

  it("of policy names has one page, and ignores every marker", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    expect(await root.listKeyPolicies({ KeyId, Limit: 1 })).toMatchObject({
      PolicyNames: ["default"],
      Truncated: false,
    })
    expect(await root.listKeyPolicies({ KeyId, Marker: "x" })).toMatchObject({
      PolicyNames: ["default"],
      Truncated: false,
    })
  })
})
