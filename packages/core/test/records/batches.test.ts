import { commitBytesMax, commitKeysMax } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import {
  clashes,
  hasRoom,
  isAbout,
  join,
  joined,
  mergedChange,
  newBatch,
  part,
} from "../../src/engine/records/batch.js"
import type { DecidedWrite, PendingEntry } from "../../src/engine/records/pending.js"
import { keyCountKey } from "../../src/formats/stored/key-count-record.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account, otherAccount } from "../support/accounts.js"

const bytes = (value: number) => Uint8Array.of(value)
const relying = (...entries: readonly (PendingEntry | undefined)[]) =>
  new Map(entries.flatMap((entry) => (entry === undefined ? [] : [[entry.key, entry] as const])))

const write = (members: Partial<DecidedWrite>): DecidedWrite => ({
  expect: [],
  relied: new Map(),
  put: [],
  remove: [],
  tallies: [],
  ...members,
})
const putting = (key: string, value = 1): DecidedWrite =>
  write({ put: [{ key, value: bytes(value) }] })
const removing = (...remove: readonly string[]): DecidedWrite => write({ remove })
const expecting = (key: string, revision?: number): DecidedWrite =>
  write({ expect: [{ key, revision }] })

/** A batch in which these writes have come together. */
function batchOf(...writes: readonly DecidedWrite[]) {
  const batch = newBatch()
  const members = writes.map((one) => join(batch, one))
  return { batch, members }
}

describe("a write and those that the same commit is to carry", () => {
  it.each<[string, DecidedWrite, DecidedWrite, boolean]>([
    ["about other entries", putting("a"), expecting("b", 7), false],
    ["of which one changes what the other expects", putting("a"), expecting("a", 7), true],
    [
      "of which one makes what the other expects not to be there",
      putting("a"),
      expecting("a"),
      true,
    ],
    ["of which one removes what the other expects", removing("a"), expecting("a", 7), true],
    [
      "of which one removes what both know to be absent",
      write({ expect: [{ key: "a", revision: undefined }], remove: ["a"] }),
      expecting("a"),
      false,
    ],
    [
      "of which one removes what the other alone knows to be absent",
      removing("a"),
      expecting("a"),
      true,
    ],
    ["that expect the same of one entry", expecting("a", 7), expecting("a", 7), false],
    ["that expect different things of one entry", expecting("a", 7), expecting("a", 8), true],
    ["of which one expects it there and the other not", expecting("a", 7), expecting("a"), true],
    [
      "that expect the same of what one of them changes",
      write({ expect: [{ key: "a", revision: 7 }], put: [{ key: "a", value: bytes(1) }] }),
      expecting("a", 7),
      true,
    ],
  ])("clash or not: writes %s", (_, first, second, isClash) => {
    const { batch } = batchOf(first)
    expect(clashes(batch, second)).toBe(isClash)
  })

  it("clash when it relies on another entry than the one that is pending", () => {
    const { batch } = batchOf(putting("a"))
    const relied = relying(batch.entries.get("a"))
    expect(clashes(batch, write({ relied }))).toBe(false)
    expect(clashes(newBatch(), write({ relied }))).toBe(true)
    join(batch, putting("a", 2))
    expect(clashes(batch, write({ relied }))).toBe(true)
  })

  it("are about the same entries when it expects something of one", () => {
    const { batch } = batchOf(putting("a"), removing("b"))
    expect(isAbout(batch.entries, expecting("a", 1))).toBe(true)
    expect(isAbout(batch.entries, expecting("b"))).toBe(true)
    expect(isAbout(batch.entries, expecting("c"))).toBe(false)
    expect(isAbout(batch.entries, putting("a"))).toBe(false)
  })
})

describe("the room of a commit", () => {
  const keys = (count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => `k${String(i + from).padStart(3, "0")}`)
  /** One key is that of the digest. */
  const keysMax = commitKeysMax - 1

  it("is always enough for the first", () => {
    expect(hasRoom(newBatch(), removing(...keys(200)))).toBe(true)
  })

  it("is that of its keys, each counted once, whatever is done with it", () => {
    const first = write({
      expect: [{ key: "k000", revision: 1 }],
      put: [{ key: "k000", value: bytes(1) }],
      remove: keys(keysMax - 3, 1),
    })
    const { batch } = batchOf(first)
    expect(batch.keys.size).toBe(keysMax - 2)
    expect(hasRoom(batch, removing("x", "y"))).toBe(true)
    expect(hasRoom(batch, removing("x", "y", "z"))).toBe(false)
    expect(hasRoom(batch, removing(...keys(50), "x", "y"))).toBe(true)
    const twice = write({ expect: [{ key: "x", revision: 1 }], remove: ["x", "y"] })
    expect(hasRoom(batch, twice)).toBe(true)
    expect(
      hasRoom(batch, write({ put: [{ key: "x", value: bytes(1) }], remove: ["y", "z"] })),
    ).toBe(false)
    const tallies = [account, otherAccount].map((one) => ({ account: one, more: 1, max: 9 }))
    expect(hasRoom(batch, write({ tallies }))).toBe(true)
    expect(hasRoom(batch, write({ tallies, remove: ["x"] }))).toBe(false)
    join(batch, write({ tallies }))
    expect(batch.keys.has(keyCountKey(account))).toBe(true)
    expect(hasRoom(batch, removing("x"))).toBe(false)
    expect(hasRoom(batch, write({ tallies }))).toBe(true)
  })

  it("is that of its bytes: of keys and values, with some kept for the other keys", () => {
    const room = (commitBytesMax * 7) / 8
    const value = new Uint8Array(room / 4)
    const { batch } = batchOf(...["a", "b", "c"].map((key) => write({ put: [{ key, value }] })))
    expect(batch.bytes).toBe(3 + (3 * room) / 4)
    const more = (lengthBytes: number) =>
      write({ put: [{ key: "dd", value: new Uint8Array(lengthBytes) }] })
    expect(hasRoom(batch, more(room / 4 - 5))).toBe(true)
    expect(hasRoom(batch, more(room / 4 - 4))).toBe(false)
  })

  it("is that of so many writes", () => {
    const batch = newBatch()
    for (let i = 1; i < limits.writesTogetherMax; i += 1) join(batch, putting("a"))
    expect(hasRoom(batch, putting("a"))).toBe(true)
    join(batch, putting("a"))
    expect(hasRoom(batch, putting("a"))).toBe(false)
  })

  it("is for none that a storage takes for a wrong call", () => {
    expect(() => join(newBatch(), putting(""))).toThrow(TypeError)
  })
})

describe("writes that have come together", () => {
  it("leave of each entry the last behind", () => {
    const { batch } = batchOf(putting("a"), removing("b"), putting("b", 2), removing("a"))
    const left = [...batch.entries].map(([key, { value }]) => [key, value])
    expect(left).toEqual([
      ["a", undefined],
      ["b", bytes(2)],
    ])
  })

  it("are one change: all that they expect, and what they leave behind", () => {
    const first = write({
      expect: [{ key: "a", revision: 1 }],
      put: [{ key: "a", value: bytes(1) }],
      remove: ["c"],
    })
    const second = write({
      expect: [{ key: "b", revision: undefined }],
      put: [{ key: "c", value: bytes(3) }],
    })
    const { members } = batchOf(first, second, removing("d"), putting("a", 9))
    expect(mergedChange(members)).toEqual({
      expect: [
        { key: "a", revision: 1 },
        { key: "b", revision: undefined },
      ],
      put: [
        { key: "c", value: bytes(3) },
        { key: "a", value: bytes(9) },
      ],
      remove: ["d"],
    })
  })

  it("are told alone whether they were written", async () => {
    const { members } = batchOf(putting("a"), putting("b"), putting("c"))
    members[0]?.settle(true)
    members[1]?.settle(false)
    members[2]?.fail(new Error("the disk is full"))
    expect(await members[0]?.written).toBe(true)
    expect(await members[1]?.written).toBe(false)
    await expect(members[2]?.written).rejects.toThrow("the disk is full")
  })

  it("are parted into those that hold, and those that do not or rely on one that does not", () => {
    const batch = newBatch()
    const first = join(batch, putting("a"))
    const second = join(batch, write({ relied: relying(batch.entries.get("a")), remove: ["b"] }))
    const third = join(batch, write({ relied: relying(batch.entries.get("b")), remove: ["c"] }))
    const other = join(batch, putting("d"))
    const members = [first, second, third, other]
    expect(part(members, (one) => one !== first)).toEqual({
      winners: [other],
      losers: [first, second, third],
    })
    expect(part(members, (one) => one !== second).winners).toEqual([first, other])
    expect(part(members, () => true)).toEqual({ winners: members, losers: [] })
    // Whether one holds that is lost already is not asked.
    const asked: unknown[] = []
    part(members, (one) => {
      asked.push(one)
      return one !== first
    })
    expect(asked).toEqual([first, other])
  })
})

it("of two changes that are joined, the first says what is expected of an entry of both", () => {
  const one = {
    expect: [{ key: "a", revision: 1 }],
    put: [{ key: "a", value: bytes(1) }],
    remove: ["x"],
  }
  const other = {
    expect: [
      { key: "a", revision: 2 },
      { key: "b", revision: 3 },
    ],
    put: [{ key: "b", value: bytes(2) }],
    remove: ["y"],
  }
  expect(joined(one, other)).toEqual({
    expect: [
      { key: "a", revision: 1 },
      { key: "b", revision: 3 },
    ],
    put: [...one.put, ...other.put],
    remove: ["x", "y"],
  })
})
