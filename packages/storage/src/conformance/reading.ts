import { getKeysMax, keyBytesMax, listLimitMax, valueBytesMax } from "../contract.js"
import { assert, assertSame, assertWrongCall } from "./assert.js"
import { oneHandle, type StorageCase } from "./case.js"
import {
  assertValue,
  bytes,
  commit,
  getOne,
  getThere,
  keysOf,
  listAll,
  numberedKeys,
  putAll,
} from "./steps.js"

export const readingCases: readonly StorageCase[] = [
  oneHandle("a new store is empty", async (storage) => {
    assertSame(await storage.get(["a"]), [undefined], "get")
    assertSame(await storage.list({ prefix: "", limit: 10 }), { entries: [], more: false }, "list")
  }),

  oneHandle("get answers in the order of the keys that were asked for", async (storage) => {
    await putAll(storage, ["a"], bytes(1))
    await putAll(storage, ["b"], bytes(2))
    const entries = await storage.get(["b", "missing", "a", "b"])
    assertSame(
      entries.map((entry) => entry?.key),
      ["b", undefined, "a", "b"],
      "keys",
    )
    assertSame(
      entries.map((entry) => entry?.value),
      [bytes(2), undefined, bytes(1), bytes(2)],
      "values",
    )
    assertSame(await storage.get([]), [], "get of no keys")
  }),

  oneHandle("get takes as many keys as its limit says and no more", async (storage) => {
    const keys = numberedKeys("k", getKeysMax)
    await putAll(storage, keys)
    assertSame(
      (await storage.get(keys)).map((entry) => entry?.key),
      keys,
      "keys",
    )
    await assertWrongCall(storage.get([...keys, "one more"]), "keys", "too many keys")
  }),

  oneHandle("list sorts keys by their bytes", async (storage) => {
    const sorted = [" ", "!", "-", "/", "0", "9", "A", "Z", "_", "a", "a ", "a!", "a/", "a0", "~"]
    await putAll(storage, sorted.toReversed())
    assertSame(await listAll(storage, "", 100), sorted, "keys")
    assertSame(await listAll(storage, "", 4), sorted, "keys in pages of four")
  }),

  oneHandle("a prefix takes in what begins with it and nothing beside it", async (storage) => {
    const keys = ["a", "a.", "a/", "a/ ", "a/b", "a/b/c", "a/~", "a/~~", "a0", "b", "~", "~~"]
    await putAll(storage, keys)
    for (const prefix of ["", "a", "a/", "a/b", "a/~", "a/b/c/d", "a0", "c", "~", "~~", "~~~"]) {
      const expected = keys.filter((key) => key.startsWith(prefix))
      assertSame(await listAll(storage, prefix, 100), expected, `keys under \`${prefix}\``)
      assertSame(await listAll(storage, prefix, 1), expected, `keys under \`${prefix}\`, singly`)
    }
  }),

  oneHandle("a page says whether there is more behind it", async (storage) => {
    await putAll(storage, ["a/1", "a/2", "a/3", "b/1"])
    for (const [limit, more] of [
      [1, true],
      [2, true],
      [3, false],
      [4, false],
    ] as const) {
      const page = await storage.list({ prefix: "a/", limit })
      assertSame([keysOf(page).length, page.more], [Math.min(limit, 3), more], `limit ${limit}`)
    }
  }),

  oneHandle("a page begins behind any given key, there or not", async (storage) => {
    await putAll(storage, ["a", "b/1", "b/2", "b/3", "c"])
    for (const [after, expected] of [
      ["b/1", ["b/2", "b/3"]],
      ["b/1 ", ["b/2", "b/3"]],
      ["b/2~", ["b/3"]],
      ["b/3", []],
      ["", ["b/1", "b/2", "b/3"]],
      ["a", ["b/1", "b/2", "b/3"]],
      ["b/", ["b/1", "b/2", "b/3"]],
      ["c", []],
      ["~", []],
    ] as const) {
      const page = await storage.list({ prefix: "b/", after, limit: 10 })
      assertSame([keysOf(page), page.more], [expected, false], `after \`${after}\``)
    }
  }),

  oneHandle("the largest page is complete", async (storage) => {
    const keys = numberedKeys("k", listLimitMax + 1)
    for (let i = 0; i < keys.length; i += 100) await putAll(storage, keys.slice(i, i + 100))
    const page = await storage.list({ prefix: "k", limit: listLimitMax })
    assertSame([keysOf(page), page.more], [keys.slice(0, -1), true], "page")
  }),

  oneHandle("an entry that stays is listed once while others come and go", async (storage) => {
    const staying = numberedKeys("s", 60)
    await putAll(storage, staying)
    const seen: string[] = []
    for (let round = 0; ; round += 1) {
      const page = await storage.list({
        prefix: "",
        after: seen.at(-1),
        limit: 7,
      })
      seen.push(...keysOf(page))
      if (!page.more) break
      const remove = keysOf(page).filter((key) => !key.startsWith("s"))
      const here = page.entries.at(-1)?.key ?? ""
      const put = [`${here}+${round}`, `a${round}`].map((key) => ({ key, value: bytes(2) }))
      assertSame(await commit(storage, { put, remove }), true, "commit")
    }
    assertSame(
      seen.filter((key) => staying.includes(key)),
      staying,
      "what stayed",
    )
  }),

  oneHandle("list answers the same entries as get", async (storage) => {
    await putAll(storage, ["a"], bytes(1))
    await putAll(storage, ["b"], bytes(2, 3))
    const { entries } = await storage.list({ prefix: "", limit: 10 })
    assertSame(entries, await storage.get(["a", "b"]), "entries")
  }),

  oneHandle("every value comes back byte for byte, as a plain Uint8Array", async (storage) => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i)
    const values = [bytes(), bytes(0), bytes(0, 0), every, new Uint8Array(valueBytesMax).fill(7)]
    for (const [i, value] of values.entries()) {
      await putAll(storage, [`v${i}`], value)
      const listed = await storage.list({ prefix: `v${i}`, limit: 1 })
      for (const entry of [await getThere(storage, `v${i}`), listed.entries[0]]) {
        assertSame(entry?.value, value, `a value of ${value.length} bytes`)
        assertSame(entry?.value.constructor.name, "Uint8Array", "its class")
      }
    }
  }),

  oneHandle("an empty value is there, unlike a missing one", async (storage) => {
    await putAll(storage, ["a"], bytes())
    assert((await getOne(storage, "a")) !== undefined, "an empty value should be there")
    await assertValue(storage, "b", undefined)
  }),

  oneHandle("the longest key is a key like any other", async (storage) => {
    const key = "k".repeat(keyBytesMax)
    const beside = `${key.slice(0, -1)}j`
    await putAll(storage, [key, beside])
    await assertValue(storage, key, bytes(1))
    assertSame(await listAll(storage, key, 10), [key], "keys")
    assertSame(keysOf(await storage.list({ prefix: "", after: beside, limit: 9 })), [key], "after")
  }),

  oneHandle("a wrong read names its parameter", async (storage) => {
    for (const key of ["", "k".repeat(keyBytesMax + 1), "ä", "a\u0000", "a\n", "a\u007f"]) {
      await assertWrongCall(storage.get(["a", key]), "keys[1]", `get of ${JSON.stringify(key)}`)
    }
    for (const limit of [0, -1, 1.5, Number.NaN, listLimitMax + 1]) {
      await assertWrongCall(storage.list({ prefix: "", limit }), "range.limit", `limit ${limit}`)
    }
    const long = "k".repeat(keyBytesMax + 1)
    for (const text of [long, "ä"]) {
      await assertWrongCall(storage.list({ prefix: text, limit: 1 }), "range.prefix", "prefix")
      const after = storage.list({ prefix: "", after: text, limit: 1 })
      await assertWrongCall(after, "range.after", "after")
    }
  }),
]
