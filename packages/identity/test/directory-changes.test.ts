import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createReader } from "../src/directory/reader.js"
import { createWriter } from "../src/directory/writer.js"
import { accountFormat, lastUseFormat } from "../src/records/records.js"

const account = "111122223333"
const accountKey = `account/${account}`
const use = (accessKeyId: string, usedMs = 1) => ({ accessKeyId, usedMs })
const keyOf = (accessKeyId: string) => `last-use/${accessKeyId}`

/** A storage that tells what was asked of it, and can be in the way. */
function watched(storage: Storage = createMemoryStorage()) {
  const seen = { gets: [] as string[][], commits: [] as string[][], refusals: 0 }
  const watching: Storage = {
    ...storage,
    get: async (keys) => {
      seen.gets.push([...keys])
      return storage.get(keys)
    },
    commit: async (change) => {
      seen.commits.push([...change.put.map(({ key }) => key), ...change.remove])
      if (seen.refusals <= 0) return storage.commit(change)
      seen.refusals -= 1
      return false
    },
  }
  const changes = async () => {
    const [entry] = await storage.get([accountKey])
    return entry && accountFormat.decode(entry.value, accountKey).changes
  }
  const keys = async () =>
    (await storage.list({ prefix: "", limit: 1000 })).entries.map((e) => e.key)
  return { seen, storage: watching, changes, keys, under: storage }
}

describe("a change of an account", () => {
  it("reads what it has put and removed itself", async () => {
    const { storage, keys, changes, seen } = watched()
    const change = createWriter({ storage })
    await change(account, async (draft) => draft.put(lastUseFormat, use("A")))
    await change(account, async (draft) => {
      const read = (name: string) => draft.read(lastUseFormat, keyOf(name))
      expect(await read("A")).toEqual(use("A"))
      expect(await read("B")).toBeUndefined()
      // The account, and the two that were read.
      expect(draft.size()).toBe(3)
      draft.put(lastUseFormat, use("B", 2))
      const put = use("C", 3)
      draft.put(lastUseFormat, put)
      expect(await read("B")).toEqual(use("B", 2))
      expect(await read("C")).toBe(put)
      draft.remove(keyOf("A"))
      draft.remove(keyOf("C"))
      draft.remove(keyOf("D"))
      expect(draft.size()).toBe(5)
      expect([await read("A"), await read("C"), await read("D")]).toEqual(Array(3).fill(undefined))
      draft.put(lastUseFormat, use("D", 4))
      expect(await read("D")).toEqual(use("D", 4))
    })
    expect(await keys()).toEqual([accountKey, keyOf("B"), keyOf("D")])
    expect(await changes()).toBe(2)
    // What was put or removed before is not asked of the storage.
    expect(seen.gets.flat()).toEqual([accountKey, accountKey, keyOf("A"), keyOf("B")])
  })

  it("that changes nothing writes nothing, and has its answer", async () => {
    const { storage, seen } = watched()
    const change = createWriter({ storage })
    expect(await change(account, async (draft) => draft.size())).toBe(1)
    expect(seen.commits).toEqual([])
    await change(account, async (draft) => draft.remove(keyOf("A")))
    expect(seen.commits).toEqual([[accountKey, keyOf("A")]])
  })

  it("meets every other one of its account, whatever both are about", async () => {
    const { storage, under, changes } = watched()
    const [here, there] = [createWriter({ storage }), createWriter({ storage: under })]
    let turns = 0
    await here(account, async (draft) => {
      turns += 1
      if (turns === 1) await there(account, async (other) => other.put(lastUseFormat, use("B")))
      draft.put(lastUseFormat, use("A"))
    })
    expect([turns, await changes()]).toEqual([2, 2])
  })

  it("is decided anew twenty times at most while others are quicker", async () => {
    const { storage, seen, keys } = watched()
    const change = createWriter({ storage })
    let turns = 0
    const put = () =>
      change(account, async (draft) => {
        turns += 1
        draft.put(lastUseFormat, use("A"))
        return turns
      })
    seen.refusals = 19
    expect(await put()).toBe(20)
    seen.refusals = 20
    await expect(put()).rejects.toMatchObject({ name: "InternalFailure", status: 500 })
    expect([turns, seen.refusals]).toEqual([40, 0])
    expect(await keys()).toEqual([accountKey, keyOf("A")])
  })

  it("waits for the one before, also for one that fails", async () => {
    const { storage } = watched()
    const change = createWriter({ storage })
    const order: string[] = []
    const step = (name: string, fails = false) =>
      change(account, async (draft) => {
        order.push(`${name} begins`)
        await draft.read(lastUseFormat, keyOf(name))
        order.push(`${name} ends`)
        if (fails) throw new RangeError(name)
        return name
      })
    const all = await Promise.allSettled([step("a"), step("b", true), step("c")])
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
    expect(order).toEqual(["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]))
  })
})

const wantedOf = (names: readonly string[]) =>
  names.map((name) => ({ key: keyOf(name), format: lastUseFormat }))

describe("records that are read", () => {
  const put = (storage: Storage, ...uses: readonly { accessKeyId: string; usedMs: number }[]) =>
    storage.commit({
      ...{ expect: [], remove: [] },
      put: uses.map((one) => ({ key: lastUseFormat.keyOf(one), value: lastUseFormat.encode(one) })),
    })

  it("are at hand as long as the storage stays as it is, and the same objects after that", async () => {
    const { storage, seen } = watched()
    const reader = createReader(storage, 10)
    await put(storage, use("A"))
    const wanted = wantedOf(["A", "B"])
    const first = await reader.read(wanted)
    expect(first).toMatchObject([
      { key: keyOf("A"), revision: 1, value: use("A") },
      { key: keyOf("B"), revision: undefined, value: undefined },
    ])
    expect(reader.read(wanted)).toMatchObject(first)
    expect(seen.gets).toHaveLength(1)
    await put(storage, use("C"))
    const [again] = await reader.read(wanted)
    expect(again?.value).toBe(first[0]?.value)
    await put(storage, use("A", 2), use("B", 2))
    expect(await reader.read(wanted)).toMatchObject([
      { value: use("A", 2) },
      { value: use("B", 2) },
    ])
    await storage.commit({ expect: [], put: [], remove: [keyOf("A")] })
    expect(await reader.read(wanted)).toMatchObject([{ value: undefined }, { value: use("B", 2) }])
    expect(seen.gets).toHaveLength(4)
  })

  it("are asked for when one of them is not at hand", async () => {
    const { storage, seen } = watched()
    const reader = createReader(storage, 10)
    await put(storage, use("A"))
    await reader.read(wantedOf(["A"]))
    expect(await reader.read(wantedOf(["A", "B"]))).toHaveLength(2)
    expect(seen.gets).toEqual([[keyOf("A")], [keyOf("A"), keyOf("B")]])
  })

  it("are a hundred at a time at most", async () => {
    const { storage, seen } = watched()
    const names = Array.from({ length: 300 }, (_, i) => `K${i}`)
    await put(storage, ...names.slice(100, 150).map((name) => use(name)))
    const found = await createReader(storage, 1000).read(wantedOf(names))
    expect(found.map(({ key }) => key)).toEqual(names.map(keyOf))
    expect(found.filter(({ value }) => value !== undefined)).toHaveLength(50)
    expect(seen.gets.map(({ length }) => length)).toEqual([100, 100, 100])
    await createReader(storage, 1000).read(wantedOf(names.slice(0, 101)))
    expect(seen.gets.slice(3).map(({ length }) => length)).toEqual([100, 1])
  })

  it("are remembered, those that were read last, and no more than so many", async () => {
    const { storage, seen } = watched()
    const reader = createReader(storage, 2)
    const read = async (name: string) => {
      const before = seen.gets.length
      await reader.read(wantedOf([name]))
      return seen.gets.length - before
    }
    expect([await read("A"), await read("B"), await read("A"), await read("B")]).toEqual([
      1, 1, 0, 0,
    ])
    // Read anew, A is the last one, and B has to go.
    await put(storage, use("X"))
    expect([await read("A"), await read("C"), await read("A"), await read("B")]).toEqual([
      1, 1, 0, 1,
    ])
    expect([await read("D"), await read("B"), await read("A")]).toEqual([1, 0, 1])
  })
})
