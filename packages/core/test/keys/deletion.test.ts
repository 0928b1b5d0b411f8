import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { account, keyArnOf } from "../support/accounts.js"
import { createClock, dayMs, startMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { dumpOf, readRecord, tamper } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { madeAliases, newKey, openWorld, type World } from "../support/world.js"

describe("ScheduleKeyDeletion", () => {
  it("answers the ARN, the date and the window, 30 days by default", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    expect(await root.scheduleKeyDeletion({ KeyId })).toMatchObject({
      KeyId: keyArnOf(KeyId),
      DeletionDate: new Date(startMs + 30 * dayMs),
      KeyState: "PendingDeletion",
      PendingWindowInDays: 30,
    })
    expect((await root.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      KeyState: "PendingDeletion",
      Enabled: false,
      DeletionDate: new Date(startMs + 30 * dayMs),
    })
  })

  it.each([7, 8, 29, 30])("takes a window of %i days", async (PendingWindowInDays) => {
    const { root, newKey } = await openWorld()
    const reply = await root.scheduleKeyDeletion({ KeyId: await newKey(), PendingWindowInDays })
    expect(reply).toMatchObject({
      PendingWindowInDays,
      DeletionDate: new Date(startMs + PendingWindowInDays * dayMs),
    })
  })

  it.each([
    [6, "greater", 7],
    [0, "greater", 7],
    [-1, "greater", 7],
    [31, "less", 30],
    [365, "less", 30],
  ])("refuses a window of %i days", async (PendingWindowInDays, comparison, limit) => {
    const { root, newKey } = await openWorld()
    await expectRefusal(
      root.scheduleKeyDeletion({ KeyId: await newKey(), PendingWindowInDays }),
      "ValidationException",
      `1 validation error detected: Value '${PendingWindowInDays}' at 'pendingWindowInDays' failed ` +
        `to satisfy constraint: Member must have value ${comparison} than or equal to ${limit}`,
    )
  })

  it("takes a disabled key, which cancelling leaves disabled", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    await root.disableKey({ KeyId })
    await root.scheduleKeyDeletion({ KeyId })
    expect(await root.cancelKeyDeletion({ KeyId })).toMatchObject({ KeyId: keyArnOf(KeyId) })
    const { KeyMetadata } = await root.describeKey({ KeyId })
    expect(KeyMetadata).toMatchObject({ KeyState: "Disabled", Enabled: false })
    expect(KeyMetadata).not.toHaveProperty("DeletionDate")
  })

  it("starts a new window after it was cancelled, and the old date means nothing", async () => {
    const { root, newKey, clock, kms } = await openWorld()
    const KeyId = await newKey()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(6)
    await root.cancelKeyDeletion({ KeyId })
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(6)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 0 }))
    await root.describeKey({ KeyId })
    clock.advanceDays(1)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 1 }))
  })
})

/** A key whose date has passed, with an alias and a ciphertext; nobody has swept. */
async function expiredKey(afterMs = 0) {
  const world = await openWorld()
  const id = await world.newKey({ Tags: [{ TagKey: "a", TagValue: "b" }] })
  await world.root.createAlias({ AliasName: "alias/old", TargetKeyId: id })
  const blob = blobIn(await world.root.encrypt({ KeyId: id, Plaintext: Uint8Array.of(1) }))
  await world.root.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 })
  world.clock.advanceMs(7 * dayMs + afterMs)
  return { world, id, blob }
}

type KeyCall = (id: string, world: World) => Promise<unknown>
const byKeyId: Readonly<Record<string, KeyCall>> = Object.fromEntries(
  Object.entries({
    CancelKeyDeletion: {},
    DescribeKey: {},
    DisableKey: {},
    EnableKey: {},
    Encrypt: { Plaintext: Uint8Array.of(1) },
    GenerateDataKey: { KeySpec: "AES_256" },
    GenerateDataKeyWithoutPlaintext: { KeySpec: "AES_256" },
    GetKeyLastUsage: {},
    GetKeyPolicy: {},
    ListAliases: {},
    ListKeyPolicies: {},
    ListResourceTags: {},
    PutKeyPolicy: { Policy: "{}" },
    ScheduleKeyDeletion: {},
    TagResource: { Tags: [] },
    UntagResource: { TagKeys: [] },
    UpdateKeyDescription: { Description: "" },
  }).map(([operation, members]) => [
    operation,
    (KeyId: string, { call }: World) => call(operation, { KeyId, ...members }),
  ]),
)

const otherCalls: Readonly<Record<string, KeyCall>> = {
  CreateAlias: (id, { call }) => call("CreateAlias", { AliasName: "alias/new", TargetKeyId: id }),
  UpdateAlias: async (id, { call, newKey }) => {
    await call("CreateAlias", { AliasName: "alias/other", TargetKeyId: await newKey() })
    return call("UpdateAlias", { AliasName: "alias/other", TargetKeyId: id })
  },
  ReEncrypt: async (id, { root, newKey }) => {
    const reply = await root.encrypt({ KeyId: await newKey(), Plaintext: Uint8Array.of(1) })
    return root.reEncrypt({ CiphertextBlob: blobIn(reply), DestinationKeyId: id })
  },
}

describe("a key whose deletion date has passed", () => {
  it("lives to the last millisecond and not to the next", async () => {
    const early = await expiredKey(-1)
    await early.world.root.describeKey({ KeyId: early.id })
    const { world, id } = await expiredKey(0)
    await expectRefusal(
      world.root.describeKey({ KeyId: id }),
      "NotFoundException",
      `Key '${keyArnOf(id)}' does not exist`,
    )
  })

  it.each(Object.entries({ ...byKeyId, ...otherCalls }))(
    "does not exist for %s, although nobody has swept",
    async (_, call) => {
      const { world, id } = await expiredKey()
      await expectRefusal(
        call(id, world),
        "NotFoundException",
        `Key '${keyArnOf(id)}' does not exist`,
      )
    },
  )

  it.each(["DescribeKey", "Encrypt", "GenerateDataKey"])(
    "takes its aliases with it: %s by alias",
    async (operation) => {
      const { world } = await expiredKey()
      const input = { KeyId: "alias/old", Plaintext: Uint8Array.of(1), KeySpec: "AES_128" }
      await expectRefusal(
        world.call(operation, input),
        "NotFoundException",
        `Alias arn:aws:kms:us-east-1:${account}:alias/old is not found.`,
      )
    },
  )

  it.each([
    ["DeleteAlias", { AliasName: "alias/old" }],
    ["UpdateAlias", { AliasName: "alias/old", TargetKeyId: "new" }],
  ])("leaves no alias behind for %s", async (operation, input) => {
    const { world } = await expiredKey()
    const TargetKeyId = await world.newKey()
    const given = "TargetKeyId" in input ? { ...input, TargetKeyId } : input
    await expectRefusal(
      world.call(operation, given),
      "NotFoundException",
      `Alias arn:aws:kms:us-east-1:${account}:alias/old is not found.`,
    )
  })

  it("decrypts nothing any more, and the refusal does not say that it ever did", async () => {
    const { world, id, blob } = await expiredKey()
    const { root, newKey } = world
    const text =
      "The ciphertext refers to a customer master key that does not exist, does not exist in " +
      "this region, or you are not allowed to access."
    await expectRefusal(root.decrypt({ CiphertextBlob: blob }), "AccessDeniedException", text)
    const DestinationKeyId = await newKey()
    const moved = root.reEncrypt({ CiphertextBlob: blob, DestinationKeyId })
    await expectRefusal(moved, "AccessDeniedException", text)
    const named = root.decrypt({ CiphertextBlob: blob, KeyId: id })
    await expectRefusal(named, "NotFoundException", `Key '${keyArnOf(id)}' does not exist`)
  })

  it("is in no list", async () => {
    const { world } = await expiredKey()
    const id = await world.newKey()
    await world.root.createAlias({ AliasName: "alias/live", TargetKeyId: id })
    expect((await world.root.listKeys({})).Keys?.map(({ KeyId }) => KeyId)).toEqual([id])
    const aliases = await madeAliases(world.root)
    expect(aliases.map(({ AliasName }) => AliasName)).toEqual(["alias/live"])
  })

  it("gives its alias names free at once", async () => {
    const { world, id, blob } = await expiredKey()
    const { root, newKey, kms, storage } = world
    const next = await newKey()
    await root.createAlias({ AliasName: "alias/old", TargetKeyId: next })
    const { KeyMetadata } = await root.describeKey({ KeyId: "alias/old" })
    expect(KeyMetadata?.KeyId).toBe(next)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 1 }))
    expect((await root.describeKey({ KeyId: "alias/old" })).KeyMetadata?.KeyId).toBe(next)
    const { Aliases } = await root.listAliases({ KeyId: next })
    expect(Aliases?.map(({ AliasName }) => AliasName)).toEqual(["alias/old"])
    expect(Object.keys(await dumpOf(storage)).filter((key) => key.includes(id))).toEqual([])
    expect(await outcomeOf(root.decrypt({ CiphertextBlob: blob }))).toBe("AccessDeniedException")
  })

  it("gives its alias names free also to itself under another clock: no alias has two keys", async () => {
    const storage = createMemoryStorage()
    const [fast, slow] = [createClock(), createClock()]
    const ahead = await openHost({ storage, clock: fast })
    const behind = await openHost({ storage, clock: slow })
    const [rootAhead, rootBehind] = [ahead.as(ahead.administrator), behind.as(behind.administrator)]
    const first = await newKey(rootBehind)
    await rootBehind.createAlias({ AliasName: "alias/x", TargetKeyId: first })
    await rootBehind.scheduleKeyDeletion({ KeyId: first, PendingWindowInDays: 7 })
    slow.advanceMs(7 * dayMs - 1000)
    fast.advanceMs(7 * dayMs)
    const second = await newKey(rootAhead)
    await rootAhead.createAlias({ AliasName: "alias/x", TargetKeyId: second })
    await rootBehind.cancelKeyDeletion({ KeyId: first })
    expect((await rootBehind.listAliases({ KeyId: first })).Aliases).toEqual([])
    const { Aliases } = await rootBehind.listAliases({ KeyId: second })
    expect(Aliases).toMatchObject([{ AliasName: "alias/x", TargetKeyId: second }])
  })
})

describe("sweep", () => {
  it("removes everything of a dead key from storage and nothing else", async () => {
    const storage = createMemoryStorage()
    const clock = createClock()
    const kms = await openHost({ storage, clock })
    const root = kms.as(kms.administrator)
    const kept = await newKey(root)
    await root.createAlias({ AliasName: "alias/kept", TargetKeyId: kept })
    const before = await dumpOf(storage)
    const KeyId = await newKey(root)
    for (const name of ["alias/a", "alias/b/c"]) {
      await root.createAlias({ AliasName: name, TargetKeyId: KeyId })
    }
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 0 }))
    clock.advanceDays(7)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 1 }))
    expect(await dumpOf(storage)).toEqual(before)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 0 }))
  })

  it("destroys each key once when several hosts sweep at once", async () => {
    const storage = createMemoryStorage()
    const clock = createClock()
    const hosts = await Promise.all([1, 2, 3].map(() => openHost({ storage, clock })))
    const [host] = hosts
    if (host === undefined) throw new Error("no host")
    const root = host.as(host.administrator)
    const before = await dumpOf(storage)
    for (let i = 0; i < 30; i += 1) {
      const KeyId = await newKey(root)
      await root.createAlias({ AliasName: `alias/${i}`, TargetKeyId: KeyId })
      await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    }
    clock.advanceDays(8)
    const reports = await Promise.all(hosts.map((one) => one.sweep()))
    expect(reports.reduce((sum, { keysDeleted }) => sum + keysDeleted, 0)).toBe(30)
    expect(await dumpOf(storage)).toEqual(before)
  })

  it("destroys more keys than fit on one page of the agenda, and stops at what is not due", async () => {
    const { kms, root, newKey, clock, storage } = await openWorld()
    for (let i = 0; i < 230; i += 1) {
      await root.scheduleKeyDeletion({ KeyId: await newKey(), PendingWindowInDays: 7 })
    }
    const late = await newKey()
    await root.scheduleKeyDeletion({ KeyId: late, PendingWindowInDays: 8 })
    clock.advanceDays(7)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 230 }))
    const keys = Object.keys(await dumpOf(storage)).filter((key) => key.startsWith("key/"))
    expect(keys).toEqual([`key/${account}/${late}`])
  })

  it("leaves a key alone whose deletion was cancelled while it looked", async () => {
    const { kms, root, newKey, clock } = await openWorld()
    const KeyId = await newKey()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceMs(7 * dayMs - 1)
    const cancelling = root.cancelKeyDeletion({ KeyId })
    clock.advanceMs(1)
    const outcome = await outcomeOf(cancelling)
    const { keysDeleted } = await kms.sweep()
    expect(keysDeleted).toBe(outcome === "OK" ? 0 : 1)
  })

  it("destroys the other keys when the record of one cannot be read", async () => {
    const { kms, root, newKey, clock, storage } = await openWorld()
    const [bad, good] = [await newKey(), await newKey()]
    for (const KeyId of [bad, good]) {
      await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
      clock.advanceMs(1)
    }
    const record = await readRecord(storage, `key/${account}/${bad}`)
    await tamper(storage, `key/${account}/${bad}`, { ...record, v: 99 })
    clock.advanceDays(7)
    await kms.sweep().catch(() => undefined)
    const keys = Object.keys(await dumpOf(storage)).filter((key) => key.startsWith("key/"))
    expect(keys).toEqual([`key/${account}/${bad}`])
  })

  it("keeps no alias that another key took, when a host whose clock is behind saves it", async () => {
    const { kms, root, newKey, clock } = await openWorld()
    const old = await newKey()
    await root.createAlias({ AliasName: "alias/a", TargetKeyId: old })
    await root.scheduleKeyDeletion({ KeyId: old, PendingWindowInDays: 7 })
    clock.advanceDays(7)
    const taker = await newKey()
    await root.createAlias({ AliasName: "alias/a", TargetKeyId: taker })
    clock.advanceDays(-1)
    await root.cancelKeyDeletion({ KeyId: old })
    expect((await root.listAliases({ KeyId: old })).Aliases).toEqual([])
    expect((await root.listAliases({ KeyId: taker })).Aliases).toMatchObject([
      { AliasName: "alias/a", TargetKeyId: taker },
    ])
    expect((await root.describeKey({ KeyId: "alias/a" })).KeyMetadata?.KeyId).toBe(taker)
    expect((await kms.verify()).findings).toEqual([])
  })

  it("does not bring back what was destroyed when the clock goes backward", async () => {
    const { kms, root, newKey, clock } = await openWorld()
    const KeyId = await newKey()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(7)
    await kms.sweep()
    clock.advanceDays(-30)
    await expectRefusal(root.describeKey({ KeyId }), "NotFoundException")
    expect((await root.listKeys({})).Keys).toEqual([])
  })
})
