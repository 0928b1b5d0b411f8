import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { forgetRates } from "../../src/engine/due/forget-rates.js"
import type { Host } from "../../src/engine/host/host.js"
import { requestRateFormat, requestRateKey } from "../../src/formats/stored/request-rate-record.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account } from "../support/accounts.js"

const nowMs = 10 * limits.requestRateIdleMs
const groupOf = (i: number) => `Group ${String(i).padStart(3, "0")}`

/** A host on a storage with rates that were filled so long ago. */
async function hostWith(idleMs: readonly number[], members: Partial<Storage> = {}) {
  const inner = createMemoryStorage()
  for (const [i, ms] of idleMs.entries()) {
    const record = { account, group: groupOf(i), requests: 1, filledMs: nowMs - ms }
    const put = [{ key: requestRateKey(record), value: requestRateFormat.encode(record) }]
    await inner.commit({ expect: [], put, remove: [] })
  }
  let lists = 0
  const storage: Storage = {
    ...inner,
    list: (range) => {
      lists += 1
      return inner.list(range)
    },
    ...members,
  }
  const host = {
    storage,
    clock: () => nowMs,
    rest: () => undefined,
    throttle: {},
  } as unknown as Host
  const left = async () => (await inner.list({ prefix: "rate/", limit: 1000 })).entries.length
  return { host, inner, left, lists: () => lists }
}

const old = limits.requestRateIdleMs + 1

describe("a sweep", () => {
  it("forgets request rates that nobody has taken of for long, and no others", async () => {
    const { host, inner } = await hostWith([old, limits.requestRateIdleMs, 0, old])
    const budget = { items: 100 }
    expect(await forgetRates(host, budget)).toEqual([])
    const { entries } = await inner.list({ prefix: "rate/", limit: 10 })
    const groups = entries.map(({ key, value }) => requestRateFormat.decode(value, key).group)
    expect(groups).toEqual([groupOf(1), groupOf(2)])
    expect(budget.items).toBe(96)
  })

  it("looks at all of them, a page at a time, as far as its budget goes", async () => {
    const idle = Array.from({ length: 100 }, (_, i) => (i < 40 ? 0 : old))
    const whole = await hostWith(idle)
    await forgetRates(whole.host, { items: 1000 })
    expect([await whole.left(), whole.lists()]).toEqual([40, 3])
    const part = await hostWith(idle)
    const budget = { items: 41 }
    await forgetRates(part.host, budget)
    expect([await part.left(), part.lists(), budget.items]).toEqual([60, 2, -39])
    const page = await hostWith(idle)
    await forgetRates(page.host, { items: 40 })
    expect(page.lists()).toBe(1)
  })

  it("does not look for any where request rates are not bounded", async () => {
    const { host, left, lists } = await hostWith([old])
    expect(await forgetRates({ ...host, throttle: undefined }, { items: 9 })).toEqual([])
    expect([await left(), lists()]).toEqual([1, 0])
  })

  it("leaves one that somebody has taken of meanwhile", async () => {
    const { host, inner, left } = await hostWith([old])
    const commit: Storage["commit"] = async (change) => {
      const [entry] = (await inner.list({ prefix: "rate/", limit: 1 })).entries
      const put = entry === undefined ? [] : [{ key: entry.key, value: entry.value }]
      await inner.commit({ expect: [], put, remove: [] })
      return inner.commit(change)
    }
    const storage = { ...host.storage, commit }
    expect(await forgetRates({ ...host, storage } as Host, { items: 9 })).toEqual([])
    expect(await left()).toBe(1)
  })

  it("says what is wrong with one that it cannot read, and fails with its storage", async () => {
    const { host, inner } = await hostWith([old])
    const key = `${requestRateKey({ account, group: groupOf(0) })}`
    await inner.commit({ expect: [], put: [{ key, value: Uint8Array.of(1) }], remove: [] })
    expect(await forgetRates(host, { items: 9 })).toEqual([expect.stringContaining(key)])
    const broken = await hostWith([old], {
      list: () => Promise.reject(new Error("the disk is full")),
    })
    await expect(forgetRates(broken.host, { items: 9 })).rejects.toThrow("the disk is full")
  })
})
