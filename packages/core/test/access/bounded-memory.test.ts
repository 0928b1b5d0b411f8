import { describe, expect, it } from "vitest"
import { createBoundedMemory } from "../../src/engine/access/bounded-memory.js"
import { memoized, type PairMemory } from "../../src/engine/access/memoized.js"

const bytes = 100
const made = 100

/** Objects that live as long as the test. */
const objects = (count: number): readonly object[] => Array.from({ length: count }, () => ({}))

describe("what is remembered of policies on keys", () => {
  it("is made once, as long as there is room", () => {
    const memory = createBoundedMemory<object>(2 * made * bytes)
    const [grants = {}] = objects(1)
    const [keys, callers] = [objects(10), objects(10)]
    const values = new Set<object>()
    for (let round = 0; round < 3; round += 1) {
      for (const key of keys) {
        for (const caller of callers) {
          values.add(memory.obtain(grants, key, caller, () => ({ value: {}, bytes })))
        }
      }
    }
    expect(values.size).toBe(made)
  })

  it("is never more than the bound, however many callers use however many keys", () => {
    const bytesMax = made * bytes
    const memory = createBoundedMemory<object>(bytesMax)
    const [grants, keys, callers] = [objects(2), objects(50), objects(50)]
    const all = grants.flatMap((grant) =>
      keys.flatMap((key) => callers.map((caller) => [grant, key, caller] as const)),
    )
    const isKnown = ([grant, key, caller]: (typeof all)[number]): boolean => {
      let known = true
      memory.obtain(grant, key, caller, () => {
        known = false
        return { value: {}, bytes }
      })
      return known
    }
    expect(all.some(isKnown)).toBe(false)
    // The other way round: what is asked for now pushes out what was asked for first.
    const known = all.toReversed().filter(isKnown)
    expect(known.length).toBeGreaterThan(0)
    expect(known.length).toBeLessThanOrEqual(made)
  })

  it("keeps what is asked for again and again", () => {
    const memory = createBoundedMemory<object>(made * bytes)
    const [one = {}, two = {}, three = {}] = objects(3)
    const ask = () => memory.obtain(one, two, three, () => ({ value: {}, bytes }))
    const first = ask()
    for (const other of objects(20 * made)) {
      memory.obtain(one, other, three, () => ({ value: {}, bytes }))
      expect(ask()).toBe(first)
    }
  })
})

describe("what is remembered of two objects", () => {
  it("is made once for each pair, in this order", () => {
    const memory: PairMemory<object> = new WeakMap()
    const [one = {}, other = {}] = objects(2)
    const pairs = [
      [one, other],
      [other, one],
      [one, one],
      [other, other],
    ] as const
    const made = pairs.map(([key, variant]) => memoized(memory, key, variant, () => ({})))
    expect(new Set(made).size).toBe(pairs.length)
    const again = pairs.map(([key, variant]) => memoized(memory, key, variant, () => ({})))
    expect(again.every((value, i) => value === made[i])).toBe(true)
  })
})
