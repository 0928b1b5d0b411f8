import { createMemoryStorage, type MemoryStorage, type Storage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import { storageAnchor } from "../../src/engine/hsms/anchoring.js"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import { type Anchor, StaleStoreError } from "../../src/ports/anchor.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { account, userOf } from "../support/accounts.js"
import { createClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { outcomeOf } from "../support/refusals.js"
import { faultyStorage } from "../support/storages.js"
import { newKey } from "../support/world.js"

const clock = createClock()

let storage: MemoryStorage
let anchors: MemoryStorage
let anchor: Anchor

beforeEach(() => {
  storage = createMemoryStorage()
  anchors = createMemoryStorage()
  anchor = storageAnchor(anchors)
})

const open = (options: Partial<KmsOptions> = {}): Promise<Kms> =>
  openHost({ storage, anchor, clock, ...options })
const makeKey = (kms: Kms): Promise<string> => newKey(kms.as(kms.administrator))

/** Makes a store what another one is. */
async function replace(target: Storage, source: Storage): Promise<void> {
  const now = await target.list({ prefix: "", limit: 1000 })
  const then = await source.list({ prefix: "", limit: 1000 })
  const remove = now.entries.map(({ key }) => key)
  await target.commit({ expect: [], put: [], remove })
  await target.commit({ expect: [], put: then.entries, remove: [] })
}

const anchorLagMs = 1000

/** Waits until the test says so, for what an anchor waits for; commits have time enough. */
const timerOf = (ends: (() => void)[]) => (timeoutMs: number) => {
  const over = new Promise<void>((resolve) => {
    if (timeoutMs === anchorLagMs) ends.push(resolve)
  })
  return { over, stop: () => {} }
}

describe("a store with an anchor", () => {
  it("opens again as it was left, and as others have changed it since", async () => {
    const kms = await open()
    await makeKey(kms)
    await open()
    const other = await open({ anchor: storageAnchor(createMemoryStorage()) })
    await makeKey(other)
    await makeKey(other)
    expect(await (await open()).verify()).toMatchObject({ isWhole: true })
  })

  it("does not open as an old copy, and says since when and what to do", async () => {
    const kms = await open()
    const old = storage.fork()
    await makeKey(kms)
    const opening = open({ storage: old })
    await expect(opening).rejects.toBeInstanceOf(StaleStoreError)
    await expect(opening).rejects.toThrow(new Date(clock()).toISOString())
    await expect(opening).rejects.toThrow(/Put the newest copy of the storage back/)
    expect(await (await openHost({ storage: old, clock })).verify()).toMatchObject({
      isWhole: true,
    })
  })

  it("does not open empty: it is not made anew", async () => {
    await open()
    await expect(open({ storage: createMemoryStorage() })).rejects.toThrow(/holds no domain/)
  })

  it("does not open with another history of the same length", async () => {
    const kms = await open()
    const fork = storage.fork()
    const other = await openHost({ storage: fork, clock })
    await makeKey(kms)
    await makeKey(other)
    await expect(open({ storage: fork })).rejects.toThrow(/and they are others/)
  })

  it("does not open with the anchor of another store", async () => {
    await open()
    const foreign = createMemoryStorage()
    await openHost({ storage: foreign, clock })
    await expect(open({ storage: foreign })).rejects.toThrow(/the anchor does not open/)
  })

  it("opens wherever a host has died between store and anchor", async () => {
    for (const moment of ["before", "after"] as const) {
      for (const broken of ["store", "anchor"] as const) {
        for (let calls = 0, broke = true; broke; calls += 1) {
          storage = createMemoryStorage()
          anchors = createMemoryStorage()
          const store = faultyStorage(storage)
          const faulty = faultyStorage(anchors)
          const dying = broken === "store" ? store : faulty
          dying.breakAfter(calls, moment)
          const run = async () => {
            const kms = await open({ storage: store, anchor: storageAnchor(faulty) })
            await makeKey(kms)
            await kms.rotateDomainKey()
            await makeKey(kms)
          }
          await run().catch(() => undefined)
          broke = dying.mend()
          const after = await open({ anchor: storageAnchor(anchors) })
          expect((await after.verify()).findings).toEqual([])
        }
      }
    }
  })

  it("fails a write whose anchor cannot be written, which can be made again", async () => {
    const faulty = faultyStorage(anchors)
    const kms = await open({ anchor: storageAnchor(faulty) })
    await makeKey(kms)
    faulty.breakAfter(0)
    await expect(makeKey(kms)).rejects.toMatchObject({ name: "KMSInternalException" })
    faulty.mend()
    await makeKey(kms)
  })

  it("fails with what was written when its anchor is not, and writes it once", async () => {
    const network = { isDown: false }
    // As `fetch` fails: to the contract of a storage it would be a wrong call.
    const write = async (bytes: Uint8Array) => {
      if (network.isDown) throw new TypeError("fetch failed")
      await anchor.write(bytes)
    }
    const kms = await open({ anchor: { read: anchor.read, write } })
    const root = kms.as(kms.administrator)
    const KeyId = await newKey(root)
    const grant = { KeyId, GranteePrincipal: userOf(account), Operations: ["Decrypt" as const] }
    network.isDown = true
    const calls = Array.from({ length: 20 }, () => outcomeOf(root.createGrant(grant)))
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["KMSInternalException"]))
    const { Grants = [] } = await root.listGrants({ KeyId, Limit: 100 })
    expect(Grants.length).toBe(20)
  })

  it("may run ahead of its anchor for as long as the host says", async () => {
    const ends: (() => void)[] = []
    const told: KmsEvent[] = []
    const faulty = faultyStorage(anchors)
    const kms = await open({
      anchor: storageAnchor(faulty),
      anchorLagMs,
      timer: timerOf(ends),
      events: (event) => void told.push(event),
    })
    await makeKey(kms)
    const [before] = await anchors.get(["anchor/host"])
    await makeKey(kms)
    expect(await anchors.get(["anchor/host"])).toEqual([before])
    faulty.breakAfter(0)
    ends.at(-1)?.()
    const late = { write: "anchor", waiting: 1 }
    await expect.poll(() => told.map((event) => event.detail)).toContainEqual(late)
    await expect.poll(() => ends.length).toBeGreaterThan(1)
    faulty.mend()
    ends.at(-1)?.()
    const valueNow = async () => (await anchors.get(["anchor/host"]))[0]?.value
    await expect.poll(valueNow).not.toEqual(before?.value)
    const old = storage.fork()
    await makeKey(kms)
    await kms.close()
    await expect(open({ storage: old })).rejects.toBeInstanceOf(StaleStoreError)
  })

  it("is told by each of several hosts, each with an anchor of its own", async () => {
    const other = createMemoryStorage()
    const [a, b] = [await open(), await open({ anchor: storageAnchor(other, "b") })]
    await Promise.all([makeKey(a), makeKey(b), makeKey(a), makeKey(b)])
    const old = storage.fork()
    await makeKey(b)
    await makeKey(a)
    await expect(open({ storage: old })).rejects.toBeInstanceOf(StaleStoreError)
    const opening = open({ storage: old, anchor: storageAnchor(other, "b") })
    await expect(opening).rejects.toBeInstanceOf(StaleStoreError)
    await open({ anchor: storageAnchor(other, "b") })
  })
})

describe("a store that goes back under a running host", () => {
  it("is used no more from the next write on, not even for what the host remembers", async () => {
    const kms = await open()
    const KeyId = await makeKey(kms)
    const old = storage.fork()
    await makeKey(kms)
    await replace(storage, old)
    const root = kms.as(kms.administrator)
    await expect(makeKey(kms)).rejects.toMatchObject({ name: "KMSInternalException" })
    await expect(root.describeKey({ KeyId })).rejects.toMatchObject({
      name: "KMSInternalException",
    })
    await expect(kms.verify()).rejects.toBeInstanceOf(StaleStoreError)
    await expect(open()).rejects.toBeInstanceOf(StaleStoreError)
  })

  it("is noticed by a sweep of a host that only reads", async () => {
    const reader = await openHost({ storage, clock })
    const writer = await openHost({ storage, clock })
    const old = storage.fork()
    await makeKey(writer)
    await reader.sweep()
    await replace(storage, old)
    await expect(reader.sweep()).rejects.toBeInstanceOf(StaleStoreError)
  })
})

describe("an anchor that is not written by calls", () => {
  it("is written by sweeps, so that it opens after its domain key was dropped", async () => {
    const idle = await open()
    const busy = await openHost({ storage, clock })
    await makeKey(busy)
    await busy.rotateDomainKey()
    const sweepAll = async (kms: Kms) => {
      let { next } = await kms.sweep()
      while (next !== undefined) ({ next } = await kms.sweep({ after: next }))
    }
    await sweepAll(busy)
    await sweepAll(idle)
    clock.advanceDays(2)
    await sweepAll(busy)
    const ids = new Set((await storage.list({ prefix: "uses/", limit: 10 })).entries)
    expect(ids.size).toBe(1)
    await open()
  })

  it("is left alone once its host is closed", async () => {
    const ends: (() => void)[] = []
    const kms = await open({ anchorLagMs, timer: timerOf(ends) })
    await makeKey(kms)
    const { length: before } = ends
    await kms.close()
    ends.at(-1)?.()
    // What follows in memory follows within this turn of the event loop.
    await new Promise(setImmediate)
    expect(ends).toHaveLength(before)
  })
})
