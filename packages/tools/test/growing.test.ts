import { describe, expect, it } from "vitest"
import { type CellPlan, routes, runCell } from "../src/growing/cell.js"
import { cellOf, loadsOf, movedShare, partsOfAccounts } from "../src/growing/placement.js"
import { createRandom, drawBySums, hashOf, sumsOf, zipfShares } from "../src/growing/random.js"
import { cellTable, placementTable, routeTable } from "../src/growing/simulate.js"

const keysBy = (exponent: number) => sumsOf(zipfShares(1000, exponent))

const plan = (more: Partial<CellPlan>): CellPlan => ({
  hosts: 1,
  keys: keysBy(0),
  remembered: 1000,
  hotUs: 1000,
  missUs: 0,
  storeMs: 0,
  ratePerS: 600,
  route: routes["any host"],
  requests: 100_000,
  ...more,
})

describe("a simulated cell", () => {
  it.each([0.3, 0.6, 0.8])("waits as the theory of queues says, busy %d of its time", (busy) => {
    const { meanMs, busiestShare } = runCell(plan({ ratePerS: busy * 1000 }))
    // Pollaczek and Khinchine, for work that always takes as long: M/D/1.
    const told = 1 + busy / (2 * (1 - busy))
    expect(meanMs / told).toBeGreaterThan(0.95)
    expect(meanMs / told).toBeLessThan(1.05)
    expect(busiestShare).toBeCloseTo(busy, 1)
  })

  it("remembers as many keys as it is told, those that were used last", () => {
    expect(runCell(plan({ remembered: 1000 })).hitShare).toBe(1)
    expect(runCell(plan({ remembered: 500 })).hitShare).toBeCloseTo(0.5, 2)
    const uneven = runCell(plan({ remembered: 500, keys: keysBy(1) })).hitShare
    expect(uneven).toBeGreaterThan(0.8)
  })

  it("waits for the store only for keys that it does not remember", () => {
    const { meanMs } = runCell(plan({ remembered: 500, storeMs: 100, ratePerS: 1 }))
    expect(meanMs).toBeCloseTo(51, 0)
  })

  it("has a busiest host where the hottest key has one to itself", () => {
    const hot = { hosts: 8, keys: keysBy(1.2), ratePerS: 4000 }
    const byKey = runCell(plan({ ...hot, route: routes["by key"] }))
    const any = runCell(plan({ ...hot, route: routes["any host"] }))
    expect(byKey.busiestShare).toBeGreaterThan(0.9)
    expect(any.busiestShare).toBeLessThan(0.6)
  })
})

describe("cells", () => {
  const accounts = [...zipfShares(5000, 1)].map((share, i) => ({ id: hashOf(i, 7), share }))

  it("take their share of accounts when they are added, and none moves elsewhere", () => {
    expect(movedShare(accounts, 15)).toBeCloseTo(1 / 16, 2)
    for (const { id } of accounts) expect([cellOf(id, 15), 15]).toContain(cellOf(id, 16))
  })

  it("carry all that there is, and are more alike when large accounts are in parts", () => {
    const parts = partsOfAccounts(accounts, 1 / 320)
    const sumOf = (loads: Float64Array) => loads.reduce((sum, load) => sum + load, 0)
    const [whole, cut] = [loadsOf(accounts, 16), loadsOf(parts, 16)]
    expect(sumOf(whole)).toBeCloseTo(1, 9)
    expect(sumOf(cut)).toBeCloseTo(1, 9)
    expect(Math.max(...parts.map(({ share }) => share))).toBeLessThanOrEqual(1 / 320)
    expect(Math.max(...cut)).toBeLessThan(Math.max(...whole))
  })
})

describe("what is drawn", () => {
  it("is the same for the same seed, and another for another", () => {
    const three = (seed: number) => Array.from({ length: 3 }, createRandom(seed))
    expect(three(1)).toEqual(three(1))
    expect(three(1)).not.toEqual(three(2))
  })

  it("comes as often as its share says", () => {
    const shares = zipfShares(3, 1)
    const random = createRandom(1)
    const sums = sumsOf(shares)
    const counts = [0, 0, 0]
    for (let i = 0; i < 100_000; i += 1) {
      const at = drawBySums(sums, random)
      counts[at] = (counts[at] ?? 0) + 1
    }
    for (const [i, share] of shares.entries()) {
      expect((counts[i] ?? 0) / 100_000).toBeCloseTo(share, 1)
    }
  })
})

it("the tables of the page on growing say the same each time", () => {
  const found = {
    store: "PostgreSQL",
    hotUs: 50,
    coldUs: 400,
    roundTripMs: 0.5,
    readsPerS: 8000,
    commitsPerS: 2000,
    writesToOneKeyPerS: 1000,
    remembered: 15_000,
    bytesPerKey: 1200,
  }
  expect(cellTable(found, 500)).toBe(cellTable(found, 500))
  expect(routeTable(found, 500)).toMatch(/by key, the better of two/)
  expect(placementTable()).toMatch(/\| 256 +\|/)
})
