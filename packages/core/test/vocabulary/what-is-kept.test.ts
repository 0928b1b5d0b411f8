import { describe, expect, it } from "vitest"
import { andFinally, andThen, inTurn, orCleanUp } from "../../src/vocabulary/eventually.js"
import { createRecentMap } from "../../src/vocabulary/recent-map.js"
import {
  allocateToStay,
  copyToStay,
  openSecretBytes,
  SecretBytes,
  wipeSecretBytes,
} from "../../src/vocabulary/secret-bytes.js"
import { createLastFew, createSlots } from "../../src/vocabulary/slots.js"

describe("a map that forgets", () => {
  it("keeps what was set or asked for last, and no more than it may hold", () => {
    const map = createRecentMap<number>(4)
    for (const [at, key] of ["a", "b", "c"].entries()) map.set(key, at)
    expect(["a", "b", "c"].map(map.get)).toEqual([0, 1, 2])
    map.set("d", 3)
    map.set("e", 4)
    map.set("f", 5)
    expect(map.get("a")).toBeUndefined()
    expect(map.get("f")).toBe(5)
  })

  it("keeps what is asked for again and again", () => {
    const map = createRecentMap<number>(4)
    map.set("kept", 7)
    for (let at = 0; at < 50; at += 1) {
      map.set(`other${at}`, at)
      expect(map.get("kept")).toBe(7)
    }
    expect(map.get("other1")).toBeUndefined()
  })

  it("weighs what it holds, and a value that replaces another does not count twice", () => {
    const map = createRecentMap<string>(20, (value, key) => value.length + key.length)
    for (let at = 0; at < 50; at += 1) map.set("a", "xxx")
    map.set("b", "xxx")
    expect(map.get("a")).toBe("xxx")
    map.set("c", "x".repeat(11))
    map.set("d", "x".repeat(11))
    expect(map.get("a")).toBeUndefined()
    expect(map.get("d")).toHaveLength(11)
  })

  it("counts a value that was replaced by its new weight", () => {
    const map = createRecentMap<number>(20, (value) => value)
    map.set("a", 9)
    map.set("a", 1)
    map.set("b", 9)
    map.set("c", 1)
    map.set("d", 1)
    map.set("e", 11)
    expect(map.get("a")).toBeUndefined()
    expect(map.get("d")).toBe(1)
  })

  it("holds exactly half of its weight before it ages", () => {
    const map = createRecentMap<number>(4)
    map.set("a", 1)
    map.set("b", 2)
    map.set("c", 3)
    // Three are more than half of four: what was young is old now, and can still be found once.
    map.set("d", 4)
    map.set("e", 5)
    expect(map.get("a")).toBe(1)
    expect(map.get("b")).toBeUndefined()
  })
})

describe("slots", () => {
  it("hold what was made of an object under its number, until another takes the place", () => {
    const slots = createSlots<object, string>(4)
    const [a, b] = [{}, {}]
    expect(slots.find(a, 1)).toBeUndefined()
    slots.note(a, 1, "a")
    slots.note(b, 2, "b")
    expect(slots.find(a, 1)).toBe("a")
    expect(slots.find(b, 2)).toBe("b")
    expect(slots.find(a, 2)).toBeUndefined()
    expect(slots.find(a, 5)).toBe("a")
    slots.note(b, 5, "b5")
    expect(slots.find(a, 1)).toBeUndefined()
    expect(slots.find(b, 1)).toBe("b5")
    slots.note(a, 3, "a3")
    expect(slots.find(b, 1)).toBe("b5")
    expect(slots.find(a, 7)).toBe("a3")
  })

  it("of the last few are found without a number", () => {
    const few = createLastFew<object, number>(3)
    const all = [{}, {}, {}, {}]
    const foundOf = () => all.map((one) => few.find(one))
    expect(foundOf()).toEqual([undefined, undefined, undefined, undefined])
    for (const [at, one] of all.entries()) few.note(one, at)
    expect(foundOf()).toEqual([undefined, 1, 2, 3])
    few.note(all[0] as object, 9)
    expect(foundOf()).toEqual([9, undefined, 2, 3])
  })
})

describe("secret bytes", () => {
  it("are a copy that does not print, until they are wiped", () => {
    const given = Uint8Array.of(1, 2, 3)
    const secret = new SecretBytes(given)
    given.fill(9)
    const bytes = openSecretBytes(secret)
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
    expect(openSecretBytes(secret)).toBe(bytes)
    expect([`${secret}`, JSON.stringify({ secret }), String(secret)]).toEqual([
      "[SecretBytes]",
      '{"secret":"[SecretBytes]"}',
      "[SecretBytes]",
    ])
    expect(Object.prototype.toString.call(secret)).toBe("[object SecretBytes]")
    expect(Object.keys(secret)).toEqual([])
    wipeSecretBytes(secret)
    expect(bytes).toEqual(Uint8Array.of(0, 0, 0))
    expect(() => openSecretBytes(secret)).toThrow(TypeError)
    expect(() => wipeSecretBytes(secret)).not.toThrow()
    expect(() => new SecretBytes("x" as unknown as Uint8Array)).toThrow(TypeError)
  })

  it("have room of their own", () => {
    expect(allocateToStay(5).buffer.byteLength).toBe(5)
    const given = Uint8Array.of(1, 2, 3).subarray(1)
    const copy = copyToStay(given)
    expect(copy).toEqual(Uint8Array.of(2, 3))
    expect(copy.buffer.byteLength).toBe(2)
  })
})

describe("what is at hand or comes later", () => {
  const failure = new Error("no")
  const fail = (): never => {
    throw failure
  }

  it("goes on at once with what is at hand", async () => {
    expect(andThen(1, (value) => value + 1)).toBe(2)
    const later = andThen(Promise.resolve(1), (value) => value + 1)
    expect(later).toBeInstanceOf(Promise)
    expect(await later).toBe(2)
  })

  it("is done one after another", async () => {
    const done: number[] = []
    const note = (item: number): void => void done.push(item)
    expect(inTurn([1, 2], note)).toBeUndefined()
    expect(done).toEqual([1, 2])
    const noteLater = async (item: number): Promise<void> => {
      await Promise.resolve()
      done.push(item)
    }
    const some = inTurn([3, 4, 5, 6], (item) => (item % 2 === 0 ? noteLater(item) : note(item)))
    expect(done).toEqual([1, 2, 3])
    await some
    expect(done).toEqual([1, 2, 3, 4, 5, 6])
    inTurn([7, 8, 9], note, 2)
    expect(done.slice(6)).toEqual([9])
  })

  it("is cleaned up when it fails, at once or later, and only then", async () => {
    const cleaned: string[] = []
    const clean = (state: string): void => void cleaned.push(state)
    expect(orCleanUp("a", (state) => `${state}1`, clean)).toBe("a1")
    expect(await orCleanUp("b", async (state) => `${state}1`, clean)).toBe("b1")
    expect(cleaned).toEqual([])
    expect(() => orCleanUp("c", fail, clean)).toThrow(failure)
    expect(cleaned).toEqual(["c"])
    await expect(orCleanUp("d", async () => fail(), clean)).rejects.toBe(failure)
    expect(cleaned).toEqual(["c", "d"])
  })

  it("is cleaned up in any case, once", async () => {
    const cleaned: string[] = []
    const clean = (state: string): void => void cleaned.push(state)
    expect(andFinally("a", (state) => `${state}1`, clean)).toBe("a1")
    expect(cleaned).toEqual(["a"])
    const later = andFinally("b", async (state) => `${state}1`, clean)
    expect(cleaned).toEqual(["a"])
    expect(await later).toBe("b1")
    expect(cleaned).toEqual(["a", "b"])
    expect(() => andFinally("c", fail, clean)).toThrow(failure)
    await expect(andFinally("d", async () => fail(), clean)).rejects.toBe(failure)
    expect(cleaned).toEqual(["a", "b", "c", "d"])
  })
})
