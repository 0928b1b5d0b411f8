import { describe, expect, it } from "vitest"
import { assert, assertClosed, assertSame, assertWrongCall } from "../src/conformance/assert.js"
import { manyHandles, oneHandle } from "../src/conformance/case.js"
import {
  bytes,
  commit,
  getOne,
  getThere,
  increment,
  listAll,
  numberBytes,
  numberedKeys,
  numberOf,
  putAll,
} from "../src/conformance/steps.js"
import { storageConformance } from "../src/conformance.js"
import type { Storage } from "../src/contract.js"
import { createMemoryStorage } from "../src/memory.js"
import { closedError, StorageError } from "../src/storage-error.js"

/* What the conformance suite says to the maker of an adapter. */

const toldBy = async (act: () => unknown): Promise<string> => {
  try {
    await act()
    return ""
  } catch (error) {
    return (error as Error).message
  }
}

describe("an assertion", () => {
  it("is silent while it holds, and says what was expected when it does not", async () => {
    expect(await toldBy(() => assert(true, "x"))).toBe("")
    expect(await toldBy(() => assert(false, "x"))).toBe("x")
    expect(await toldBy(() => assertSame(1, 1, "it"))).toBe("")
    expect(await toldBy(() => assertSame(1, 2, "it"))).toBe("it: expected 2, got 1")
  })

  it.each([
    [new Uint8Array([1, 2]), "bytes(1 2)"],
    [new Uint8Array([0, 1, 2]).subarray(1), "bytes(1 2)"],
    [[1, "a", undefined], '[1, "a", undefined]'],
    [{ b: 1, a: [null], c: undefined }, "{a: [null], b: 1}"],
    [{ b: 2, a: 1, c: 3 }, "{a: 1, b: 2, c: 3}"],
    [undefined, "undefined"],
    ["a", '"a"'],
    ["x".repeat(398), `"${"x".repeat(398)}"`],
    ["x".repeat(399), `"${"x".repeat(399)} … (401 characters)`],
  ])("shows %j in words", async (value, shown) => {
    expect(await toldBy(() => assertSame(value, 7, "it"))).toBe(`it: expected 7, got ${shown}`)
    expect(await toldBy(() => assertSame(value, structuredClone(value), "it"))).toBe("")
  })

  it("of a wrong call wants a TypeError that names the parameter", async () => {
    const told = (call: Promise<unknown>) => toldBy(() => assertWrongCall(call, "keys", "get"))
    expect(await told(Promise.reject(new TypeError("keys must be an array")))).toBe("")
    expect(await told(Promise.resolve(1))).toBe("get should have been rejected")
    expect(await told(Promise.reject(new Error("keys")))).toBe(
      'get rejects with: expected "TypeError", got "Error"',
    )
    expect(await told(Promise.reject("keys"))).toBe(
      'get rejects with: expected "TypeError", got "keys"',
    )
    expect(await told(Promise.reject(new TypeError("no")))).toBe("get: `no` does not name `keys`")
  })

  it("of a closed handle wants the error that says so", async () => {
    const told = (call: Promise<unknown>) => toldBy(() => assertClosed(call, "get"))
    expect(await told(Promise.reject(closedError()))).toBe("")
    expect(await told(Promise.resolve(1))).toBe("get should have been rejected")
    expect(await told(Promise.reject(new Error("closed")))).toBe(
      'get rejects with: expected "StorageError", got "Error"',
    )
    expect(await told(Promise.reject(new StorageError("busy", "x")))).toBe(
      'get rejects with code: expected "closed", got "busy"',
    )
  })
})

describe("a case", () => {
  it("has a sentence of its own for its name", () => {
    const names = storageConformance.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => name.split(" ").length < 4)).toEqual([])
  })

  /** A store that notes when it is closed. */
  const noted = (closed: string[], name: string): Storage => {
    const storage = createMemoryStorage()
    return { ...storage, close: async () => void closed.push(name) }
  }

  it("closes what it has opened, however it ends", async () => {
    const closed: string[] = []
    let count = 0
    const open = async () => {
      count += 1
      return noted(closed, `${count}`)
    }
    const one = oneHandle("one", async () => undefined)
    expect([one.name, one.handles]).toEqual(["one", "one"])
    await one.run(open)
    expect(closed).toEqual(["1"])
    const many = manyHandles("many", async (opened) => {
      await opened()
      await opened()
      throw new Error("no")
    })
    expect([many.name, many.handles]).toEqual(["many", "many"])
    await expect(many.run(open)).rejects.toThrow("no")
    expect(closed).toEqual(["1", "2", "3"])
  })
})

describe("the steps of a case", () => {
  it("write, read and list", async () => {
    const storage = createMemoryStorage()
    const keys = numberedKeys("k/", 12)
    expect([keys[0], keys[11]]).toEqual(["k/0001", "k/0012"])
    await putAll(storage, keys)
    expect(await listAll(storage, "k/", 5)).toEqual(keys)
    expect(await listAll(storage, "k/", 12)).toEqual(keys)
    expect((await getThere(storage, "k/0001")).value).toEqual(bytes(1))
    expect(await getOne(storage, "none")).toBeUndefined()
    await expect(getThere(storage, "none")).rejects.toThrow("`none` should be there")
    expect(await commit(storage, { remove: ["k/0001"] })).toBe(true)
    expect(await commit(storage, { expect: [{ key: "k/0001", revision: 1 }] })).toBe(false)
    expect(bytes()).toHaveLength(0)
  })

  it("count in four bytes", async () => {
    for (const number of [0, 1, 255, 256, 65_536, 16_777_216, 4_294_967_295]) {
      expect(numberOf(numberBytes(number))).toBe(number)
    }
    expect(numberBytes(0x01020304)).toEqual(bytes(1, 2, 3, 4))
    expect(numberOf(undefined)).toBe(0)
    const storage = createMemoryStorage()
    await Promise.all([increment(storage, "n"), increment(storage, "n"), increment(storage, "n")])
    expect(numberOf((await getThere(storage, "n")).value)).toBe(3)
  })

  it("refuse an adapter whose pages are not what they say", async () => {
    const storage = createMemoryStorage()
    await putAll(storage, ["a", "b"])
    const short = { ...storage, list: async () => ({ entries: [], more: true }) }
    await expect(listAll(short, "", 5)).rejects.toThrow("the entries of a page with more behind it")
    const empty = { ...storage, get: async () => [] }
    await expect(getOne(empty, "a")).rejects.toThrow("the answers to a get of one key")
    const stubborn = { ...storage, commit: async () => false }
    await expect(putAll(stubborn, ["a"])).rejects.toThrow("a commit that expects nothing")
  })
})
