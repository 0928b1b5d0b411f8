import { describe, expect, it } from "vitest"
import { createMemoryStorage, type MemoryStorage } from "../src/memory.js"
import { createPackedMap, putEntry, removeEntry, scanEntries } from "../src/packed-map.js"

const bytesOf = (text: string) => new TextEncoder().encode(text)

async function put(storage: MemoryStorage, key: string, text: string): Promise<void> {
  await storage.commit({
    expect: [],
    put: [{ key, value: bytesOf(text) }],
    remove: [],
  })
}

async function dump(storage: MemoryStorage): Promise<Record<string, string>> {
  const { entries } = await storage.list({ prefix: "", limit: 1000 })
  return Object.fromEntries(entries.map(({ key, value }) => [key, new TextDecoder().decode(value)]))
}

describe("a fork", () => {
  it("begins with everything and shares nothing that either writes", async () => {
    const first = createMemoryStorage()
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
    for (const key of keys) await put(first, key, "old")
    const old = Object.fromEntries(keys.map((key) => [key, "old"]))
    const second = first.fork()
    expect(await dump(second)).toEqual(old)

    for (const key of keys.slice(0, 200)) await put(first, key, `first ${key}`)
    await first.commit({ expect: [], put: [], remove: keys.slice(200, 250) })
    for (const key of keys.slice(100)) await put(second, key, `second ${key}`)
    await put(second, "new", "second")

    const inFirst = { ...old }
    for (const key of keys.slice(0, 200)) inFirst[key] = `first ${key}`
    for (const key of keys.slice(200, 250)) delete inFirst[key]
    const inSecond: Record<string, string> = { ...old, new: "second" }
    for (const key of keys.slice(100)) inSecond[key] = `second ${key}`
    expect(await dump(first)).toEqual(inFirst)
    expect(await dump(second)).toEqual(inSecond)
  })

  it("serves as a snapshot that any number of stores start from", async () => {
    const storage = createMemoryStorage()
    await put(storage, "a", "1")
    const snapshot = storage.fork()
    await put(storage, "a", "2")
    await storage.close()
    const again = snapshot.fork()
    await put(again, "a", "3")
    expect(await dump(snapshot.fork())).toEqual({ a: "1" })
    expect(await dump(again)).toEqual({ a: "3" })
  })

  it("goes on with revisions above those of its origin", async () => {
    const storage = createMemoryStorage()
    await put(storage, "a", "1")
    const [before] = await storage.get(["a"])
    const fork = storage.fork()
    expect(await fork.get(["a"])).toEqual([before])
    await put(fork, "a", "2")
    const [after] = await fork.get(["a"])
    expect(after?.revision).toBeGreaterThan(before?.revision ?? Number.NaN)
  })
})

describe("stores that come from one store", () => {
  it("use no revision and no stamp twice", async () => {
    const first = createMemoryStorage()
    await put(first, "a", "1")
    const second = first.fork()
    const third = first.fork()
    const revisions: (number | undefined)[] = []
    const stamps = [first.stamp(), second.stamp(), third.stamp()]
    for (const storage of [first, second, third, second.fork()]) {
      await put(storage, "a", "2")
      const [entry] = await storage.get(["a"])
      revisions.push(entry?.revision)
      stamps.push(storage.stamp())
    }
    expect(new Set(revisions).size).toBe(revisions.length)
    expect(new Set(stamps).size).toBe(stamps.length)
  })
})

describe("thousands of entries", () => {
  /** Every number below `count` once, in an order without pattern. */
  const mixed = (count: number) => Array.from({ length: count }, (_, i) => (i * 7919) % count)
  const keyOf = (i: number) => `key/${String(i).padStart(6, "0")}`

  it("stay in order while they come and go", () => {
    const map = createPackedMap()
    const count = 5000
    for (const i of mixed(count)) putEntry(map, keyOf(i), bytesOf(`v${i}`), i + 1)
    for (const i of mixed(count)) if (i % 3 !== 0) removeEntry(map, keyOf(i))
    for (const i of mixed(count)) if (i % 5 === 0) putEntry(map, keyOf(i), bytesOf(`w${i}`), i + 1)
    const { entries, more } = scanEntries(map, "", "~", count)
    const expected = Array.from({ length: count }, (_, i) => i).filter(
      (i) => i % 3 === 0 || i % 5 === 0,
    )
    expect(more).toBe(false)
    expect(entries.map(({ key }) => key)).toEqual(expected.map(keyOf))
    expect(entries.map(({ value }) => new TextDecoder().decode(value))).toEqual(
      expected.map((i) => (i % 5 === 0 ? `w${i}` : `v${i}`)),
    )
  })

  it("all removed leave an empty map that can be filled again", () => {
    const map = createPackedMap()
    for (const i of mixed(1000)) putEntry(map, keyOf(i), bytesOf("x"), 1)
    for (const i of mixed(1000)) removeEntry(map, keyOf(i))
    expect(scanEntries(map, "", "~", 10)).toEqual({ entries: [], more: false })
    for (const i of mixed(1000)) putEntry(map, keyOf(i), bytesOf("y"), 2)
    expect(scanEntries(map, "", "~", 1000).entries.map(({ key }) => key)).toEqual(
      Array.from({ length: 1000 }, (_, i) => keyOf(i)),
    )
  })

  it("overwritten again and again hold at most twice the memory of their values", () => {
    const map = createPackedMap()
    const count = 3000
    const value = new Uint8Array(700)
    for (let round = 0; round < 10; round += 1) {
      for (const i of mixed(count)) putEntry(map, keyOf((i * (round + 1)) % count), value, 1)
    }
    const held = [...map.slabs.liveBytes.keys()].reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(held).toBeLessThan(2 * count * value.length)
  })

  it("hold a tenth more than their values, whatever is written anew with each of them", () => {
    const map = createPackedMap()
    const [value, digest] = [new Uint8Array(1000), new Uint8Array(2800)]
    const count = 5000
    for (let i = 0; i < count; i += 1) {
      putEntry(map, keyOf(i), value, i + 1)
      putEntry(map, "digest", digest, i + 1)
    }
    const held = [...map.slabs.liveBytes.keys()].reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(held).toBeLessThan(1.1 * count * value.length)
  })
})
