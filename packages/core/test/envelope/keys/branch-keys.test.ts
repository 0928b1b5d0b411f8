import { createMemoryStorage } from "@keywright/storage"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { createBranchKeyStore } from "../../../src/envelope/keys/branch/branch-key-store.js"
import type {
  BranchKeyItem,
  BranchKeyTable,
} from "../../../src/envelope/keys/branch/branch-key-table.js"
import { branchKeys } from "../../../src/envelope/keys/branch/branch-keys.js"
import { branchKeysInDynamoDb } from "../../../src/envelope/keys/branch/dynamodb-table.js"
import {
  branchKeysInStorage,
  encodeItem,
  parseItem,
} from "../../../src/envelope/keys/branch/storage-table.js"
import { keyArnOf } from "../../support/accounts.js"
import { createClock } from "../../support/clock.js"
import { openWorld } from "../../support/world.js"
import { dynamoDbInMemory } from "../support/dynamodb-in-memory.js"
import { context, expectNoKey, unwrapWith, wrapRequest } from "../support/key-requests.js"

const world = await openWorld()
const keyId = keyArnOf(await world.newKey())
afterAll(() => world.kms.close())

const tables: Record<string, () => BranchKeyTable> = {
  "a storage of ours": () => branchKeysInStorage(createMemoryStorage()),
  DynamoDB: () => branchKeysInDynamoDb(dynamoDbInMemory(), "BranchKeys"),
}
const tenantKey = { id: "tenant/größe 42", context: { tenant: "42" } }

describe.each(Object.entries(tables))("branch keys in %s", (_, makeTable) => {
  let table: BranchKeyTable
  let clock: ReturnType<typeof createClock>
  beforeEach(() => {
    table = makeTable()
    clock = createClock()
  })
  const storeOf = (changes: Partial<Parameters<typeof createBranchKeyStore>[0]> = {}) =>
    createBranchKeyStore({ client: world.root, keyId, table, name: "tests", clock, ...changes })
  const keysOf = (
    branchKeyId: Parameters<typeof branchKeys>[0]["branchKeyId"],
    store = storeOf(),
  ) => branchKeys({ store, branchKeyId, clock, ageMsMax: 60_000 })
  const callsSince = (count: number) => world.events.slice(count).map(({ eventName }) => eventName)

  it("a data key comes back, from memory and without it", async () => {
    const id = await storeOf().create()
    const keys = keysOf(id)
    const wrapped = await keys.wrap(wrapRequest())
    expect(await unwrapWith(keys, wrapped)).toEqual(wrapped.dataKey)
    expect(await unwrapWith(keysOf(id), wrapped)).toEqual(wrapped.dataKey)
    for (const other of [{}, { ...context, tenant: "43" }]) {
      await expectNoKey(unwrapWith(keys, wrapped, other))
    }
  })

  it("a thousand data keys cost one call of the KMS to make, and one to open again", async () => {
    const id = await storeOf().create()
    const count = world.events.length
    const keys = keysOf(id)
    const made = await Promise.all(Array.from({ length: 1000 }, () => keys.wrap(wrapRequest())))
    await Promise.all(made.map((one) => unwrapWith(keys, one)))
    expect(callsSince(count)).toEqual(["Decrypt", "Decrypt"])
    expect(keys.counters()).toMatchObject({ loads: 2, entries: 2 })
    clock.advanceMs(60_000)
    await keys.wrap(wrapRequest())
    expect(keys.counters()).toMatchObject({ loads: 3, evictions: { age: 2 } })
  })

  it("a new version encrypts from then on, and the old ones decrypt", async () => {
    const store = storeOf()
    const id = await store.create(tenantKey)
    const keys = keysOf(id)
    const versions = new Set<string>()
    const made = []
    for (let count = 0; count < 3; count += 1) {
      versions.add((await store.active(id)).version)
      made.push(await keys.wrap(wrapRequest()))
      await store.rotate(id)
      keys.clear()
    }
    expect(versions.size).toBe(3)
    for (const one of made) expect(await unwrapWith(keys, one)).toEqual(one.dataKey)
    for (const version of versions) {
      expect(await store.version(id, version)).toMatchObject({ version })
    }
  })

  it("the active key is the same as its version", async () => {
    const store = storeOf()
    const id = await store.create(tenantKey)
    const active = await store.active(id)
    expect(active.key).toHaveLength(32)
    expect(await store.version(id, active.version)).toEqual(active)
  })

  it("of many who rotate at once, those who come late are told", async () => {
    const store = storeOf()
    const id = await store.create(tenantKey)
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => store.rotate(id)))
    const done = outcomes.filter(({ status }) => status === "fulfilled")
    expect(done.length).toBeGreaterThanOrEqual(1)
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ reason: "keys" })
    }
    const { version, key } = await store.active(id)
    expect(await store.version(id, version)).toEqual({ version, key })
  })

  it("what was not written, because it was no longer so, is told", async () => {
    const id = await storeOf().create(tenantKey)
    const late = storeOf({ table: { ...table, write: async () => false } })
    const refused = { name: "EnvelopeError", reason: "keys" }
    await expect(late.rotate(id)).rejects.toMatchObject(refused)
    await expect(late.create()).rejects.toMatchObject(refused)
  })

  it("an id is given once, and only with a context", async () => {
    const store = storeOf()
    await store.create(tenantKey)
    await expect(store.create(tenantKey)).rejects.toMatchObject({ reason: "keys" })
    await expect(store.create({ id: "another" })).rejects.toThrow(TypeError)
    await expect(store.active("unknown")).rejects.toMatchObject({ reason: "keys" })
    await expect(store.rotate("unknown")).rejects.toMatchObject({ reason: "keys" })
  })

  it("every attribute of an item is authenticated", async () => {
    const store = storeOf()
    const id = await store.create(tenantKey)
    const item = (await table.get(id, "branch:ACTIVE")) ?? expect.fail("nothing is there")
    expect(Object.keys(item.attributes).toSorted()).toEqual([
      "aws-crypto-ec:tenant",
      "branch-key-id",
      "create-time",
      "hierarchy-version",
      "kms-arn",
      "type",
      "version",
    ])
    const changes: [string, string | undefined][] = [
      ...Object.entries(item.attributes).map(([name, value]): [string, string] => [
        name,
        `${value}0`,
      ]),
      ...Object.keys(item.attributes).map((name): [string, undefined] => [name, undefined]),
      ["aws-crypto-ec:more", "text"],
      ["tablename", "another"],
    ]
    for (const [name, value] of changes) {
      const { [name]: _gone, ...others } = item.attributes
      const attributes = value === undefined ? others : { ...others, [name]: value }
      const lying: BranchKeyTable = { ...table, get: async () => ({ ...item, attributes }) }
      await expect(storeOf({ table: lying }).active(id)).rejects.toMatchObject({ reason: "keys" })
      await expect(storeOf({ table: lying }).rotate(id)).rejects.toMatchObject({ reason: "keys" })
    }
    await expect(storeOf({ name: "another table" }).active(id)).rejects.toMatchObject({
      reason: "keys",
    })
  })

  it("the genuine item of another id or type is not what was asked for", async () => {
    const store = storeOf()
    const [id, otherId] = [await store.create(), await store.create()]
    const { version } = await store.active(id)
    const swapped = (swap: (id: string, type: string) => readonly [string, string]) =>
      storeOf({ table: { ...table, get: (...asked) => table.get(...swap(...asked)) } })
    const others = swapped((_, type) => [otherId, type])
    const versions = swapped((asked) => [asked, `branch:version:${version}`])
    const actives = swapped((asked) => [asked, "branch:ACTIVE"])
    const beacons = swapped((asked) => [asked, "beacon:ACTIVE"])
    const refused = { name: "EnvelopeError", reason: "keys" }
    for (const lying of [others, versions, beacons]) {
      await expect(lying.active(id)).rejects.toMatchObject(refused)
      await expect(lying.rotate(id)).rejects.toMatchObject(refused)
    }
    for (const lying of [actives, beacons]) {
      await expect(lying.version(id, version)).rejects.toMatchObject(refused)
    }
  })

  it("a store under another KMS key reads nothing", async () => {
    const id = await storeOf().create(tenantKey)
    const other = storeOf({ keyId: keyArnOf(await world.newKey()) })
    await expect(other.active(id)).rejects.toMatchObject({ reason: "keys" })
  })

  it.each([
    ["text", "k".repeat(32)],
    ["too few bytes", new Uint8Array(31)],
    ["nothing", undefined],
  ])("no branch key comes of a KMS that answers %s", async (_, Plaintext) => {
    const id = await storeOf().create()
    const { root } = world
    const decrypt = async () => ({ Plaintext }) as never
    const client = {
      decrypt,
      generateDataKeyWithoutPlaintext: root.generateDataKeyWithoutPlaintext,
      reEncrypt: root.reEncrypt,
    }
    await expect(storeOf({ client }).active(id)).rejects.toMatchObject({
      name: "EnvelopeError",
      reason: "keys",
      message: "the KMS answered no branch key",
    })
  })

  it("each tenant has a branch key, and one does not open what is of another", async () => {
    const store = storeOf()
    const ids = new Map<string, string>()
    for (const tenant of ["42", "43"]) ids.set(tenant, await store.create())
    const keys = keysOf(({ tenant = "" }) => ids.get(tenant) ?? "")
    const wrapped = await keys.wrap(wrapRequest())
    expect(await unwrapWith(keys, wrapped)).toEqual(wrapped.dataKey)
    await expectNoKey(unwrapWith(keys, wrapped, { ...context, tenant: "43" }))
    await expect(keys.wrap(wrapRequest({ context: { tenant: "44" } }))).rejects.toMatchObject({
      reason: "context",
    })
  })
})

it("a table that was busy is not taken for one that was changed", async () => {
  const busy = Object.assign(new Error("throttled"), {
    CancellationReasons: [{ Code: "ThrottlingError" }, { Code: "None" }],
  })
  const table = branchKeysInDynamoDb(
    { ...dynamoDbInMemory(), transactWriteItems: () => Promise.reject(busy) },
    "BranchKeys",
  )
  await expect(table.write([], undefined)).rejects.toBe(busy)
})

describe("an item in a storage", () => {
  const item: BranchKeyItem = { attributes: { a: "b", größe: "" }, wrapped: Uint8Array.of(1, 2) }
  it("is read as it was written", () => expect(parseItem(encodeItem(item))).toEqual(item))
  it("replaces the one that it was made from, and nothing where that is gone", async () => {
    const storage = createMemoryStorage()
    const table = branchKeysInStorage(storage, "ours/")
    const attributes = { "branch-key-id": "id", type: "a" }
    const [old, fresh] = [1, 2].map((byte) => ({ attributes, wrapped: Uint8Array.of(byte) }))
    const version = { attributes: { ...attributes, type: "b" }, wrapped: Uint8Array.of(3) }
    if (old === undefined || fresh === undefined) return expect.fail("there are two")
    expect(await table.write([version, fresh], old)).toBe(false)
    expect((await storage.list({ prefix: "", limit: 9 })).entries).toEqual([])
    expect(await table.write([old], undefined)).toBe(true)
    expect(await table.write([fresh], undefined)).toBe(false)
    expect(await table.write([version, old], fresh)).toBe(false)
    expect(await table.write([version, fresh], old)).toBe(true)
    expect(await table.write([version, old], fresh)).toBe(false)
    expect(await table.get("id", "a")).toEqual(fresh)
    const { entries } = await storage.list({ prefix: "", limit: 9 })
    expect(entries.map(({ key }) => key)).toEqual(["ours/6964/a", "ours/6964/b"])
    const usual = branchKeysInStorage(storage)
    await usual.write([old], undefined)
    expect((await storage.get(["branch-keys/6964/a"]))[0]).toBeDefined()
  })

  it("is refused when it was cut anywhere or begins with something else", () => {
    const bytes = encodeItem(item)
    const refused = expect.objectContaining({ name: "EnvelopeError", reason: "keys" })
    for (let end = 0; end < bytes.length - 1; end += 1) {
      expect(() => parseItem(bytes.subarray(0, end))).toThrow(refused)
    }
    expect(() => parseItem(bytes.with(0, 2))).toThrow(refused)
  })
})
