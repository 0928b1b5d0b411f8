import { describe, expect, it } from "vitest"
import { storageConformance } from "../src/conformance.js"
import type { Change, Entry, Range, Storage } from "../src/contract.js"
import { createMemoryStorage } from "../src/memory.js"

/*
 * A storage that takes one wrong call as if it were right, or one right call as if it were wrong,
 * or answers one thing otherwise: each is noticed by the case that promises it.
 */

type Flaw = (storage: Storage) => Partial<Storage>
type Row = readonly [sentence: string, flaw: string, breaks: Flaw]

const nothing = { entries: [], more: false }
const mapped =
  (change: (entry: Entry) => Entry | undefined): Flaw =>
  (storage) => ({
    get: async (keys) => (await storage.get(keys)).map((entry) => entry && change(entry)),
  })

/** Wrong calls that are answered as if they were right. */
const takesKey =
  (isTaken: (key: string) => boolean): Flaw =>
  (storage) => ({
    get: (keys) => storage.get(keys.map((key) => (isTaken(key) ? "x" : key))),
  })
const takesRange =
  (isTaken: (range: Range) => boolean): Flaw =>
  (storage) => ({
    list: async (range) => (isTaken(range) ? nothing : storage.list(range)),
  })
const takesChange =
  (isTaken: (change: Change) => boolean): Flaw =>
  (storage) => ({
    commit: async (change) => (isTaken(change) ? false : storage.commit(change)),
  })

const reads = "a wrong read names its parameter"
const wrong = "a wrong change names its parameter and writes nothing"
const closed = "every call on a closed handle is refused as such"
const first = (values: readonly unknown[]) => new Set(values).size !== values.length

const wrongReads: readonly Row[] = [
  ...["", "ä", "a\u0000", "a\n", "a\u007f"].map(
    (key): Row => [reads, `takes the key ${JSON.stringify(key)}`, takesKey((one) => one === key)],
  ),
  [reads, "takes a key that is too long", takesKey((key) => key.length > 1024)],
  ...[0, -1, 1.5, 1001].map(
    (limit): Row => [
      reads,
      `takes ${limit} as a limit`,
      takesRange((range) => range.limit === limit),
    ],
  ),
  [reads, "takes NaN as a limit", takesRange(({ limit }) => Number.isNaN(limit))],
  [reads, "takes a prefix that is too long", takesRange(({ prefix }) => prefix.length > 1024)],
  [reads, "takes a prefix beyond ASCII", takesRange(({ prefix }) => prefix === "ä")],
  [reads, "takes a long beginning", takesRange(({ after = "" }) => after.length > 1024)],
  [reads, "takes a beginning beyond ASCII", takesRange(({ after }) => after === "ä")],
]

const wrongChanges: readonly Row[] = [
  [wrong, "takes an empty key", takesChange(({ put }) => put.some(({ key }) => key === ""))],
  [wrong, "takes a key beyond ASCII", takesChange(({ put }) => put.some(({ key }) => key === "é"))],
  [
    wrong,
    "takes a key that is too long",
    takesChange(({ remove }) => remove.some((key) => key.length > 1024)),
  ],
  [
    wrong,
    "takes a long value",
    takesChange(({ put }) => put.some(({ value }) => value.length > 262_144)),
  ],
  [
    wrong,
    "takes what is no bytes",
    takesChange(({ put }) => put.some(({ value }) => Array.isArray(value))),
  ],
  [wrong, "takes a key put twice", takesChange(({ put }) => first(put.map(({ key }) => key)))],
  [
    wrong,
    "takes a key put and removed",
    takesChange(({ put, remove }) => put.some(({ key }) => remove.includes(key))),
  ],
  [wrong, "takes a key removed twice", takesChange(({ remove }) => first(remove))],
  [
    wrong,
    "takes a key expected twice",
    takesChange(({ expect }) => first(expect.map(({ key }) => key))),
  ],
  ...[0, 1.5].map(
    (revision): Row => [
      wrong,
      `takes ${revision} as a revision`,
      takesChange(({ expect }) => expect.some((one) => one.revision === revision)),
    ],
  ),
  [
    wrong,
    "takes too many keys",
    takesChange(({ remove, expect }) => remove.length === 100 && expect.length === 1),
  ],
  [
    wrong,
    "takes too many bytes",
    takesChange(
      ({ put }) => put.length === 4 && put.every(({ value }) => value.length === 262_144),
    ),
  ],
]

/** A handle that goes on with one thing after it was closed. */
const goesOn =
  (method: "get" | "list" | "commit" | "stamp"): Flaw =>
  (storage) => {
    let isClosed = false
    const answers = {
      get: async () => [undefined],
      list: async () => nothing,
      commit: async () => true,
      stamp: () => 1,
    }
    const real = storage[method] as (...given: unknown[]) => unknown
    return {
      [method]: (...given: unknown[]) => (isClosed ? answers[method]() : real(...given)),
      close: async () => {
        isClosed = true
        await storage.close()
      },
    }
  }

const handles: readonly Row[] = [
  ...(["get", "list", "commit", "stamp"] as const).map(
    (method): Row => [closed, `goes on with ${method}`, goesOn(method)],
  ),
  [
    closed,
    "is not closed twice",
    (storage) => {
      let count = 0
      return {
        close: async () => {
          count += 1
          if (count === 2) throw new Error("closed")
          await storage.close()
        },
      }
    },
  ],
  ...(["get", "list", "commit"] as const).map(
    (method): Row => [
      "a wrong call is a wrong call on a closed handle too",
      `says that it is closed of a wrong ${method}`,
      (storage) => {
        let isClosed = false
        const real = storage[method] as (...given: unknown[]) => unknown
        return {
          [method]: (...given: unknown[]) =>
            isClosed
              ? Promise.reject(
                  Object.assign(new Error("x"), { name: "StorageError", code: "closed" }),
                )
              : real(...given),
          close: async () => {
            isClosed = true
            await storage.close()
          },
        }
      },
    ],
  ),
]

/** A caller's list, as it is when the commit is made. */
const later = (
  storage: Storage,
  keep: (change: Change, copy: Change) => Change,
): Partial<Storage> => ({
  commit: async (change) => {
    const copy = structuredClone(change)
    await undefined
    return storage.commit(keep(change, copy))
  },
})

const afterwards = "what a caller does to a change afterwards does not reach the store"
const sorts = "list sorts keys by their bytes"
const revisions = "the puts of a commit share a revision above all others"
const position = "get answers in the order of the keys that were asked for"

const answers: readonly Row[] = [
  [
    sorts,
    "sorts by a language",
    (storage) => ({
      list: async (range) => {
        const page = await storage.list(range)
        return { ...page, entries: page.entries.toSorted((a, b) => a.key.localeCompare(b.key)) }
      },
    }),
  ],
  [revisions, "counts down", mapped((entry) => ({ ...entry, revision: 1000 - entry.revision }))],
  [revisions, "counts in halves", mapped((entry) => ({ ...entry, revision: entry.revision / 2 }))],
  [
    revisions,
    "counts each key",
    mapped((entry) => ({ ...entry, revision: entry.revision + entry.key.charCodeAt(0) })),
  ],
  [
    afterwards,
    "keeps the list of puts",
    (storage) => later(storage, ({ put }, copy) => ({ ...copy, put })),
  ],
  [
    afterwards,
    "keeps the list of removals",
    (storage) => later(storage, ({ remove }, copy) => ({ ...copy, remove })),
  ],
  [
    afterwards,
    "keeps the expectations",
    (storage) => later(storage, ({ expect: kept }, copy) => ({ ...copy, expect: kept })),
  ],
  [
    position,
    "leaves out what is missing",
    (storage) => ({
      get: async (keys) => (await storage.get(keys)).filter((one) => one !== undefined),
    }),
  ],
  [
    position,
    "answers each key once",
    (storage) => ({ get: (keys) => storage.get([...new Set(keys)]) }),
  ],
  [
    position,
    "answers the values in another order",
    (storage) => ({ get: async (keys) => (await storage.get(keys)).toReversed() }),
  ],
  [
    position,
    "answers one for none",
    (storage) => ({ get: (keys) => storage.get(keys.length === 0 ? ["a"] : keys) }),
  ],
  [
    "get takes as many keys as its limit says and no more",
    "takes one key more",
    (storage) => ({ get: (keys) => storage.get(keys.slice(0, 100)) }),
  ],
  [
    "get takes as many keys as its limit says and no more",
    "takes one key less",
    (storage) => ({ get: (keys) => storage.get(keys.slice(0, 99)) }),
  ],
  [
    "a new store is empty",
    "begins with an entry",
    (storage) => ({
      get: async (keys) => keys.map((key) => ({ key, value: new Uint8Array(0), revision: 1 })),
      list: storage.list,
    }),
  ],
  [
    "a new store is empty",
    "begins with more",
    () => ({ list: async () => ({ entries: [], more: true }) }),
  ],
  [
    "the largest page is complete",
    "makes shorter pages",
    (storage) => ({
      list: (range) => storage.list({ ...range, limit: Math.min(range.limit, 999) }),
    }),
  ],
  [
    "the longest key is a key like any other",
    "cuts keys",
    (storage) => ({ get: (keys) => storage.get(keys.map((key) => key.slice(0, 1023))) }),
  ],
  [
    "list answers the same entries as get",
    "lists without revisions",
    (storage) => ({
      list: async (range) => {
        const page = await storage.list(range)
        return { ...page, entries: page.entries.map((entry) => ({ ...entry, revision: 0 })) }
      },
    }),
  ],
  [
    "a commit creates, overwrites and removes at once",
    "removes nothing",
    (storage) => ({ commit: (change) => storage.commit({ ...change, remove: [] }) }),
  ],
  [
    "a commit creates, overwrites and removes at once",
    "never overwrites",
    (storage) => ({
      commit: async (change) => {
        const there = await storage.get(change.put.map(({ key }) => key))
        return storage.commit({
          ...change,
          put: change.put.filter((_, at) => there[at] === undefined),
        })
      },
    }),
  ],
  [
    "a commit creates, overwrites and removes at once",
    "never creates twice",
    (storage) => ({
      commit: (change) => storage.commit({ ...change, put: change.put.slice(0, 1) }),
    }),
  ],
  [
    "a commit whose expectation does not hold writes nothing",
    "checks the first expectation alone",
    (storage) => ({
      commit: (change) => storage.commit({ ...change, expect: change.expect.slice(0, 1) }),
    }),
  ],
  [
    "a commit whose expectation does not hold writes nothing",
    "checks the last expectation alone",
    (storage) => ({
      commit: (change) => storage.commit({ ...change, expect: change.expect.slice(-1) }),
    }),
  ],
  [
    "a commit whose expectation does not hold writes nothing",
    "takes absence for anything",
    (storage) => ({
      commit: (change) =>
        storage.commit({
          ...change,
          expect: change.expect.filter(({ revision }) => revision !== undefined),
        }),
    }),
  ],
  [
    "an expectation may be about a key that is not written",
    "checks only what it writes",
    (storage) => ({
      commit: (change) =>
        storage.commit({
          ...change,
          expect: change.expect.filter(({ key }) => change.put.some((put) => put.key === key)),
        }),
    }),
  ],
  [
    "a commit that writes nothing only checks",
    "holds whatever it checks",
    (storage) => ({
      commit: async (change) =>
        change.put.length + change.remove.length === 0 || storage.commit(change),
    }),
  ],
  [
    "removing what is not there is no error",
    "refuses to remove what is not there",
    (storage) => ({
      commit: async (change) => {
        const there = await storage.get(change.remove)
        return there.includes(undefined) ? false : storage.commit(change)
      },
    }),
  ],
  [
    "an empty value is there, unlike a missing one",
    "has what is missing",
    (storage) => ({
      get: async (keys) =>
        (await storage.get(keys)).map(
          (entry, at) => entry ?? { key: keys[at] ?? "", value: new Uint8Array(0), revision: 1 },
        ),
    }),
  ],
  [
    "every value comes back byte for byte, as a plain Uint8Array",
    "drops zeros at the end",
    mapped((entry) => ({
      ...entry,
      value: entry.value.at(-1) === 0 ? entry.value.slice(0, -1) : entry.value,
    })),
  ],
  [
    "every value comes back byte for byte, as a plain Uint8Array",
    "keeps seven bits",
    mapped((entry) => ({ ...entry, value: entry.value.map((byte) => byte & 0x7f) })),
  ],
]

describe("the conformance suite notices a storage that", () => {
  const rows = [...wrongReads, ...wrongChanges, ...handles, ...answers]

  it.each(rows.map((row) => [row[1], row] as const))("%s", async (_flaw, [sentence, , breaks]) => {
    const found = storageConformance.find(({ name }) => name === sentence)
    expect(found, sentence).toBeDefined()
    const broken = async () => {
      const storage = createMemoryStorage()
      return { ...storage, ...breaks(storage) }
    }
    await expect(found?.run(broken)).rejects.toBeInstanceOf(Error)
  })
})
