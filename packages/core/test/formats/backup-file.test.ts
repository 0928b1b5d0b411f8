import { keyBytesMax, valueBytesMax } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import {
  BackupError,
  type BackupFrame,
  createBackupWriter,
  readBackup,
} from "../../src/formats/opaque/backup-file.js"
import { concatBytes, hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { inPieces } from "../support/backups.js"

const begin = utf8("KWBACKUP\u0001")
const frame = (kind: number, body: Uint8Array, length = body.length): Uint8Array =>
  concatBytes(Uint8Array.of(kind, length >>> 24, length >>> 16, length >>> 8, length), body)
const put = (place: string, value: Uint8Array, placeBytes = place.length): Uint8Array =>
  frame(1, concatBytes(Uint8Array.of(placeBytes >> 8, placeBytes & 255), utf8(place), value))
const end = frame(3, utf8("sealed"))

async function framesOf(bytes: Uint8Array, length = 7): Promise<readonly BackupFrame[]> {
  const frames: BackupFrame[] = []
  for await (const one of readBackup(inPieces(bytes, length))) frames.push(one)
  return frames
}
const damaged = new BackupError("the backup is damaged, or is none")
const cut = new BackupError("the backup was cut: its end is missing")

describe("the file of a backup", () => {
  it("is written as it is described, and read in pieces of any length", async () => {
    const writer = createBackupWriter()
    const parts = [writer.begin(), writer.put("a/b", utf8("value")), writer.remove("c")]
    const hash = writer.hash()
    const bytes = concatBytes(...parts, writer.end(utf8("sealed")))
    const expected = [begin, put("a/b", utf8("value")), frame(2, utf8("c")), end]
    expect(hexOf(bytes)).toBe(hexOf(concatBytes(...expected)))
    for (const length of [1, 5, 1000]) {
      expect(await framesOf(bytes, length)).toEqual([
        { kind: "put", place: "a/b", bytes: utf8("value") },
        { kind: "remove", place: "c" },
        { kind: "end", sealed: utf8("sealed"), hash },
      ])
    }
  })

  it("holds the longest key and value that storage takes, and an empty value", async () => {
    const place = "k".repeat(keyBytesMax)
    const value = new Uint8Array(valueBytesMax).fill(7)
    const whole = concatBytes(begin, put(place, value), put(" ~", new Uint8Array()), end)
    const [longest, empty] = await framesOf(whole, 1 << 16)
    expect(longest).toMatchObject({ kind: "put", place })
    expect(longest?.kind === "put" && longest.bytes.length).toBe(valueBytesMax)
    expect(empty).toEqual({ kind: "put", place: " ~", bytes: new Uint8Array() })
  })

  it.each<[string, Uint8Array]>([
    ["a place that is too long", put("k".repeat(keyBytesMax + 1), utf8(""))],
    ["no place", put("", utf8("value"))],
    ["a place with a character that is not printed", put("a\n", utf8("value"))],
    ["a place that is not ASCII", put("a\u007f", utf8("value"))],
    ["no place that is removed", frame(2, new Uint8Array())],
    ["a place that is no text", frame(2, Uint8Array.of(0xff))],
    ["a frame of a kind that nobody knows", frame(4, utf8("\0\u0001ab"))],
    ["a value without the length of its place", frame(1, Uint8Array.of(0))],
    ["a place that is longer than its frame", put("ab", utf8(""), 3)],
  ])("is refused with %s", async (_, wrong) => {
    await expect(framesOf(concatBytes(begin, wrong, end))).rejects.toThrow(damaged)
    await expect(framesOf(concatBytes(begin, wrong, end))).rejects.toBeInstanceOf(BackupError)
  })

  it("is refused with another beginning, and with something behind its end", async () => {
    for (let at = 0; at < begin.length; at += 1) {
      const other = begin.with(at, 0)
      await expect(framesOf(concatBytes(other, end))).rejects.toThrow(damaged)
    }
    await expect(framesOf(concatBytes(begin, end, Uint8Array.of(0)))).rejects.toThrow(damaged)
  })

  it("is said to be cut wherever it was", async () => {
    const bytes = concatBytes(begin, put("a", utf8("b")), end)
    for (let length = begin.length; length < bytes.length; length += 1) {
      await expect(framesOf(bytes.subarray(0, length))).rejects.toThrow(cut)
    }
    expect(cut.name).toBe("BackupError")
  })
})

describe("whoever reads a backup", () => {
  /** Pieces without end, of which it counts those that were taken. */
  function createSource(...first: readonly Uint8Array[]) {
    let taken = 0
    let isStopped = false
    const next = async () => {
      taken += 1
      return { done: false as const, value: first[taken - 1] ?? new Uint8Array(8) }
    }
    const stop = async () => {
      isStopped = true
      return { done: true as const, value: undefined }
    }
    const source = { [Symbol.asyncIterator]: () => ({ next, return: stop }) }
    return { source, next, taken: () => taken, isStopped: () => isStopped }
  }

  it("takes no more pieces than it needs, and stops their source when it is stopped", async () => {
    const { source, taken, isStopped } = createSource(begin, put("a", utf8("b")))
    for await (const one of readBackup(source)) {
      expect(one).toMatchObject({ kind: "put", place: "a" })
      break
    }
    expect(taken()).toBe(2)
    expect(isStopped()).toBe(true)
  })

  it("does not wait for more than a frame can have", async () => {
    const most = 2 + keyBytesMax + valueBytesMax
    const { source, taken, isStopped } = createSource(begin, frame(1, utf8(""), most + 1))
    await expect(readBackup(source).next()).rejects.toThrow(damaged)
    expect(taken()).toBe(2)
    expect(isStopped()).toBe(true)
  })

  it("takes pieces from a source that cannot be stopped, and bytes alone", async () => {
    const { next } = createSource(begin, frame(9, utf8("")))
    const source = { [Symbol.asyncIterator]: () => ({ next }) }
    await expect(readBackup(source).next()).rejects.toThrow(damaged)
    const ofTexts = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: "KW" }) }) }
    await expect(readBackup(ofTexts as unknown as typeof source).next()).rejects.toThrow(
      "`source` must be of Uint8Arrays",
    )
  })
})
