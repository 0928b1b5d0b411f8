import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { type AccountsInput, createDirectory, type Directory } from "../src/index.js"
import { groupFormat, policyFormat } from "../src/records/records.js"
import {
  account,
  openPlain,
  otherAccount,
  plainStore,
  policy,
  roleArn,
  startMs,
  trust,
  userArn,
} from "./support/accounts.js"

const document = policy({})
const trustPolicy = trust({ AWS: account })
const roleOf = (more: object = {}) => ({ trustPolicy, ...more })

/** One of each kind, in the order in which others can name it. */
const putAll = async (directory: Directory, name = "X", of = account) => {
  await directory.putPolicy(of, name, { document })
  await directory.putGroup(of, name, {})
  await directory.putRole(of, name, roleOf())
  await directory.putUser(of, name, {})
}
const kinds = ["policy", "group", "role", "user"] as const
const missing = (kind: string, name: string) => ({
  ...{
    name: "NoSuchEntity",
    status: 404,
    message: `The ${kind} with name ${name} cannot be found.`,
  },
})
const conflict = (kind: string, name: string) => ({
  ...{ name: "DeleteConflict", message: `Cannot delete the ${kind} ${name} while it is in use.` },
})

async function keysOn(disk: Storage, prefix: string): Promise<readonly string[]> {
  const { entries } = await disk.list({ prefix, limit: 1000 })
  return entries.map(({ key }) => key)
}

describe("a directory", () => {
  it("has options that make sense", async () => {
    const store = plainStore()
    const options = { store, clock: () => startMs }
    for (const partition of ["aws", "aws-cn", "aws-us-gov", undefined]) {
      const directory = createDirectory({ ...options, partition })
      expect(directory.partition).toBe(partition ?? "aws")
      expect(directory).toSatisfy(Object.isFrozen)
    }
    for (const partition of ["", "AWS", "aws-", "xaws", "aws-cn1", "aws cn", "aws-cn\n"]) {
      expect(() => createDirectory({ ...options, partition })).toThrow("`partition` must be like")
    }
    const timeless = () => createDirectory({ store, clock: startMs as never })
    expect(timeless).toThrow(new TypeError("`clock` must be a function: Date.now"))
  })

  it("names principals in its partition, and in no other", async () => {
    const store = plainStore()
    const directory = createDirectory({ store, clock: () => startMs, partition: "aws-cn" })
    await putAll(directory)
    const arn = userArn("X").replace(":aws:", ":aws-cn:")
    expect(await directory.identities(arn)).toBeDefined()
    expect(await directory.identities(userArn("X"))).toBeUndefined()
    expect((await directory.principals.user(account, "X"))?.arn).toBe(arn)
  })

  it.each(kinds)("has no %s in what is no account, and none of what is no name", async (kind) => {
    const { directory, disk } = await openPlain()
    const put = (of: string, name: string) => {
      if (kind === "user") return directory.putUser(of, name, {})
      if (kind === "group") return directory.putGroup(of, name, {})
      if (kind === "role") return directory.putRole(of, name, roleOf())
      return directory.putPolicy(of, name, { document })
    }
    for (const of of ["", "1", `${account}0`, "x".repeat(12), 111_122_223_333 as never]) {
      const said = new TypeError("`account` must have 12 digits")
      await expect(put(of, "X")).rejects.toThrow(said)
      await expect(directory.remove(kind, of, "X")).rejects.toThrow(said)
    }
    for (const name of ["", "a b", "a/b", "a".repeat(129), " a", "a ", 5 as never]) {
      const said = new TypeError("`name` must be 1 to 128 letters, digits and +=,.@-_")
      await expect(put(account, name)).rejects.toThrow(said)
      await expect(directory.remove(kind, account, name)).rejects.toThrow(said)
    }
    expect(await keysOn(disk, `${kind}/`)).toEqual([])
    expect(await keysOn(disk, "account/")).toEqual([])
    await put(account, "a".repeat(128))
    await directory.remove(kind, account, "A".repeat(128))
    expect(await keysOn(disk, `${kind}/`)).toEqual([])
    const gone = directory.remove(kind, account, "X")
    await expect(gone).rejects.toMatchObject(missing(kind, "X"))
  })

  it("says of what it is given where it is wrong", async () => {
    const { directory } = await openPlain()
    const wrong = { path: "x" } as never
    for (const [what, put] of [
      ["user", () => directory.putUser(account, "X", wrong)],
      ["group", () => directory.putGroup(account, "X", wrong)],
      ["role", () => directory.putRole(account, "X", wrong)],
      ["policy", () => directory.putPolicy(account, "X", wrong)],
    ] as const) {
      await expect(put()).rejects.toThrow(`\`${what}.path\` must begin and end with a slash`)
    }
    await expect(directory.fill({ more: 1 })).rejects.toThrow("`accounts` Unrecognized key")
  })

  it("keeps name, id, age, access keys and codes that were shown of what is replaced", async () => {
    const { directory, time } = await openPlain()
    await putAll(directory)
    const { accessKeyId } = await directory.accessKeys.create(account, "X")
    const before = await directory.principals.user(account, "X")
    const role = await directory.principals.role(account, "X")
    time.nowMs += 1000
    await putAll(directory, "x")
    const after = await directory.principals.user(account, "X")
    expect(after?.record).toEqual({ ...before?.record, accessKeyIds: [accessKeyId] })
    expect((await directory.principals.role(account, "x"))?.record).toEqual(role?.record)
    expect(role?.record).toMatchObject({ account, name: "X", createdMs: startMs })
    expect(before?.record).toMatchObject({
      ...{ account, name: "X", createdMs: startMs, mfaSteps: {}, accessKeyIds: [accessKeyId] },
    })
  })

  it("gives ids by which one tells what they are of", async () => {
    const { directory } = await openPlain()
    await putAll(directory)
    expect((await directory.principals.user(account, "X"))?.record.id).toMatch(/^AIDA[A-Z2-7]{17}$/)
    expect((await directory.principals.role(account, "X"))?.record.id).toMatch(/^AROA[A-Z2-7]{17}$/)
    const ids = await directory.change(account, async (draft) => [
      (await draft.read(groupFormat, `group/${account}/x`))?.id,
      (await draft.read(policyFormat, `policy/${account}/x`))?.id,
    ])
    expect(ids[0]).toMatch(/^AGPA[A-Z2-7]{17}$/)
    expect(ids[1]).toMatch(/^ANPA[A-Z2-7]{17}$/)
  })

  it("names nothing that there is not", async () => {
    const { directory } = await openPlain()
    await directory.putPolicy(otherAccount, "X", { document })
    await directory.putPolicy(account, "there", { document })
    const named = { managedPolicies: ["there", "X"] }
    for (const [kind, put] of [
      ["policy", () => directory.putUser(account, "U", named)],
      ["policy", () => directory.putGroup(account, "G", named)],
      ["policy", () => directory.putRole(account, "R", roleOf(named))],
      ["policy", () => directory.putUser(account, "U", { permissionsBoundary: "X" })],
      ["policy", () => directory.putRole(account, "R", roleOf({ permissionsBoundary: "X" }))],
      ["group", () => directory.putUser(account, "U", { groups: ["X"] })],
    ] as const) {
      await expect(put()).rejects.toMatchObject(missing(kind, "X"))
    }
    expect(await directory.principals.user(account, "U")).toBeUndefined()
  })
})

describe("what others name", () => {
  it.each<readonly [string, "policy" | "group", (directory: Directory, name: string) => unknown]>([
    ["a user", "policy", (d, name) => d.putUser(account, "N", { managedPolicies: ["Z", name] })],
    [
      "a user as its boundary",
      "policy",
      (d, name) => d.putUser(account, "N", { permissionsBoundary: name }),
    ],
    ["a group", "policy", (d, name) => d.putGroup(account, "N", { managedPolicies: [name] })],
    ["a role", "policy", (d, name) => d.putRole(account, "N", roleOf({ managedPolicies: [name] }))],
    [
      "a role as its boundary",
      "policy",
      (d, name) => d.putRole(account, "N", roleOf({ permissionsBoundary: name })),
    ],
    ["a user", "group", (d, name) => d.putUser(account, "N", { groups: [name] })],
  ])("%s as a %s is not removed", async (_who, kind, put) => {
    const { directory } = await openPlain()
    await putAll(directory, "Z")
    await putAll(directory)
    await put(directory, "X")
    const removed = directory.remove(kind, account, "x")
    await expect(removed).rejects.toMatchObject(conflict(kind, "x"))
    // Of that name the other kind is not named, nor is one of another account.
    await directory.remove(kind === "policy" ? "group" : "policy", account, "X")
    await putAll(directory, "X", otherAccount)
    await directory.remove(kind, otherAccount, "X")
  })

  it("is found among however many there are", async () => {
    const { directory } = await openPlain()
    const users = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`u${String(i).padStart(3, "0")}`, {}]),
    )
    const last = { zz: { managedPolicies: ["P"] } }
    await directory.fill({
      accounts: {
        [account]: { policies: { P: { document }, Q: { document } }, users: { ...users, ...last } },
      },
    })
    await expect(directory.remove("policy", account, "P")).rejects.toMatchObject(
      conflict("policy", "P"),
    )
    await directory.remove("policy", account, "Q")
    await directory.remove("user", account, "zz")
    await directory.remove("policy", account, "P")
  })

  it("is a user or a role that nobody names: it goes, and a user takes its keys along", async () => {
    const { directory, disk } = await openPlain()
    await putAll(directory)
    const { accessKeyId } = await directory.accessKeys.create(account, "X")
    await directory.accessKeys.noteUse(accessKeyId)
    const own = [`access-key/${accessKeyId}`, `last-use/${accessKeyId}`]
    expect(await keysOn(disk, "")).toEqual(expect.arrayContaining(own))
    await directory.remove("user", account, "X")
    await directory.remove("role", account, "X")
    const rest = [`account/${account}`, `group/${account}/x`, `policy/${account}/x`]
    expect(await keysOn(disk, "")).toEqual(expect.arrayContaining(rest))
    for (const prefix of ["access-key/", "last-use/", "user/", "role/"]) {
      expect(await keysOn(disk, prefix)).toEqual([])
    }
  })
})

describe("accounts that are filled", () => {
  /** As much as one may name. */
  const heavy = (count: number): AccountsInput => {
    const names = Array.from({ length: 20 }, (_, i) => `N${i}`)
    const user = (i: number) => ({
      ...{ groups: names.slice(0, 10), managedPolicies: names, permissionsBoundary: "B" },
      accessKeys: [0, 1].map((k) => ({
        accessKeyId: `AKIA${String(i * 2 + k).padStart(16, "0")}`,
        secretAccessKey: "s".repeat(40),
      })),
    })
    return {
      accounts: {
        [account]: {
          policies: Object.fromEntries([...names, "B"].map((name) => [name, { document }])),
          groups: Object.fromEntries(names.slice(0, 10).map((name) => [name, {}])),
          users: Object.fromEntries(Array.from({ length: count }, (_, i) => [`u${i}`, user(i)])),
        },
      },
    }
  }

  it("are written in changes that every store takes, whatever they name", async () => {
    const sizes: number[] = []
    const disk = createMemoryStorage()
    const counting: Storage = {
      ...disk,
      commit: (change) => {
        const keys = [...change.expect, ...change.put].map(({ key }) => key)
        sizes.push(new Set([...keys, ...change.remove]).size)
        return disk.commit(change)
      },
    }
    const { directory } = await openPlain({}, counting as typeof disk)
    sizes.length = 0
    expect(await directory.fill(heavy(40))).toEqual({ accounts: 1, entities: 71 })
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
    // As many as go into one are written in one.
    expect(sizes.length).toBeLessThan(10)
    expect(await directory.fill(heavy(40))).toEqual({ accounts: 1, entities: 71 })
    for (let i = 0; i < 40; i += 1) {
      const found = await directory.principals.user(account, `u${i}`)
      expect(found?.identity.policies).toHaveLength(20)
      expect(await directory.accessKeys.list(account, `u${i}`)).toHaveLength(2)
    }
  })

  it("have everything that they name, whatever comes first", async () => {
    const { directory } = await openPlain()
    const filled = await directory.fill({
      accounts: {
        [account]: {
          users: { U: { groups: ["G"], permissionsBoundary: "P", managedPolicies: ["P"] } },
          roles: { R: roleOf({ managedPolicies: ["P"] }) },
          groups: { G: { managedPolicies: ["P"] } },
          policies: { P: { document } },
        },
        [otherAccount]: {},
      },
    })
    expect(filled).toEqual({ accounts: 2, entities: 4 })
    const dangling = directory.fill({
      accounts: { [account]: { users: { V: { groups: ["H"] } } } },
    })
    await expect(dangling).rejects.toMatchObject(missing("group", "H"))
  })

  it("name nothing twice, in letters that AWS takes for one, nor an access key", async () => {
    const { directory } = await openPlain()
    const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "s".repeat(40) }
    const withKey = { accessKeys: [key] }
    for (const [accounts, said] of [
      [{ [account]: { users: { a: {}, A: {} } } }, `\`accounts.${account}\` has user A twice`],
      [
        { [account]: { roles: { a: roleOf(), A: roleOf() } } },
        `\`accounts.${account}\` has role A twice`,
      ],
      [
        { [account]: { users: { a: withKey, b: withKey } } },
        `\`accounts.${account}\` has an access key that is there twice`,
      ],
      [
        { [account]: { users: { a: withKey } }, [otherAccount]: { users: { a: withKey } } },
        `\`accounts.${otherAccount}\` has an access key that is there twice`,
      ],
    ] as const) {
      await expect(directory.fill({ accounts })).rejects.toThrow(new TypeError(said))
    }
    // A role and a user, or users of two accounts, may share a name.
    await directory.fill({
      accounts: {
        [account]: { users: { a: {} }, roles: { a: roleOf() }, groups: { a: {} } },
        [otherAccount]: { users: { a: {} } },
      },
    })
    expect(await directory.identities(roleArn("a"))).toBeDefined()
    expect(await directory.identities(userArn("a", "/", otherAccount))).toBeDefined()
  })

  it("keep of access keys that are given again their age, and nothing of those that are not", async () => {
    const { directory, time, disk } = await openPlain()
    const keyOf = (end: string) => ({
      accessKeyId: `AKIAIOSFODNN7EXAMP${end}`,
      secretAccessKey: "s".repeat(40),
    })
    const fill = (...keys: object[]) =>
      directory.fill({ accounts: { [account]: { users: { alice: { accessKeys: keys } } } } })
    await fill(keyOf("AA"), keyOf("BB"))
    await directory.accessKeys.noteUse(keyOf("AA").accessKeyId)
    await directory.accessKeys.noteUse(keyOf("BB").accessKeyId)
    time.nowMs += 1000
    await fill({ ...keyOf("BB"), status: "Inactive" }, keyOf("CC"))
    expect(await directory.accessKeys.list(account, "alice")).toEqual([
      {
        ...{ accessKeyId: keyOf("BB").accessKeyId, account, userName: "alice" },
        ...{ status: "Inactive", createdMs: startMs, lastUsedMs: startMs },
      },
      {
        ...{ accessKeyId: keyOf("CC").accessKeyId, account, userName: "alice" },
        ...{ status: "Active", createdMs: startMs + 1000 },
      },
    ])
    expect(await keysOn(disk, "access-key/")).toHaveLength(2)
    expect(await keysOn(disk, "last-use/")).toEqual([`last-use/${keyOf("BB").accessKeyId}`])
    await fill()
    expect(await directory.accessKeys.list(account, "alice")).toEqual([])
    expect(await keysOn(disk, "access-key/")).toEqual([])
  })

  it("take no access key that belongs to another user or another account", async () => {
    const { directory } = await openPlain()
    const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "s".repeat(40) }
    const fill = (of: string, name: string) =>
      directory.fill({ accounts: { [of]: { users: { [name]: { accessKeys: [key] } } } } })
    await fill(account, "alice")
    for (const [of, name] of [
      [account, "bob"],
      [otherAccount, "alice"],
    ] as const) {
      await expect(fill(of, name)).rejects.toMatchObject({
        ...{ name: "EntityAlreadyExists", message: "The access key belongs to somebody else." },
      })
    }
    await fill(account, "ALICE")
    expect(await directory.accessKeys.find(key.accessKeyId)).toMatchObject({ userName: "alice" })
  })
})
