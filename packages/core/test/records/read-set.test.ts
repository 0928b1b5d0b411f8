import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createCommit, tell } from "../../src/engine/records/commit.js"
import { deletionOf, destroyGrants, destroyKey } from "../../src/engine/records/destroy-key.js"
import { storageChange } from "../../src/engine/records/entries.js"
import type { DecidedWrite, Pending, PendingEntry } from "../../src/engine/records/pending.js"
import type { ReadSet } from "../../src/engine/records/read-set.js"
import { createRecordReader } from "../../src/engine/records/record-reader.js"
import { grantPrefix } from "../../src/formats/stored/grant-records.js"
import { keyRecordFormat, keyRecordKey } from "../../src/formats/stored/key-records.js"
import type { RecordFormat } from "../../src/formats/stored/record-format.js"
import type { Change } from "../../src/model/changes.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { account } from "../support/accounts.js"
import {
  aliasRecord,
  grantRecord,
  keyId,
  keyRecord,
  keyStoreEntry,
  storeId,
} from "../support/example-records.js"
import { recordingStorage } from "../support/storages.js"

const bytes = (text: string) => new TextEncoder().encode(text)
/** Records that are text, and how often one was parsed. */
function textFormat() {
  const parsed: string[] = []
  const format: RecordFormat<string> = {
    kind: "text",
    keyOf: (text) => text,
    encode: bytes,
    decode: (value, key) => {
      parsed.push(key)
      return new TextDecoder().decode(value)
    },
  }
  return { parsed, format }
}

const pendingOf = (...entries: readonly PendingEntry[]): Pending => ({
  find: (key) => entries.find((entry) => entry.key === key),
  within: ({ prefix, after = "" }) =>
    entries.filter(({ key }) => key.startsWith(prefix) && key > after),
})
const pendingEntry = (key: string, text: string | undefined): PendingEntry => ({
  key,
  value: text === undefined ? undefined : bytes(text),
  written: Promise.resolve(true),
})

/** A reader of a storage with these texts. */
async function readerOf(
  texts: Readonly<Record<string, string>>,
  fence?: { key: string; revision: number },
) {
  const inner = createMemoryStorage()
  const write = (key: string, text: string | undefined) =>
    inner.commit({
      expect: [],
      put: text === undefined ? [] : [{ key, value: bytes(text) }],
      remove: text === undefined ? [key] : [],
    })
  for (const [key, text] of Object.entries(texts)) await write(key, text)
  const storage = recordingStorage(inner)
  const reader = createRecordReader(storage, 1_000_000, () => fence)
  const revisionOf = async (key: string) => (await inner.get([key]))[0]?.revision
  return { reader, storage, write, revisionOf, ...textFormat() }
}

describe("a record that is read", () => {
  it("is remembered as long as nothing in the store has changed, and parsed once", async () => {
    const { reader, storage, format, parsed, write } = await readerOf({ a: "1", b: "2" })
    const first = await reader.begin()
    expect(await first.read(format, "a")).toBe("1")
    expect(await first.read(format, "a")).toBe("1")
    expect([first.storeReads(), storage.counts().get]).toEqual([1, 1])
    const second = await reader.begin()
    expect(second.read(format, "a")).toBe("1")
    expect([second.storeReads(), storage.counts().get]).toEqual([0, 0])
    await write("b", "3")
    const third = await reader.begin()
    expect(await third.read(format, "a")).toBe("1")
    expect([third.storeReads(), parsed]).toEqual([1, ["a"]])
    await write("a", "4")
    const fourth = await reader.begin()
    expect(await fourth.read(format, "a")).toBe("4")
    expect(parsed).toEqual(["a", "a"])
    await write("a", undefined)
    expect(await (await reader.begin()).read(format, "a")).toBeUndefined()
  })

  it("is expected as it was, with the domain as it was, and so is one that is absent", async () => {
    const fence = { key: "domain", revision: 9 }
    const { reader, format, revisionOf } = await readerOf({ a: "1" }, fence)
    const reads = await reader.begin()
    expect([reads.fence, reads.expectations(), reads.keys()]).toEqual([fence, [fence], []])
    await reads.read(format, "a")
    await reads.readMany(format, ["a", "none"])
    expect(reads.expectations()).toEqual([
      { key: "a", revision: await revisionOf("a") },
      { key: "none", revision: undefined },
      fence,
    ])
    expect(reads.keys()).toEqual(["a", "none"])
    expect([reads.seen("a"), reads.seen("b"), reads.recall("a"), reads.recall("b")]).toEqual([
      "1",
      undefined,
      "1",
      undefined,
    ])
    expect(reads.relied().size).toBe(0)
  })

  it("is read in one go with others, and those alone that are not at hand", async () => {
    const { reader, storage, format, write } = await readerOf({ a: "1", b: "2", c: "3" })
    const reads = await reader.begin()
    await reads.read(format, "a")
    storage.counts()
    expect(await reads.readMany(format, ["a", "b", "none"])).toEqual(["1", "2", undefined])
    expect(storage.calls).toEqual([{ method: "get", keys: ["b", "none"] }])
    await reads.prefetch([{ format, key: "b" }])
    expect([reads.storeReads(), storage.counts().get]).toEqual([2, 1])
    // Two that must be of one state of the store are read whatever is known.
    await write("a", "9")
    expect(await reads.together({ format, key: "a" }, { format, key: "c" })).toEqual(["9", "3"])
    expect([reads.seen("a"), reads.storeReads()]).toEqual(["1", 3])
  })

  it("may only be looked at: then no commit expects it", async () => {
    const { reader, format } = await readerOf({ a: "1", b: "2" })
    const reads = await reader.begin()
    await reads.read(format, "a")
    expect(await reads.lookAt(format, ["a", "b", "none"])).toEqual(["1", "2", undefined])
    expect([reads.keys(), reads.storeReads()]).toEqual([["a"], 2])
  })
})

describe("a record that this host is about to write", () => {
  it("is read as it will be, and relied on instead of expected", async () => {
    const { reader, storage, format, parsed } = await readerOf({ a: "1", b: "2" })
    const [changed, gone] = [pendingEntry("a", "new"), pendingEntry("b", undefined)]
    const reads = await reader.begin(pendingOf(changed, gone))
    expect([reads.read(format, "a"), reads.read(format, "b")]).toEqual(["new", undefined])
    expect(storage.counts().get).toBe(0)
    expect(reads.expectations()).toEqual([])
    expect(reads.keys()).toEqual(["a", "b"])
    expect([...reads.relied()]).toEqual([
      ["a", changed],
      ["b", gone],
    ])
    const again = await reader.begin(pendingOf(changed))
    expect([again.read(format, "a"), parsed]).toEqual(["new", ["a"]])
  })

  it("is looked at as it will be, and relied on as well", async () => {
    const { reader, format } = await readerOf({ a: "1", b: "2" })
    const reads = await reader.begin(pendingOf(pendingEntry("a", "new")))
    expect(await reads.lookAt(format, ["a", "b"])).toEqual(["new", "2"])
    expect([[...reads.relied().keys()], reads.keys()]).toEqual([["a"], ["a"]])
  })

  it("is listed as it will be, in its place, within the page", async () => {
    const texts = { "p/a": "a", "p/c": "c", "p/e": "e", q: "q" }
    const { reader, format } = await readerOf(texts)
    const pending = [
      pendingEntry("p/b", "b"),
      pendingEntry("p/c", undefined),
      pendingEntry("p/e", "new"),
      pendingEntry("p/f", "f"),
    ]
    const list = async (limit: number, after?: string, some = pending) => {
      const reads = await reader.begin(pendingOf(...some))
      const { records, more } = await reads.list(format, { prefix: "p/", after, limit })
      return [records.join(""), more, [...reads.relied().keys()].length]
    }
    expect(await list(9)).toEqual(["abnewf", false, 4])
    expect(await list(2)).toEqual(["ab", true, 4])
    expect(await list(3)).toEqual(["abnew", true, 4])
    expect(await list(9, "p/b")).toEqual(["newf", false, 3])
    // What comes behind the last that was listed is for the next page.
    expect(await list(1, undefined, [pendingEntry("p/b", "b")])).toEqual(["a", true, 1])
    expect(await list(9, undefined, [])).toEqual(["ace", false, 0])
  })
})

it("a reader forgets what is too much to remember, by bytes and by the items of lists", async () => {
  const inner = createMemoryStorage()
  const put = ["a", "b"].map((key) => ({ key, value: new Uint8Array(10) }))
  await inner.commit({ expect: [], put, remove: [] })
  const listFormat = (items: number): RecordFormat<object> => ({
    kind: "list",
    keyOf: () => "a",
    encode: () => new Uint8Array(),
    decode: () => ({ list: new Array(items).fill(0), text: "x" }),
  })
  const isRemembered = async (bytesMax: number, items: number): Promise<boolean> => {
    const storage = recordingStorage(inner)
    const reader = createRecordReader(storage, bytesMax, () => undefined)
    await (await reader.begin()).read(listFormat(items), "a")
    const reads = await reader.begin()
    await reads.read(listFormat(items), "b")
    storage.counts()
    await (await reader.begin()).read(listFormat(items), "a")
    return storage.counts().get === 0
  }
  // A record of ten bytes weighs 900 bytes, its key and one and a half of each.
  expect([await isRemembered(4 * 916, 0), await isRemembered(800, 0)]).toEqual([true, false])
  expect([await isRemembered(4 * 916, 20), await isRemembered(4 * 916 + 4 * 3000, 20)]).toEqual([
    false,
    true,
  ])
})

const before = keyRecord({ state: "PendingDeletion", deletionMs: 90 })

/** A commit over a desk that writes down what is submitted. */
async function commitOver(stored: readonly Change[], isWritten = true) {
  const inner = createMemoryStorage()
  await inner.commit({ ...storageChange(stored, []), expect: [] })
  const submitted: DecidedWrite[] = []
  const told: KmsEvent[] = []
  const commit = createCommit({
    desk: { submit: async (write: DecidedWrite) => submitted.push(write) > 0 && isWritten },
    place: { partition: "aws", region: "us-east-1" },
    clock: () => 100,
    entropy: (target) => target.fill(7),
    events: (event) => void told.push(event),
  })
  const reads = await createRecordReader(inner, 1_000_000, () => undefined).begin()
  return { commit, reads, submitted, told, inner }
}

describe("what a call proposes", () => {
  it("is submitted with all that was read, and what goes with it", async () => {
    const { commit, reads, submitted, told } = await commitOver([])
    await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
    const decided = () => undefined
    const put = [{ key: "more", value: bytes("1") }]
    const changes: Change[] = [
      { kind: "key", after: keyRecord() },
      { kind: "key count", account, more: 1, max: 5 },
    ]
    const remove = ["less", keyRecordKey(account, keyId)]
    expect(await commit(changes, reads, { put, remove, decided })).toBe(true)
    const [write] = submitted
    expect(write?.put.map(({ key }) => key)).toEqual([
      keyRecordKey(account, keyId),
      `listed/${account}/${keyId}`,
      "more",
    ])
    // What is written goes not away with it.
    expect(write?.remove).toEqual(["less"])
    expect(write?.expect).toEqual([{ key: keyRecordKey(account, keyId), revision: undefined }])
    expect(write?.tallies).toEqual([{ account, more: 1, max: 5 }])
    expect(write?.decided).toBe(decided)
    expect(told).toEqual([])
  })

  it("starts from what is stored: what time has done is written and told with it", async () => {
    const { commit, reads, submitted, told } = await commitOver([{ kind: "key", after: before }])
    await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
    const asTimeLeftIt = { ...before, deletionMs: undefined }
    await commit([{ kind: "key", before: asTimeLeftIt as never }], reads)
    expect(submitted[0]?.remove).toContain(`due/${"90".padStart(15, "0")}/${account}/${keyId}`)
    expect(told).toMatchObject([{ "detail-type": "KMS CMK Deletion", account }])
  })

  it("tells nothing that was not written, and nothing of a key that is made", async () => {
    const { commit, reads, told } = await commitOver([{ kind: "key", after: before }], false)
    expect(await commit([{ kind: "key", before }], reads)).toBe(false)
    expect(told).toEqual([])
  })
})

it("whoever is told of an event is not waited for, whatever becomes of it there", async () => {
  for (const sink of [
    () => Promise.reject(new Error("no sink")),
    () => {
      throw new Error("no sink")
    },
    () => undefined,
  ]) {
    expect(tell(sink as never, {} as never)).toBeUndefined()
  }
  await new Promise((resolve) => setImmediate(resolve))
})

describe("a key that is gone", () => {
  const hex = (i: number) => i.toString(16).padStart(64, "0")
  const grants = (count: number) =>
    Array.from({ length: count }, (_, i) => grantRecord({ grantId: hex(i), name: `n${i}` }))

  /** A store with a key and what hangs on it. */
  async function storeWith(changes: readonly Change[], limitTo?: (commit: number) => boolean) {
    const inner = createMemoryStorage()
    for (const change of [{ kind: "key", after: before } as Change, ...changes]) {
      await inner.commit({ ...storageChange([change], []), expect: [] })
    }
    const sizes: number[] = []
    const storage: Storage = {
      ...inner,
      commit: (change) => {
        sizes.push(change.remove.length)
        return limitTo?.(sizes.length) === false ? Promise.resolve(false) : inner.commit(change)
      },
    }
    const reads: ReadSet = await createRecordReader(storage, 1_000_000, () => undefined).begin()
    await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
    const left = async () =>
      (await inner.list({ prefix: grantPrefix(account, keyId), limit: 1000 })).entries.length
    return { inner, storage, reads, sizes, left, host: { storage, rest: () => undefined } }
  }
  const making = (count: number): Change[] =>
    grants(count).map((after) => ({ kind: "grant", after }))

  it("loses its grants in as many commits as it takes, each while the key is as it was", async () => {
    const { host, reads, sizes, left } = await storeWith(making(50))
    expect(await destroyGrants(host, reads, before)).toBe(true)
    // Four keys for each, beside the key that is expected and the digest.
    expect([sizes, await left()]).toEqual([[96, 96, 8], 0])
  })

  it("loses as many as there is a budget for", async () => {
    const { host, reads, left } = await storeWith(making(5))
    const budget = { items: 3 }
    expect(await destroyGrants(host, reads, before, budget)).toBe(false)
    expect([budget.items, await left()]).toEqual([0, 2])
    expect(await destroyGrants(host, reads, before, { items: 2 })).toBe(true)
    expect(await destroyGrants(host, reads, before, { items: 0 })).toBe(true)
  })

  it("loses no more when it is another key than was read", async () => {
    const { host, reads, left, sizes } = await storeWith(making(50), (commit) => commit === 1)
    expect(await destroyGrants(host, reads, before)).toBe(false)
    expect([await left(), sizes.length]).toEqual([26, 2])
  })

  it("goes with its aliases and its place in a store, unless another key has them", async () => {
    const inStore = {
      ...before,
      aliases: ["alias/a", "alias/b", "alias/c"],
      keyStore: { id: storeId },
    } as never
    const other = keyId.replace("1234", "4321")
    const { reads } = await storeWith([
      { kind: "alias", after: aliasRecord() },
      { kind: "alias", after: aliasRecord({ name: "alias/b", keyId: other }) },
      { kind: "key store entry", after: keyStoreEntry() },
    ])
    expect(await deletionOf(reads, inStore)).toEqual([
      { kind: "key", before: inStore },
      { kind: "key count", account, more: -1 },
      { kind: "key store entry", before: keyStoreEntry() },
      { kind: "alias", before: aliasRecord() },
    ])
    const taken = await storeWith([
      { kind: "key store entry", after: keyStoreEntry({ keyId: other }) },
    ])
    expect((await deletionOf(taken.reads, inStore)).map(({ kind }) => kind)).toEqual([
      "key",
      "key count",
    ])
    expect((await deletionOf(taken.reads, before)).map(({ kind }) => kind)).toEqual([
      "key",
      "key count",
    ])
  })

  it("is destroyed when its time has come, and no sooner", async () => {
    const { storage, host, inner } = await storeWith(making(2))
    const submitted: unknown[] = []
    const parts = {
      ...host,
      reader: createRecordReader(storage, 1_000_000, () => undefined),
      commit: async (changes: readonly Change[]) => submitted.push(changes) > 0,
    }
    const name = { account, keyId }
    expect(await destroyKey(parts, name, 89)).toBe(false)
    expect(await destroyKey(parts, { ...name, account: "444455556666" }, 90)).toBe(false)
    expect(submitted).toEqual([])
    expect(await destroyKey(parts, name, 90)).toBe(true)
    expect(submitted).toHaveLength(1)
    const { entries } = await inner.list({ prefix: "grant", limit: 9 })
    expect(entries).toEqual([])
  })
})
