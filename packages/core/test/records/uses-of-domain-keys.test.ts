import { type Change, createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { Domain } from "../../src/engine/hsms/domain.js"
import { countedHsm, createDomainKeyUses } from "../../src/engine/hsms/domain-key-uses.js"
import {
  domainKeyUsesFormat,
  domainKeyUsesKey,
} from "../../src/formats/stored/domain-key-uses-record.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { limits } from "../../src/vocabulary/limits.js"

const [first, second] = ["a".repeat(16), "b".repeat(16)]
const block = { wraps: 4096, seals: 2 ** 20 }

/** The uses of a domain key, on a storage of which a test can refuse commits. */
function usesOn(inner: Storage = createMemoryStorage()) {
  const state = { id: first, fence: { key: "domain", revision: 1 }, refusals: 0 }
  const commits: Change[] = []
  const due: string[] = []
  const storage: Storage = {
    ...inner,
    commit: (change) => {
      commits.push(change)
      state.refusals -= 1
      if (state.refusals >= 0) return Promise.resolve(false)
      return inner.commit({ ...change, expect: change.expect.slice(1) })
    },
  }
  const rotate = (): void => {
    state.id = second
    state.fence = { key: "domain", revision: state.fence.revision + 1 }
  }
  const domain = {
    fence: () => state.fence,
    use: (work: (hsm: RegionHsm) => unknown) =>
      work({ domainKeys: () => ({ currentId: state.id, formerIds: [] }) } as unknown as RegionHsm),
    rotateDomainKey: async () => rotate(),
  } as unknown as Domain<RegionHsm>
  const uses = createDomainKeyUses({ storage, domain, due: (id) => due.push(id) })
  const written = async (id: string) => {
    const key = domainKeyUsesKey(id)
    const [entry] = await inner.get([key])
    if (entry === undefined) return undefined
    const { wraps, seals } = domainKeyUsesFormat.decode(entry.value, key)
    return { wraps, seals }
  }
  const write = (id: string, wraps: number, seals: number) =>
    inner.commit({
      expect: [],
      put: [{ key: domainKeyUsesKey(id), value: domainKeyUsesFormat.encode({ id, wraps, seals }) }],
      remove: [],
    })
  return { ...uses, state, commits, due, rotate, written, write, inner }
}

describe("the uses of a domain key", () => {
  it("are written down a block ahead, and then counted without a wait", async () => {
    const { take, written, commits } = usesOn()
    const waiting = take("wraps", 1)
    expect(waiting).toBeInstanceOf(Promise)
    await waiting
    expect(await written(first)).toEqual(block)
    for (let i = 1; i < block.wraps; i += 1) expect(take("wraps", 1)).toBeUndefined()
    expect(take("seals", block.seals)).toBeUndefined()
    expect(commits).toHaveLength(1)
    await take("wraps", 1)
    expect(await written(first)).toEqual({ wraps: 2 * block.wraps, seals: 2 * block.seals })
    // What was left of the other use stays.
    expect(take("seals", block.seals)).toBeUndefined()
    expect(take("seals", 1)).toBeInstanceOf(Promise)
  })

  it("are written down once for all who wait", async () => {
    const { take, commits } = usesOn()
    await Promise.all([take("wraps", 1), take("wraps", 1), take("seals", 1)])
    expect(commits).toHaveLength(1)
  })

  it("are those of the domain as it is: for another one nothing is left", async () => {
    const { take, rotate, written, commits } = usesOn()
    await take("wraps", 1)
    rotate()
    await take("wraps", 1)
    expect([await written(first), await written(second)]).toEqual([block, block])
    expect(commits[1]?.expect).toEqual([
      { key: "domain", revision: 2 },
      { key: domainKeyUsesKey(second), revision: undefined },
    ])
    expect(take("wraps", block.wraps - 1)).toBeUndefined()
    expect(take("wraps", 1)).toBeInstanceOf(Promise)
  })

  it("are tried again when another host counts, and refused when that goes on", async () => {
    const { take, state, commits } = usesOn()
    state.refusals = limits.laneAttemptsMax - 1
    await take("wraps", 1)
    expect(commits).toHaveLength(limits.laneAttemptsMax)
    state.refusals = limits.laneAttemptsMax
    await expect(take("wraps", block.wraps)).rejects.toMatchObject({ name: "ThrottlingException" })
    await take("wraps", block.wraps)
  })

  it.each([
    ["wraps", limits.domainKeyWrapsDue - block.wraps, 0],
    ["seals", 0, limits.domainKeySealsDue - block.seals],
  ] as const)("are told of once when a new key is due: %s", async (use, wraps, seals) => {
    const { take, write, due, isDue } = usesOn()
    await write(first, Math.max(0, wraps - 1), Math.max(0, seals - 1))
    expect(await isDue()).toBe(false)
    await take(use, 1)
    expect([due, await isDue()]).toEqual([[], false])
    await write(first, wraps, seals)
    await take(use, block[use])
    expect([due, await isDue()]).toEqual([[first], true])
    await take(use, block[use])
    expect(due).toEqual([first])
  })

  it.each([
    ["wraps", limits.domainKeyWrapsMax - block.wraps, 0],
    ["seals", 0, limits.domainKeySealsMax - block.seals],
  ] as const)(
    "never exceed their bound: before that a new key is made: %s",
    async (use, wraps, seals) => {
      const { take, write, written, state } = usesOn()
      await write(first, wraps, seals)
      await take(use, 1)
      expect([state.id, (await written(first))?.[use]]).toEqual([
        first,
        limits[use === "wraps" ? "domainKeyWrapsMax" : "domainKeySealsMax"],
      ])
      await take(use, block[use])
      expect([state.id, await written(second)]).toEqual([second, block])
    },
  )
})

describe("an HSM whose uses of the domain key are counted", () => {
  const asked: string[] = []
  const counts: [string, number][] = []
  const method =
    (name: string) =>
    async (...args: readonly unknown[]) => {
      asked.push(`${name} ${args.length}`)
      return name
    }
  const names = [
    "generateKey",
    "rewrap",
    "generateWrappingKey",
    "importKey",
    "generateReplicationKey",
    "endorseDomain",
    "offerTransfer",
    "rewrapReplication",
    "unwrapFromRegion",
    "encrypt",
  ]
  const inner = Object.fromEntries(names.map((name) => [name, method(name)]))
  const hsm = countedHsm(inner as unknown as RegionHsm, {
    take: (use, count) => {
      counts.push([use, count])
      return undefined
    },
  }) as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>

  it.each(names)("is asked the same, and counted before: %s", async (name) => {
    asked.length = 0
    counts.length = 0
    const bindings = [1, 2, 3]
    expect(await hsm[name]?.({ bindings }, 2)).toBe(name)
    expect(asked).toEqual([`${name} 2`])
    const count = name === "unwrapFromRegion" ? 3 : 1
    expect(counts).toEqual(name === "encrypt" ? [] : [["wraps", count]])
  })
})
