import { createMemoryStorage } from "@keywright/storage"
import { beforeEach, describe, expect, it, vi } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { createRecordReader } from "../../src/engine/records/record-reader.js"
import { aliasRecordFormat, keyRecordFormat } from "../../src/formats/stored/key-records.js"
import { account } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { quickHsm } from "../support/importing.js"
import { keyPolicyOf } from "../support/policies.js"
import { readRecord, recordsIn, textBytes } from "../support/records.js"
import { blobIn } from "../support/replies.js"
import { type RecordingStorage, recordingStorage } from "../support/storages.js"
import { newKey, openWorld } from "../support/world.js"

const Plaintext = Uint8Array.of(1)

let storage: RecordingStorage
let root: KmsClient
let key: string
let other: string
let blob: Uint8Array

beforeEach(async () => {
  storage = recordingStorage(createMemoryStorage())
  const kms = await openHost({ storage })
  root = kms.as(kms.administrator)
  key = await newKey(root)
  other = await newKey(root)
  await root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
  await root.createAlias({ AliasName: "alias/y", TargetKeyId: other })
  blob = blobIn(await root.encrypt({ KeyId: "alias/x", Plaintext }))
  await root.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: "alias/y" })
  storage.counts()
})

/** How often a record was parsed while something ran. */
async function parsesOf(work: () => Promise<unknown>): Promise<number> {
  const parse = vi.spyOn(JSON, "parse")
  const decode = [keyRecordFormat, aliasRecordFormat].map((format) => vi.spyOn(format, "decode"))
  try {
    await work()
    const records = decode.reduce((sum, { mock }) => sum + mock.calls.length, 0)
    // A record that is not read in one go is parsed as JSON, too.
    return Math.max(records, parse.mock.calls.length)
  } finally {
    for (const spy of [parse, ...decode]) spy.mockRestore()
  }
}

const calls = [
  ["Encrypt by key id", () => root.encrypt({ KeyId: key, Plaintext })],
  ["Encrypt by alias", () => root.encrypt({ KeyId: "alias/x", Plaintext })],
  ["Decrypt by ciphertext", () => root.decrypt({ CiphertextBlob: blob })],
  ["Decrypt with its alias", () => root.decrypt({ CiphertextBlob: blob, KeyId: "alias/x" })],
  ["GenerateDataKey", () => root.generateDataKey({ KeyId: "alias/x", KeySpec: "AES_256" })],
  ["DescribeKey", () => root.describeKey({ KeyId: key })],
  ["ReEncrypt", () => root.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: "alias/y" })],
] as const

describe("a hot call", () => {
  it.each(calls)("costs one stamp, reads nothing and parses nothing: %s", async (_, call) => {
    await call()
    storage.counts()
    expect(await parsesOf(call)).toBe(0)
    expect(storage.counts()).toEqual({ stamp: 1, get: 0, list: 0, commit: 0 })
  })
})

describe("a call after something else has changed", () => {
  it.each(calls)(
    "costs one stamp and one get of what it needs, and parses nothing: %s",
    async (_, call) => {
      await call()
      const unrelated = await newKey(root)
      await root.tagResource({ KeyId: unrelated, Tags: [{ TagKey: "a", TagValue: "b" }] })
      storage.counts()
      expect(await parsesOf(call)).toBe(0)
      expect(storage.counts()).toEqual({ stamp: 1, get: 1, list: 0, commit: 0 })
      expect(await parsesOf(call)).toBe(0)
      expect(storage.counts()).toEqual({ stamp: 1, get: 0, list: 0, commit: 0 })
    },
  )

  it("parses what has changed, and once", async () => {
    await root.updateKeyDescription({ KeyId: key, Description: "new" })
    expect(await parsesOf(() => root.encrypt({ KeyId: key, Plaintext }))).toBe(1)
    expect(await parsesOf(() => root.encrypt({ KeyId: key, Plaintext }))).toBe(0)
  })

  it("on a store without memory gets everything anew, and parses nothing", async () => {
    let stamp = 0
    const inner = createMemoryStorage()
    const forgetful = recordingStorage({
      get: (keys) => inner.get(keys),
      list: (range) => inner.list(range),
      commit: (change) => inner.commit(change),
      stamp: async () => {
        stamp += 1
        return stamp
      },
      close: () => inner.close(),
    })
    const kms = await openHost({ storage: forgetful })
    const client = kms.as(kms.administrator)
    const KeyId = await newKey(client)
    await client.encrypt({ KeyId, Plaintext })
    forgetful.counts()
    expect(await parsesOf(() => client.encrypt({ KeyId, Plaintext }))).toBe(0)
    expect(forgetful.counts()).toEqual({ stamp: 1, get: 1, list: 0, commit: 0 })
  })
})

describe("the cache of decoded records", () => {
  it("holds no more than its bound, and what was used last", async () => {
    const inner = createMemoryStorage()
    const max = 20
    const put = Array.from({ length: 100 }, (_, i) => ({ key: `n/${i}`, value: textBytes(`${i}`) }))
    await inner.commit({ expect: [], put, remove: [] })
    const store = recordingStorage(inner)
    const reader = createRecordReader(store, max * 610, () => undefined)
    const decoded: string[] = []
    const format = {
      kind: "number",
      keyOf: (value: number) => `n/${value}`,
      encode: (value: number) => textBytes(`${value}`),
      decode: (bytes: Uint8Array, name: string) => {
        decoded.push(name)
        return Number(new TextDecoder().decode(bytes))
      },
    }
    const read = async (i: number) => (await reader.begin()).read(format, `n/${i}`)
    for (let i = 0; i < 100; i += 1) expect(await read(i)).toBe(i)
    decoded.length = 0
    store.counts()
    expect(await read(99)).toBe(99)
    expect(store.counts().get).toBe(0)
    for (let i = 99; i >= 0; i -= 1) expect(await read(i)).toBe(i)
    expect(decoded.length).toBeGreaterThanOrEqual(100 - max)
    expect(decoded.length).toBeLessThan(100)
  })

  it("is bounded for a host with more keys than it may hold", async () => {
    const inner = createMemoryStorage()
    const maker = await openHost({ storage: inner })
    const KeyId = await newKey(maker.as(maker.administrator))
    const record = await readRecord(inner, `key/${account}/${KeyId}`)
    const records = await recordsIn(inner)
    const count = 1500
    const cachedRecordsBytesMax = 1_048_576
    const idOf = (i: number) => `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`
    for (let from = 0; from < count; from += 100) {
      const put = Array.from({ length: 100 }, (_, i) => {
        const value = { ...record.value, keyId: idOf(from + i) }
        return {
          key: `key/${account}/${idOf(from + i)}`,
          value: textBytes(JSON.stringify({ ...record, value })),
        }
      })
      await records.commit({ expect: [], put, remove: [] })
    }
    const store = recordingStorage(inner)
    const kms = await openHost({ storage: store, cachedRecordsBytesMax })
    const client = kms.as(kms.administrator)
    for (let i = 0; i < count; i += 1) await client.describeKey({ KeyId: idOf(i) })
    store.counts()
    for (let i = count - 1; i >= 0; i -= 1) await client.describeKey({ KeyId: idOf(i) })
    const { get, stamp } = store.counts()
    expect(stamp).toBe(count)
    // A record of this kind takes more than a kilobyte.
    expect(get).toBeGreaterThanOrEqual(count - 1024)
    expect(get).toBeLessThan(count)
  })

  it.each([-1, Number.NaN])("has no bound of %d bytes", async (cachedRecordsBytesMax) => {
    await expect(openHost({ cachedRecordsBytesMax })).rejects.toThrow(TypeError)
  })

  it("keeps no answer for a key that was made after it was asked for", async () => {
    const inner = createMemoryStorage()
    const kms = await openHost({ storage: inner })
    const client = kms.as(kms.administrator)
    await client.describeKey({ KeyId: "alias/later" }).catch(() => undefined)
    const KeyId = await newKey(client)
    await client.createAlias({ AliasName: "alias/later", TargetKeyId: KeyId })
    expect((await client.describeKey({ KeyId: "alias/later" })).KeyMetadata?.KeyId).toBe(KeyId)
  })
})

describe("a list of keys", () => {
  it("reads names alone, however long the records of the keys are", async () => {
    const recording = recordingStorage(createMemoryStorage())
    const { kms, root, newKey, clock } = await openWorld({ storage: recording })
    const ids = [await newKey(), await newKey({ Policy: keyPolicyOf({ Sid: "x".repeat(30_000) }) })]
    const gone = await newKey()
    await root.scheduleKeyDeletion({ KeyId: gone, PendingWindowInDays: 7 })
    const saved = await newKey()
    await root.scheduleKeyDeletion({ KeyId: saved, PendingWindowInDays: 7 })
    await root.cancelKeyDeletion({ KeyId: saved })
    const listed = async () => (await root.listKeys({})).Keys?.map(({ KeyId }) => KeyId)
    expect(await listed()).toEqual([...ids, gone, saved].toSorted())
    clock.advanceDays(7)
    recording.calls.length = 0
    expect(await listed()).toEqual([...ids, saved].toSorted())
    const read = recording.calls.flatMap(({ keys }) => keys)
    expect(read).toEqual([`listed/${account}/`])
    await kms.sweep()
    expect(await listed()).toEqual([...ids, saved].toSorted())
  })

  it("opens each name once, and again when another host has changed it, and none of its own", async () => {
    const inner = createMemoryStorage()
    const opened: string[] = []
    const hsm = quickHsm()
    const openRecords: typeof hsm.openRecords = (sealed) => {
      opened.push(...sealed.map(({ place }) => place))
      return hsm.openRecords(sealed)
    }
    const writer = await openHost({ storage: inner, hsm: quickHsm() })
    const reader = await openHost({ storage: inner, hsm: { ...hsm, openRecords } })
    const [owner, client] = [writer, reader].map((kms) => kms.as(kms.administrator))
    if (owner === undefined || client === undefined) throw new Error("there are two")
    const ids = [await newKey(owner), await newKey(owner)] as const
    const openedIn = async (keysCount: number) => {
      opened.length = 0
      expect((await client.listKeys({})).Keys).toHaveLength(keysCount)
      return opened.toSorted()
    }
    expect(await openedIn(2)).toEqual(ids.map((id) => `listed/${account}/${id}`).toSorted())
    expect(await openedIn(2)).toEqual([])
    await owner.scheduleKeyDeletion({ KeyId: ids[1] })
    expect(await openedIn(2)).toEqual([`listed/${account}/${ids[1]}`])
    await newKey(client)
    expect(await openedIn(3)).toEqual([])
  })
})
