import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createHostRates, type Rates } from "../../src/engine/host/host-rates.js"
import { createRegionRates } from "../../src/engine/host/region-rates.js"
import { createThrottle } from "../../src/engine/host/throttle.js"
import { whenUsed } from "../../src/engine/host/when-used.js"
import { requestRateFormat, requestRateKey } from "../../src/formats/stored/request-rate-record.js"
import type { LocatedKey } from "../../src/operations/call.js"
import { catalogue } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import type { KeySpec } from "../../src/vocabulary/key-specs.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account, otherAccount } from "../support/accounts.js"
import { createClock } from "../support/clock.js"
import { keyRecord, storeId } from "../support/example-records.js"
import { recordingStorage } from "../support/storages.js"

const name = { account, group: "ListKeys" }
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** How many of so many requests go through. */
async function passed(
  { take }: Rates,
  count: number,
  perSecond: number,
  of = name,
): Promise<number> {
  let through = 0
  for (let i = 0; i < count; i += 1) {
    try {
      await take(of, perSecond)
      through += 1
    } catch (error) {
      expect((error as Error).name).toBe("ThrottlingException")
    }
  }
  return through
}

describe("what a request counts as", () => {
  const rows = catalogue as Readonly<Record<string, AnyRow>>
  const symmetric = "Cryptographic operations (symmetric)"
  const keyOf = (keySpec: KeySpec, store?: string) =>
    ({
      record: keyRecord({ keySpec, ...(store && { keyStore: { id: store } as never }) }),
    }) as LocatedKey
  const quotas = {
    [symmetric]: 9,
    "Cryptographic operations (RSA)": 9,
    "Custom key store": 9,
    "GenerateDataKeyPair (ECC)": 9,
    ListKeys: 9,
    CreateKey: Number.POSITIVE_INFINITY,
  }

  /** The groups that are asked for, by whether key material is used. */
  async function counted(operation: string, keys: readonly LocatedKey[] = [], input: object = {}) {
    const taken: string[] = []
    const rates: Rates = {
      take: (of, perSecond) => void taken.push(`${of.account} ${of.group} ${perSecond}`),
    }
    const { count, countUse } = createThrottle(rates, quotas)
    const request = {
      operation,
      row: rows[operation] as AnyRow,
      caller: { account } as never,
      input: input as never,
    }
    await count(request)
    const before = taken.splice(0)
    await countUse(request, keys)
    return { before, used: taken }
  }
  const of = (group: string) => `${account} ${group} 9`

  it("is its operation, where it uses no key material", async () => {
    expect(await counted("ListKeys")).toEqual({ before: [of("ListKeys")], used: [] })
    expect(await counted("CreateKey")).toEqual({ before: [], used: [] })
    expect(await counted("ListAliases")).toEqual({ before: [], used: [] })
  })

  it.each<[string, string, readonly LocatedKey[], object, readonly string[]]>([
    ["no key", "GenerateRandom", [], {}, [of(symmetric)]],
    ["a key", "Encrypt", [keyOf("RSA_2048")], {}, [of("Cryptographic operations (RSA)")]],
    [
      "two keys of a kind",
      "ReEncrypt",
      [keyOf("SYMMETRIC_DEFAULT"), keyOf("SYMMETRIC_DEFAULT")],
      {},
      [of(symmetric)],
    ],
    [
      "two of two kinds",
      "ReEncrypt",
      [keyOf("SYMMETRIC_DEFAULT"), keyOf("RSA_2048")],
      {},
      [of(symmetric), of("Cryptographic operations (RSA)")],
    ],
    [
      "a pair",
      "GenerateDataKeyPair",
      [keyOf("SYMMETRIC_DEFAULT")],
      { KeyPairSpec: "ECC_NIST_P256" },
      [of("GenerateDataKeyPair (ECC)")],
    ],
    [
      "a pair of no kind",
      "GenerateDataKeyPair",
      [keyOf("SYMMETRIC_DEFAULT")],
      { KeyPairSpec: "constructor" },
      [of(symmetric)],
    ],
    [
      "a key in a store",
      "Encrypt",
      [keyOf("SYMMETRIC_DEFAULT", storeId)],
      {},
      [of(symmetric), of(`Custom key store ${storeId}`)],
    ],
  ])("is the kind of its keys, where it does: %s", async (_, operation, keys, input, used) => {
    expect(await counted(operation, keys, input)).toEqual({ before: [], used })
  })
})

describe("the rates of a host", () => {
  it("let through as many as may come in a second, and then as time brings back", async () => {
    const clock = createClock()
    const rates = createHostRates(clock)
    expect(await passed(rates, 9, 4)).toBe(4)
    expect(await passed(rates, 9, 4, { ...name, account: otherAccount })).toBe(4)
    expect(await passed(rates, 9, 4, { ...name, group: "CreateKey" })).toBe(4)
    clock.advanceMs(249)
    expect(await passed(rates, 2, 4)).toBe(0)
    clock.advanceMs(1)
    expect(await passed(rates, 2, 4)).toBe(1)
    clock.advanceMs(60_000)
    expect(await passed(rates, 9, 4)).toBe(4)
  })
})

describe("the rates of a region", () => {
  const ratesOn = (storage: Storage, clock = createClock()) => createRegionRates({ storage, clock })
  const stored = async (storage: Storage) => {
    const key = requestRateKey(name)
    const [entry] = await storage.get([key])
    return entry && requestRateFormat.decode(entry.value, key)
  }

  it("are taken a share at a time, of which there are sixteen, and ahead of the calls", async () => {
    const [inner, clock] = [createMemoryStorage(), createClock()]
    const storage = recordingStorage(inner)
    const rates = ratesOn(storage, clock)
    await rates.take(name, 160)
    // Its share of ten, and one for the request that waits.
    expect(await stored(inner)).toEqual({ ...name, requests: 160 - 11, filledMs: clock() })
    expect(storage.counts()).toMatchObject({ get: 1, commit: 1 })
    for (let i = 0; i < 4; i += 1) await rates.take(name, 160)
    await settled()
    expect(storage.counts()).toMatchObject({ get: 0, commit: 0 })
    await rates.take(name, 160)
    await settled()
    expect((await stored(inner))?.requests).toBe(160 - 21)
    expect(storage.counts()).toMatchObject({ get: 1, commit: 1 })
  })

  it("are whole requests, of which a small quota has one share each", async () => {
    const inner = createMemoryStorage()
    const clock = createClock()
    expect(await passed(ratesOn(inner, clock), 5, 1)).toBe(1)
    expect((await stored(inner))?.requests).toBe(0)
    clock.advanceMs(500)
    expect(await passed(ratesOn(inner, clock), 5, 1)).toBe(0)
    clock.advanceMs(500)
    expect(await passed(ratesOn(inner, clock), 5, 1)).toBe(1)
  })

  it("are not asked for again while there is nothing to be taken", async () => {
    const clock = createClock()
    for (const [perSecond, dryMs] of [
      [4, 250],
      [16, 63],
      [1000, 63],
    ] as const) {
      const storage = recordingStorage(createMemoryStorage())
      const rates = ratesOn(storage, clock)
      await passed(rates, perSecond + 1, perSecond)
      storage.counts()
      clock.advanceMs(dryMs - 1)
      expect(await passed(rates, 1, perSecond)).toBe(0)
      expect(storage.counts()).toMatchObject({ get: 0, commit: 0 })
      clock.advanceMs(1)
      expect(await passed(rates, 1, perSecond)).toBe(1)
      expect(storage.counts().get).toBeGreaterThan(0)
    }
  })

  it("are taken together by those who wait at once", async () => {
    const inner = createMemoryStorage()
    const storage = recordingStorage(inner)
    const rates = ratesOn(storage)
    await Promise.all(Array.from({ length: 5 }, () => rates.take(name, 16)))
    expect(storage.counts().commit).toBeLessThan(4)
    expect((await stored(inner))?.requests).toBeLessThanOrEqual(11)
  })

  it("are taken again when another host was quicker, and not for ever", async () => {
    const inner = createMemoryStorage()
    let meetings = 2
    let commits = 0
    const commit: Storage["commit"] = (change) => {
      commits += 1
      meetings -= 1
      return meetings >= 0 ? Promise.resolve(false) : inner.commit(change)
    }
    const clock = createClock()
    const rates = ratesOn({ ...inner, commit }, clock)
    expect(await passed(rates, 1, 4)).toBe(1)
    await settled()
    meetings = Number.POSITIVE_INFINITY
    commits = 0
    expect(await passed(ratesOn({ ...inner, commit }, clock), 1, 4)).toBe(0)
    expect(commits).toBe(limits.commitAttemptsMax)
  })

  it("fail a request with the storage, and are asked for again by the next", async () => {
    const inner = createMemoryStorage()
    let isBroken = true
    const get: Storage["get"] = (keys) =>
      isBroken ? Promise.reject(new Error("the disk is on fire")) : inner.get(keys)
    const rates = ratesOn({ ...inner, get })
    await expect(Promise.resolve(rates.take(name, 4))).rejects.toThrow("the disk is on fire")
    isBroken = false
    expect(await passed(rates, 5, 4)).toBe(4)
  })

  it("set a time right that was far ahead, also where there is nothing to be taken", async () => {
    const [inner, clock] = [createMemoryStorage(), createClock()]
    const write = (requests: number, aheadMs: number) => {
      const record = { ...name, requests, filledMs: clock() + aheadMs }
      const put = [{ key: requestRateKey(name), value: requestRateFormat.encode(record) }]
      return inner.commit({ expect: [], put, remove: [] })
    }
    const isAhead = limits.clockAheadMsMax + 1
    await write(0, isAhead)
    expect(await passed(ratesOn(inner, clock), 1, 4)).toBe(0)
    expect(await stored(inner)).toMatchObject({ requests: 0, filledMs: clock() })
    await write(0, limits.clockAheadMsMax)
    expect(await passed(ratesOn(inner, clock), 1, 4)).toBe(0)
    expect((await stored(inner))?.filledMs).toBe(clock() + limits.clockAheadMsMax)
  })
})

describe("a host that is opened when it is first used", () => {
  it("is opened once, for all who come, and again when that has failed", async () => {
    let opens = 0
    const host = { name: "host" }
    const use = whenUsed(async () => {
      opens += 1
      if (opens === 1) throw new Error("no entropy yet")
      return host as never
    })
    const work = async (given: unknown) => given === host
    await expect(Promise.all([use(work), use(work)])).rejects.toThrow("no entropy yet")
    expect(opens).toBe(1)
    expect(await Promise.all([use(work), use(work)])).toEqual([true, true])
    expect(await use(work)).toBe(true)
    expect(opens).toBe(2)
  })
})
