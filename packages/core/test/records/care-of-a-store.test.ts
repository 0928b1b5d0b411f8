import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { type BackupTarget, backUpStore } from "../../src/engine/care/backup.js"
import { restoreStore } from "../../src/engine/care/restore.js"
import { verifyStore } from "../../src/engine/care/verify.js"
import { pagesOf, walkStore } from "../../src/engine/care/walk-store.js"
import { openRegionStorage } from "../../src/engine/hsms/region-storage.js"
import { storageChange } from "../../src/engine/records/entries.js"
import { keyCountFormat, keyCountKey } from "../../src/formats/stored/key-count-record.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account } from "../support/accounts.js"
import { inPieces, memoryBackup } from "../support/backups.js"
import { keyId, keyRecord } from "../support/example-records.js"
import { sealOf } from "../support/hosts.js"

const domainName = "aws:us-east-1"
const clock = () => 5000
const newHsm = () => createSoftwareHsm({ seal: sealOf() })
const never = { aborted: false }

/** A region with so many keys, as far as it is needed to look after its store. */
async function openStore(keysCount: number, inner: Storage = createMemoryStorage()) {
  const region = await openRegionStorage({
    storage: inner,
    hsm: newHsm(),
    entropy: (target) => target.fill(3),
    at: { name: domainName, key: "domain", recordsPrefix: "" },
    due: () => undefined,
    anchor: undefined,
    restored: () => undefined,
  })
  const keyIdOf = (i: number) => keyId.replace("1234abcd", i.toString(16).padStart(8, "0"))
  const addKey = async (i: number) => {
    const { put } = storageChange([{ kind: "key", after: keyRecord({ keyId: keyIdOf(i) }) }], [])
    const count = {
      key: keyCountKey(account),
      value: keyCountFormat.encode({ account, keys: i + 1 }),
    }
    return region.storage.commit({ expect: [], put: [...put, count], remove: [] })
  }
  for (let i = 0; i < keysCount; i += 1) await addKey(i)
  const parts = { ...region, clock, rest: () => undefined }
  return { ...region, parts, inner, addKey, keyIdOf }
}

const namesIn = async (storage: Storage) =>
  (await storage.list({ prefix: "", limit: 1000 })).entries.map(({ key }) => key)

describe("a store that is verified", () => {
  it("is whole, with as many records of each kind as there are, none of them a lane", async () => {
    const { parts } = await openStore(3)
    expect(await verifyStore(parts, {})).toEqual({
      isWhole: true,
      records: 10,
      kinds: { domain: 2, "key count": 1, key: 3, "key name": 3, "domain key uses": 1 },
      findings: [],
      findingsCount: 0,
    })
  })

  it("says how far it is after each page, and how many there were", async () => {
    const { parts } = await openStore(200)
    const told: unknown[] = []
    await verifyStore(parts, { onProgress: (progress) => told.push(progress) })
    const total = 4 + 2 * 200
    expect(told).toEqual([{ records: total, total }])
  })

  it("is left when that is told, with the reason", async () => {
    const { parts } = await openStore(1)
    const reason = new Error("enough")
    await expect(verifyStore(parts, { signal: { aborted: true, reason } })).rejects.toBe(reason)
    await expect(verifyStore(parts, { signal: { aborted: true } })).rejects.toThrow("stopped")
    expect((await verifyStore(parts, { signal: never })).isWhole).toBe(true)
  })

  it("names what is wrong once, and what follows from it not at all", async () => {
    const { parts, inner, keyIdOf } = await openStore(2)
    const at = `key/${account}/${keyIdOf(0)}`
    await inner.commit({ expect: [], put: [{ key: at, value: new Uint8Array(80) }], remove: [] })
    const report = await verifyStore(parts, {})
    expect(report.findings).toMatchObject([{ key: at, kind: "key", wrong: "edited" }])
    expect([report.isWhole, report.findingsCount]).toEqual([false, 1])
    await inner.commit({ expect: [], put: [], remove: [at] })
    expect((await verifyStore(parts, {})).findings).toMatchObject([{ key: at, wrong: "missing" }])
  })

  it("counts all that is wrong, and names the first thousand", async () => {
    const { parts, inner } = await openStore(1)
    for (let i = 0; i < 1010; i += 1) {
      const put = [{ key: `x${i}`, value: Uint8Array.of(1) }]
      await inner.commit({ expect: [], put, remove: [] })
    }
    const { findings, findingsCount } = await verifyStore(parts, {})
    expect([findings.length, findingsCount]).toEqual([1000, 1010])
  })

  it("has a domain, and the one that was written last", async () => {
    const { parts, inner, domain } = await openStore(1)
    const [before] = await inner.get(["domain"])
    await domain.rotateDomainKey()
    const value = before?.value ?? new Uint8Array()
    await inner.commit({ expect: [], put: [{ key: "domain", value }], remove: [] })
    expect((await verifyStore(parts, {})).findings).toMatchObject([
      { key: "domain", wrong: "older" },
    ])
    await inner.commit({ expect: [], put: [], remove: ["domain"] })
    expect((await verifyStore(parts, {})).findings).toMatchObject([
      { key: "domain", wrong: "missing" },
    ])
  })
})

describe("a walk through a store", () => {
  it("tells of all records a few at a time, and again of what was changed meanwhile", async () => {
    const { parts, addKey, storage, keyIdOf } = await openStore(100)
    const sizes: number[] = []
    const seen = new Map<string, boolean>()
    let isFirst = true
    const { table } = await walkStore(parts, {}, async (records) => {
      sizes.push(records.length)
      for (const { place, bytes } of records) seen.set(place, bytes !== undefined)
      if (!isFirst) return
      isFirst = false
      await addKey(100)
      await storage.commit({ expect: [], put: [], remove: [`listed/${account}/${keyIdOf(0)}`] })
    })
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128)
    expect(seen.get(`key/${account}/${keyIdOf(100)}`)).toBe(true)
    expect(table.has(`listed/${account}/${keyIdOf(0)}`)).toBe(false)
    expect(table.size).toBe([...seen.values()].filter(Boolean).length)
  })

  it("looks through the whole store for what others wrote so much that nobody told of it", async () => {
    const { parts, inner, storage, keyIdOf } = await openStore(40)
    const other = await openStore(0, inner)
    const place = (i: number) => `listed/${account}/${keyIdOf(i)}`
    const put = (i: number) => [{ key: place(i), value: new TextEncoder().encode("7") }]
    const seen = new Map<string, number>()
    let isFirst = true
    const { table } = await walkStore(parts, {}, async (records) => {
      for (const { place: at } of records) seen.set(at, (seen.get(at) ?? 0) + 1)
      if (!isFirst) return
      isFirst = false
      for (let i = 0; i < 20; i += 1) {
        await other.storage.commit({ expect: [], put: put(i), remove: [] })
      }
      for (let i = 20; i < 40; i += 1) {
        await other.storage.commit({ expect: [], put: [], remove: [place(i)] })
      }
    })
    for (let i = 0; i < 40; i += 1) expect([i, table.has(place(i))]).toEqual([i, i < 20])
    for (let i = 0; i < 40; i += 1) expect(seen.get(place(i))).toBe(2)
    const [entry] = await storage.get([place(0)])
    expect(table.revisionOf(place(0))).toBe(entry?.revision)
  })

  it("fails when others write so much that no moment can be told", async () => {
    const { parts, inner, keyIdOf } = await openStore(1)
    const other = await openStore(0, inner)
    const put = [{ key: `listed/${account}/${keyIdOf(0)}`, value: new Uint8Array() }]
    const busy = async (): Promise<undefined> => {
      for (let i = 0; i < 20; i += 1) await other.storage.commit({ expect: [], put, remove: [] })
    }
    await expect(walkStore({ ...parts, rest: busy }, {}, async () => undefined)).rejects.toThrow(
      "others write more than can be followed",
    )
  })

  it("rests between its steps", async () => {
    const { parts } = await openStore(150)
    let rests = 0
    const rest = (): undefined => {
      rests += 1
    }
    await walkStore({ ...parts, rest }, {}, async () => undefined)
    expect(rests).toBe(Math.ceil((4 + 300) / 128))
  })

  it("goes through pages in their order, and refuses a store that answers others", async () => {
    const inner = createMemoryStorage()
    for (let i = 0; i < 600; i += 1) {
      const put = [{ key: `k${String(i).padStart(3, "0")}`, value: Uint8Array.of(1) }]
      await inner.commit({ expect: [], put, remove: [] })
    }
    const sizes: number[] = []
    for await (const page of pagesOf(inner)) sizes.push(page.length)
    expect(sizes).toEqual([512, 88])
    const backward: Storage["list"] = async (range) => {
      const { entries, more } = await inner.list(range)
      return { entries: entries.toReversed(), more }
    }
    await expect(pagesOf({ ...inner, list: backward }).next()).rejects.toMatchObject({
      name: "RecordError",
    })
    const empty: number[] = []
    for await (const page of pagesOf(createMemoryStorage())) empty.push(page.length)
    expect(empty).toEqual([0])
  })
})

describe("a backup of a store", () => {
  it("is handed over in pieces, and says what it holds", async () => {
    const { parts, inner } = await openStore(300)
    const sizes: number[] = []
    const target = memoryBackup()
    const write: BackupTarget["write"] = (bytes) => {
      sizes.push(bytes.length)
      return target.write(bytes)
    }
    const report = await backUpStore(parts, { ...target, write }, {})
    const lanes = (await namesIn(inner)).filter((key) => key.startsWith("digest/")).length
    expect(report).toEqual({
      madeMs: clock(),
      records: (await namesIn(inner)).length - lanes,
      bytes: target.bytes().length,
      leftOut: [],
    })
    expect(target.ended()).toBe("closed")
    expect(sizes.slice(0, -1).every((size) => size >= 65_536)).toBe(true)
    expect(sizes.length).toBeGreaterThan(1)
  })

  it("is refused where the store is damaged, unless that is to be left out", async () => {
    const { parts, inner, keyIdOf } = await openStore(2)
    const at = `key/${account}/${keyIdOf(1)}`
    await inner.commit({ expect: [], put: [{ key: at, value: new Uint8Array(80) }], remove: [] })
    const refused = memoryBackup()
    await expect(backUpStore(parts, refused, {})).rejects.toThrow("the storage is damaged")
    expect(refused.ended()).toBe("aborted")
    for (const damaged of ["", "keep"]) {
      const options = { damaged: damaged as "refuse" }
      await expect(backUpStore(parts, memoryBackup(), options)).rejects.toThrow(TypeError)
    }
    const report = await backUpStore(parts, memoryBackup(), { damaged: "leave-out" })
    expect(report).toMatchObject({ leftOut: [at], records: 7 })
  })

  it("is aborted when its target fails, whose error is the one that counts", async () => {
    const { parts } = await openStore(1)
    const reasons: unknown[] = []
    const error = new Error("the disk is full")
    const target: BackupTarget = {
      write: () => Promise.reject(error),
      close: async () => undefined,
      abort: async (reason) => {
        reasons.push(reason)
        throw new Error("it does not even abort")
      },
    }
    await expect(backUpStore(parts, target, {})).rejects.toBe(error)
    expect(reasons).toEqual([error])
    const closing = { ...memoryBackup(), close: () => Promise.reject(error) }
    await expect(backUpStore(parts, closing, {})).rejects.toBe(error)
    expect(closing.ended()).toBe("open")
  })
})

describe("a restore", () => {
  /** The bytes of a backup of so many keys. */
  async function backupOf(keysCount: number) {
    const { parts } = await openStore(keysCount)
    const target = memoryBackup()
    const report = await backUpStore(parts, target, {})
    return { bytes: target.bytes(), report }
  }
  const restore = (bytes: Uint8Array, storage: Storage, options: object = {}) =>
    restoreStore(inPieces(bytes), { storage, hsm: newHsm(), domainName, clock }, options)

  it("puts everything back, notes itself, and opens as the region that it was", async () => {
    const { bytes, report } = await backupOf(60)
    const storage = createMemoryStorage()
    expect(await restore(bytes, storage)).toEqual({
      records: report.records,
      madeMs: clock(),
      restoredMs: clock(),
      leftOut: 0,
    })
    const names = await namesIn(storage)
    expect(names).toContain("restored/5000")
    expect(names.filter((name) => name.startsWith("digest/"))).toEqual(["digest/0"])
    expect(names).toHaveLength(report.records + 2)
    const told: number[] = []
    const region = await openRegionStorage({
      storage,
      hsm: newHsm(),
      entropy: (target) => target.fill(3),
      at: { name: domainName, key: "domain", recordsPrefix: "" },
      due: () => undefined,
      anchor: undefined,
      restored: (restoredMs) => told.push(restoredMs),
    })
    expect(told).toEqual([5000])
    const verified = await verifyStore({ ...region, clock, rest: () => undefined }, {})
    expect(verified).toMatchObject({ isWhole: true, records: report.records + 1 })
    // A backup of that is restored later than it, whatever the clock says.
    const target = memoryBackup()
    await backUpStore({ ...region, clock, rest: () => undefined }, target, {})
    expect(await restore(target.bytes(), createMemoryStorage())).toMatchObject({ restoredMs: 5001 })
  })

  it("says how far it is, is left when that is told, and leaves nothing then", async () => {
    const { bytes } = await backupOf(520)
    const told: unknown[] = []
    await restore(bytes, createMemoryStorage(), {
      onProgress: (progress: unknown) => told.push(progress),
    })
    expect(told).toEqual([{ records: 1000 }])
    const storage = createMemoryStorage()
    let frames = 0
    const signal = {
      get aborted() {
        frames += 1
        return frames > 300
      },
    }
    await expect(restore(bytes, storage, { signal })).rejects.toThrow("stopped")
    expect(await namesIn(storage)).toEqual([])
  })

  it.each<[string, object, string]>([
    ["for another purpose", { purpose: "fun" }, "`purpose`"],
    ["for no purpose", { purpose: "" }, "`purpose`"],
  ])("is refused %s", async (_, options, message) => {
    const { bytes } = await backupOf(1)
    await expect(restore(bytes, createMemoryStorage(), options)).rejects.toThrow(message)
  })

  it("goes into an empty storage that keeps what it takes, and of its own region", async () => {
    const { bytes } = await backupOf(3)
    const full = createMemoryStorage()
    await full.commit({ expect: [], put: [{ key: "x", value: Uint8Array.of(1) }], remove: [] })
    await expect(restore(bytes, full)).rejects.toThrow("not empty")
    expect(await namesIn(full)).toEqual(["x"])
    const inner = createMemoryStorage()
    const forgetful: Storage = {
      ...inner,
      commit: (change) =>
        inner.commit({
          ...change,
          put: change.put.filter(({ key }) => !key.startsWith("listed/")),
        }),
    }
    await expect(restore(bytes, forgetful)).rejects.toThrow("has not kept all")
    expect(await namesIn(inner)).toEqual([])
    const parts = { storage: inner, hsm: newHsm(), domainName: "aws:eu-west-1", clock }
    await expect(restoreStore(inPieces(bytes), parts, {})).rejects.toThrow(
      "of the domain `aws:us-east-1`",
    )
    expect(await namesIn(inner)).toEqual([])
  })

  it("leaves alone what somebody else has begun in the storage meanwhile", async () => {
    const { bytes } = await backupOf(3)
    const inner = createMemoryStorage()
    const commit: Storage["commit"] = async (change) => {
      await inner.commit({
        expect: [],
        put: [{ key: "domain", value: Uint8Array.of(1) }],
        remove: [],
      })
      return inner.commit(change)
    }
    await expect(restore(bytes, { ...inner, commit })).rejects.toThrow("somebody else")
    expect(await namesIn(inner)).toEqual(["domain"])
  })
})
