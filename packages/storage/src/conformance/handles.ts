import type { Stamp } from "../contract.js"
import { assert, assertClosed, assertSame, assertWrongCall } from "./assert.js"
import { manyHandles, oneHandle, type StorageCase } from "./case.js"
import {
  assertValue,
  bytes,
  commit,
  getOne,
  getThere,
  increment,
  listAll,
  numberedKeys,
  numberOf,
  putAll,
} from "./steps.js"

/** Stamps, closing, and several handles on one store. */
export const handlesCases: readonly StorageCase[] = [
  oneHandle("every commit that writes changes the stamp for good", async (storage) => {
    const seen = new Set<Stamp>([await storage.stamp()])
    for (let i = 0; i < 20; i += 1) {
      const change = i % 3 === 2 ? { remove: ["a"] } : { put: [{ key: "a", value: bytes(1) }] }
      assertSame(await commit(storage, change), true, "commit")
      const stamp = await storage.stamp()
      assert(!seen.has(stamp), `stamp ${String(stamp)} came back after a commit`)
      seen.add(stamp)
    }
  }),

  oneHandle("every call on a closed handle is refused as such", async (storage) => {
    await putAll(storage, ["a"])
    await storage.close()
    await assertClosed(storage.get(["a"]), "get")
    await assertClosed(storage.list({ prefix: "", limit: 1 }), "list")
    await assertClosed(commit(storage, { remove: ["a"] }), "commit")
    const stamp = async () => await storage.stamp()
    await assertClosed(stamp(), "stamp")
    await storage.close()
  }),

  oneHandle("a wrong call is a wrong call on a closed handle too", async (storage) => {
    await storage.close()
    await assertWrongCall(storage.get([""]), "keys", "get of an empty key")
    await assertWrongCall(storage.list({ prefix: "", limit: 0 }), "range.limit", "list of nothing")
    const put = [{ key: "", value: bytes(1) }]
    await assertWrongCall(commit(storage, { put }), "change.put", "commit of an empty key")
  }),

  oneHandle("closing finishes the commits that were accepted", async (storage) => {
    const keys = numberedKeys("k", 10)
    const put = (key: string) => commit(storage, { put: [{ key, value: bytes(1) }] })
    const commits = Promise.allSettled(keys.map(put))
    await storage.close()
    const expected = keys.map(() => ({ status: "fulfilled", value: true }))
    assertSame(await commits, expected, "commits")
  }),

  manyHandles("a store opened again holds what was committed", async (open) => {
    const first = await open()
    await putAll(first, ["a", "b"])
    const entry = await getThere(first, "a")
    const change = { put: [{ key: "c", value: bytes(3) }], remove: ["b"] }
    const [last] = await Promise.allSettled([commit(first, change), first.close()])
    assertSame(last, { status: "fulfilled", value: true }, "the commit before closing")
    const second = await open()
    assertSame(await getThere(second, "a"), entry, "the entry of `a`")
    assertSame(await listAll(second, "", 10), ["a", "c"], "keys")
  }),

  manyHandles("revisions go on where they were when a store is opened again", async (open) => {
    const first = await open()
    await putAll(first, ["a"])
    const { revision } = await getThere(first, "a")
    await commit(first, { remove: ["a"] })
    await first.close()
    const second = await open()
    await putAll(second, ["a"])
    assert((await getThere(second, "a")).revision > revision, "the revision should be larger")
  }),

  manyHandles("what one handle commits, every other sees at once", async (open) => {
    const [first, second] = [await open(), await open()]
    for (let i = 0; i < 10; i += 1) {
      await putAll(first, ["a", `k${i}`], bytes(i))
      await assertValue(second, "a", bytes(i))
      await putAll(second, ["a"], bytes(i, i))
      await assertValue(first, "a", bytes(i, i))
      assertSame((await listAll(second, "k", 100)).length, i + 1, "keys")
    }
  }),

  manyHandles("an expectation holds or fails whichever handle wrote", async (open) => {
    const [first, second] = [await open(), await open()]
    await putAll(first, ["a"])
    const entry = await getThere(second, "a")
    const change = { expect: [{ key: "a", revision: entry.revision }], remove: ["a"] }
    await putAll(first, ["a"])
    assertSame(await commit(second, change), false, "commit that expects what was overwritten")
    const now = await getThere(first, "a")
    assert(now.revision > entry.revision, "the revisions of two handles are from one counter")
    const again = { expect: [{ key: "a", revision: now.revision }], remove: ["a"] }
    assertSame(await commit(second, again), true, "commit that expects what is there")
    assertSame(await commit(first, again), false, "the same commit through the other handle")
  }),

  manyHandles("a commit through one handle changes the stamp of the other", async (open) => {
    const [first, second] = [await open(), await open()]
    const seen = new Set<Stamp>([await second.stamp()])
    for (let i = 0; i < 20; i += 1) {
      await putAll(i % 2 === 0 ? first : second, ["a"], bytes(1))
      const stamp = await second.stamp()
      assert(!seen.has(stamp), `stamp ${String(stamp)} came back after a commit`)
      seen.add(stamp)
    }
  }),

  manyHandles("counting through several handles at once loses no update", async (open) => {
    const handles = [await open(), await open(), await open()]
    const work = handles.flatMap((storage) => [storage, storage])
    await Promise.all(
      work.map(async (storage) => {
        for (let i = 0; i < 8; i += 1) await increment(storage, "counter")
      }),
    )
    for (const storage of handles) {
      assertSame(numberOf((await getOne(storage, "counter"))?.value), 48, "the counter")
    }
  }),

  manyHandles("closing one handle leaves the others at work", async (open) => {
    const [first, second] = [await open(), await open()]
    await putAll(first, ["a"])
    await first.close()
    await assertValue(second, "a", bytes(1))
    await putAll(second, ["a"], bytes(2))
    await assertValue(second, "a", bytes(2))
  }),
]
