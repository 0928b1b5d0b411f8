import { describe, expect, it } from "vitest"
import { storageConformance } from "../src/conformance.js"
import type { Storage } from "../src/contract.js"
import { createMemoryStorage } from "../src/memory.js"

/** Storages that each break one promise, and the sentence of a case that must notice. */
type Flaw = (storage: Storage) => Partial<Storage>

const flaws: Readonly<Record<string, readonly [string, Flaw]>> = {
  "ignores expectations": [
    "a commit whose expectation does not hold writes nothing",
    (storage) => ({
      commit: (change) => storage.commit({ ...change, expect: [] }),
    }),
  ],
  "checks before others have written": [
    "of many commits that expect one absence, one happens",
    (storage) => ({
      async commit(change) {
        const held = await storage.commit({
          expect: change.expect,
          put: [],
          remove: [],
        })
        await undefined
        return held && (await storage.commit({ ...change, expect: [] }))
      },
    }),
  ],
  "writes one key after another": [
    "a read during commits sees all of a commit or nothing",
    (storage) => ({
      async commit({ expect, put, remove }) {
        if (!(await storage.commit({ expect, put: [], remove }))) return false
        for (const each of put) await storage.commit({ expect: [], put: [each], remove: [] })
        return true
      },
    }),
  ],
  "writes although it answers false": [
    "a commit whose expectation does not hold writes nothing",
    (storage) => ({
      async commit(change) {
        const held = await storage.commit(change)
        if (!held) await storage.commit({ ...change, expect: [] })
        return held
      },
    }),
  ],
  "keeps the buffers of its caller": [
    "what a caller does to a change afterwards does not reach the store",
    (storage) => ({
      async commit(change) {
        const { expect, remove, put } = structuredClone(change)
        const values = change.put.map(({ value }) => value)
        await undefined
        const kept = put.map(({ key, value }, i) => ({ key, value: values[i] ?? value }))
        return storage.commit({ expect, remove, put: kept })
      },
    }),
  ],
  "counts revisions for each key": [
    "a revision never comes back, so a stale writer loses",
    (storage) => {
      const counts = new Map<string, number>()
      return {
        async commit(change) {
          const held = change.expect.every(({ key, revision }) => counts.get(key) === revision)
          if (!held) return false
          for (const { key } of change.put) counts.set(key, (counts.get(key) ?? 0) + 1)
          for (const key of change.remove) counts.delete(key)
          return storage.commit({ ...change, expect: [] })
        },
        async get(keys) {
          const entries = await storage.get(keys)
          return entries.map((entry) => entry && { ...entry, revision: counts.get(entry.key) ?? 0 })
        },
      }
    },
  ],
  "skips a write of equal bytes": [
    "writing the same bytes again is a change like any other",
    (storage) => ({
      async commit(change) {
        const entries = await storage.get(change.put.map(({ key }) => key))
        const same = entries.every((entry, i) => `${entry?.value}` === `${change.put[i]?.value}`)
        return same && change.remove.length + change.expect.length === 0
          ? true
          : storage.commit(change)
      },
    }),
  ],
  "answers in its own order": [
    "get answers in the order of the keys that were asked for",
    (storage) => ({ get: (keys) => storage.get([...keys].sort()) }),
  ],
  "takes a prefix for a pattern": [
    "a prefix takes in what begins with it and nothing beside it",
    (storage) => ({
      list: (range) => storage.list({ ...range, prefix: range.prefix.replace(/\/$/, "") }),
    }),
  ],
  "lists the key that it should begin after": [
    "a page begins behind any given key, there or not",
    (storage) => ({
      list: ({ after, ...range }) =>
        storage.list({ ...range, after: after?.slice(0, -1) || undefined }),
    }),
  ],
  "forgets to say that there is more": [
    "a page says whether there is more behind it",
    (storage) => ({
      async list(range) {
        return { ...(await storage.list(range)), more: false }
      },
    }),
  ],
  "always says that there may be more": [
    "a page says whether there is more behind it",
    (storage) => ({
      async list(range) {
        const page = await storage.list(range)
        return { ...page, more: page.entries.length === range.limit }
      },
    }),
  ],
  "takes an empty value for a missing one": [
    "an empty value is there, unlike a missing one",
    (storage) => ({
      async get(keys) {
        const entries = await storage.get(keys)
        return entries.map((entry) => (entry?.value.length === 0 ? undefined : entry))
      },
    }),
  ],
  "hands out a subclass of Uint8Array": [
    "every value comes back byte for byte, as a plain Uint8Array",
    (storage) => ({
      async get(keys) {
        const entries = await storage.get(keys)
        return entries.map((entry) => entry && { ...entry, value: Buffer.from(entry.value) })
      },
    }),
  ],
  "never changes its stamp": [
    "every commit that writes changes the stamp for good",
    () => ({ stamp: () => 1 }),
  ],
  "goes on after it was closed": [
    "every call on a closed handle is refused as such",
    () => ({ close: async () => {} }),
  ],
  "drops commits when it is closed": [
    "closing finishes the commits that were accepted",
    (storage) => ({
      async commit(change) {
        const copy = structuredClone(change)
        for (let turn = 0; turn < 5; turn += 1) await undefined
        return storage.commit(copy).catch(() => false)
      },
    }),
  ],
}

describe("the conformance suite notices a storage that", () => {
  for (const [flaw, [sentence, breaks]] of Object.entries(flaws)) {
    it(flaw, async () => {
      const found = storageConformance.find(({ name }) => name === sentence)
      const broken = async () => {
        const storage = createMemoryStorage()
        return { ...storage, ...breaks(storage) }
      }
      await expect(found?.run(broken)).rejects.toMatchObject({ name: "Error" })
    })
  }

  it("reuses the memory that it handed out", async () => {
    const sentence = "an answer stays as it is when its entry changes"
    const found = storageConformance.find(({ name }) => name === sentence)
    const broken = async () => {
      const storage = createMemoryStorage()
      const handed = new Map<string, Uint8Array>()
      const get: Storage["get"] = async (keys) => {
        const entries = await storage.get(keys)
        return entries.map((entry) => {
          if (entry === undefined) return undefined
          const value = entry.value.slice()
          handed.set(entry.key, value)
          return { ...entry, value }
        })
      }
      const commit: Storage["commit"] = (change) => {
        for (const { key, value } of change.put) handed.get(key)?.set(value.subarray(0, 100))
        return storage.commit(change)
      }
      return { ...storage, get, commit }
    }
    await expect(found?.run(broken)).rejects.toMatchObject({ name: "Error" })
  })
})
