import { createMemoryStorage, type Storage, StorageError } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import { account, otherAccount, rootOf } from "../support/accounts.js"
import { createClock, type TestClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { outcomeOf } from "../support/refusals.js"
import { recordingStorage } from "../support/storages.js"
import { newKey } from "../support/world.js"

const prefix = "rate/"

async function hostsOn(
  count: number,
  options: Partial<KmsOptions> & { storage: Storage; clock: TestClock },
): Promise<readonly Kms[]> {
  const hosts: Kms[] = []
  for (let i = 0; i < count; i += 1) {
    hosts.push(await openHost({ requestQuotasOf: "region", ...options }))
  }
  return hosts
}

const rootsOf = (hosts: readonly Kms[]): readonly KmsClient[] =>
  hosts.map((kms) => kms.as(kms.administrator))

/** How many of so many calls went through, one after the other at the hosts in turn. */
async function passed(roots: readonly KmsClient[], count: number): Promise<number> {
  let through = 0
  for (let i = 0; i < count; i += 1) {
    const ending = await outcomeOf(roots[i % roots.length]?.listKeys({}) ?? Promise.reject())
    if (ending === "OK") through += 1
    else expect(ending).toBe("ThrottlingException")
  }
  return through
}

describe("request rates of a region", () => {
  it("are those of all its hosts together", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const requestQuotas = { ListKeys: 32 }
    const roots = rootsOf(await hostsOn(3, { storage, clock, requestQuotas }))
    expect(await passed(roots, 200)).toBe(32)
    clock.advanceMs(1000)
    expect(await passed(roots, 200)).toBe(32)
  })

  it("are a host's own when nothing else is said", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const requestQuotas = { ListKeys: 32 }
    const options = { storage, clock, requestQuotas, requestQuotasOf: undefined }
    const roots = rootsOf(await hostsOn(3, options))
    expect(await passed(roots, 200)).toBe(96)
    expect((await storage.list({ prefix, limit: 10 })).entries).toEqual([])
  })

  it("are all his for a tenant who speaks to one host", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const hosts = await hostsOn(3, { storage, clock, requestQuotas: { ListKeys: 32 } })
    const [only] = rootsOf(hosts)
    expect(await passed([only as KmsClient], 100)).toBe(32)
  })

  it("let through no more than they say, whatever the hosts and the pace", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const [perSecond, hostsCount, seconds] = [48, 4, 10]
    const requestQuotas = { ListKeys: perSecond }
    const roots = rootsOf(await hostsOn(hostsCount, { storage, clock, requestQuotas }))
    let through = 0
    for (let step = 0; step < seconds * 20; step += 1) {
      through += await passed(roots, 12)
      clock.advanceMs(50)
    }
    const share = Math.ceil(perSecond / 16)
    expect(through).toBeLessThanOrEqual(perSecond * (seconds + 1) + 1.5 * share * hostsCount)
    expect(through).toBeGreaterThan(perSecond * seconds * 0.9)
  })

  it("are whole numbers of requests when they are small", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const roots = rootsOf(await hostsOn(2, { storage, clock, requestQuotas: { ListKeys: 1 } }))
    expect(await passed(roots, 6)).toBe(1)
    clock.advanceMs(999)
    expect(await passed(roots, 6)).toBe(0)
    clock.advanceMs(1001)
    expect(await passed(roots, 6)).toBe(1)
  })

  it("without an end bound nothing, and are not written down", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const requestQuotas = { ListKeys: Number.POSITIVE_INFINITY }
    const roots = rootsOf(await hostsOn(2, { storage, clock, requestQuotas }))
    expect(await passed(roots, 100)).toBe(100)
    expect((await storage.list({ prefix, limit: 10 })).entries).toEqual([])
  })

  it("of one account are nothing to another", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const hosts = await hostsOn(2, { storage, clock, requestQuotas: { ListKeys: 16 } })
    expect(await passed(rootsOf(hosts), 100)).toBe(16)
    const strangers = hosts.map((kms) => kms.as(rootOf(otherAccount)))
    expect(await passed(strangers, 100)).toBe(16)
  })

  it("let a crowd through that comes at once, as far as they go", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const requestQuotas = { ListKeys: 160 }
    const roots = rootsOf(await hostsOn(3, { storage, clock, requestQuotas }))
    const calls = Array.from({ length: 600 }, (_, i) => roots[i % 3]?.listKeys({}))
    const endings = await Promise.all(calls.map((call) => outcomeOf(call ?? Promise.reject())))
    const through = endings.filter((ending) => ending === "OK").length
    expect(through).toBeLessThanOrEqual(160)
    expect(through).toBeGreaterThan(120)
    expect(new Set(endings)).toEqual(new Set(["OK", "ThrottlingException"]))
  })
})

describe("the storage", () => {
  it("is written once for many requests, and not at all for those that are refused", async () => {
    const storage = recordingStorage(createMemoryStorage())
    const clock = createClock()
    const requestQuotas = { ListKeys: 1600 }
    const [root] = rootsOf(await hostsOn(1, { storage, clock, requestQuotas }))
    storage.counts()
    expect(await passed([root as KmsClient], 1600)).toBe(1600)
    expect(storage.counts().commit).toBeLessThanOrEqual(17)
    expect(await passed([root as KmsClient], 1000)).toBe(0)
    const { commit, get, list } = storage.counts()
    expect(commit).toBe(0)
    expect(get + list).toBeLessThanOrEqual(1)
  })

  it("is not read again because hosts count: a hot key stays hot", async () => {
    const storage = recordingStorage(createMemoryStorage())
    const clock = createClock()
    const requestQuotas = { "Cryptographic operations (symmetric)": 1600 }
    const [root] = rootsOf(await hostsOn(1, { storage, clock, requestQuotas }))
    const KeyId = await newKey(root as KmsClient)
    const encrypt = () => root?.encrypt({ KeyId, Plaintext: new Uint8Array(1) })
    await encrypt()
    storage.counts()
    for (let i = 0; i < 800; i += 1) await encrypt()
    const { commit, get } = storage.counts()
    expect(commit).toBeLessThanOrEqual(9)
    expect(get).toBeLessThanOrEqual(4 * commit)
  })

  it("that cannot be written fails a call that needs a share, and no other", async () => {
    const inner = createMemoryStorage()
    let isBroken = false
    const storage: Storage = {
      ...inner,
      commit: async (change) => {
        if (isBroken) throw new StorageError("failed", "the disk is full")
        return inner.commit(change)
      },
    }
    const requestQuotas = { ListKeys: 160 }
    const [root] = rootsOf(await hostsOn(1, { storage, clock: createClock(), requestQuotas }))
    await root?.listKeys({})
    isBroken = true
    // Ten were taken with the first one, and one more that waited.
    for (let i = 0; i < 10; i += 1) await root?.listKeys({})
    await expect(root?.listKeys({})).rejects.toMatchObject({ name: "KMSInternalException" })
    isBroken = false
    await root?.listKeys({})
  })

  it("keeps no rates that time has filled again, after a sweep", async () => {
    const [storage, clock] = [createMemoryStorage(), createClock()]
    const requestQuotas = { ListKeys: 16, ListAliases: 16 }
    const [kms] = await hostsOn(1, { storage, clock, requestQuotas })
    const root = kms?.as(kms.administrator)
    await root?.listKeys({})
    clock.advanceDays(1)
    await root?.listAliases({})
    await kms?.sweep()
    expect((await storage.list({ prefix, limit: 10 })).entries).toHaveLength(2)
    clock.advanceMs(1)
    await kms?.sweep()
    const names = (await storage.list({ prefix, limit: 10 })).entries.map(({ key }) => key)
    expect(names).toEqual([`rate/${account}/ListAliases`])
    expect((await kms?.verify())?.findings).toEqual([])
  })
})

describe("a clock", () => {
  const quotas = { requestQuotas: { ListKeys: 16 } }

  it("that is behind that of another host gets no more, and not less for long", async () => {
    const storage = createMemoryStorage()
    const [clock, behind] = [createClock(), createClock()]
    behind.advanceMs(-3000)
    const [first] = rootsOf(await hostsOn(1, { storage, clock, ...quotas }))
    const [second] = rootsOf(await hostsOn(1, { storage, clock: behind, ...quotas }))
    expect(await passed([first as KmsClient], 50)).toBe(16)
    behind.advanceMs(1000)
    expect(await passed([second as KmsClient], 50)).toBe(0)
    behind.advanceMs(3000)
    expect(await passed([second as KmsClient], 50)).toBe(16)
  })

  it("that was far ahead does not starve the others", async () => {
    const storage = createMemoryStorage()
    const [clock, ahead] = [createClock(), createClock()]
    ahead.advanceDays(1)
    const [first] = rootsOf(await hostsOn(1, { storage, clock: ahead, ...quotas }))
    const [second] = rootsOf(await hostsOn(1, { storage, clock, ...quotas }))
    expect(await passed([first as KmsClient], 50)).toBe(16)
    expect(await passed([second as KmsClient], 50)).toBe(0)
    clock.advanceMs(1000)
    expect(await passed([second as KmsClient], 50)).toBe(16)
  })
})

it("`requestQuotasOf` is one of two words", async () => {
  const options = { requestQuotasOf: "zone" } as unknown as Partial<KmsOptions>
  await expect(openHost(options)).rejects.toThrow(TypeError)
})
