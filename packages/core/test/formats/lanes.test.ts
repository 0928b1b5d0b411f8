import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { digestBuckets, emptyDigest, laneFormat } from "../../src/formats/stored/lane-record.js"
import { laneAfter, newLane } from "../../src/model/lanes.js"
import {
  bucketOf,
  combined,
  differences,
  isReplaced,
  lackedNames,
  type Numbered,
  recounted,
} from "../../src/model/store-digest.js"

const record: fc.Arbitrary<Numbered> = fc.record({
  place: fc.uuid().map((id) => `key/111122223333/${id}`),
  number: fc.uint8Array({ minLength: 32, maxLength: 32 }),
})
const records = fc.uniqueArray(record, { selector: ({ place }) => place, maxLength: 40 })

describe("the digest of a store", () => {
  it("is the same for the same records, whatever came and went, and in how many lanes", () => {
    fc.assert(
      fc.property(records, records, records, (kept, gone, other) => {
        const whole = recounted(emptyDigest(), kept, [])
        const [some, rest] = [kept.slice(0, 5), kept.slice(5)]
        const a = recounted(recounted(emptyDigest(), [...gone, ...rest], []), [], other)
        const b = recounted(recounted(emptyDigest(), some, gone), other, [])
        expect(combined(a, b, 1)).toEqual(whole)
        expect(combined(combined(a, b, 1), whole, -1)).toEqual(emptyDigest())
      }),
    )
  })

  it("says by which record one bucket is off", () => {
    fc.assert(
      fc.property(records, record, record, (kept, one, another) => {
        const older = { ...one, number: another.number }
        fc.pre(String(one.number) !== String(another.number))
        fc.pre(kept.every(({ place }) => place !== one.place))
        const whole = recounted(emptyDigest(), [...kept, one], [])
        const [replaced, ...none] = differences(
          recounted(emptyDigest(), [...kept, older], []),
          whole,
        )
        expect(none).toEqual([])
        expect(replaced?.bucket).toBe(bucketOf(one.place))
        if (replaced === undefined) return
        expect(isReplaced(replaced, one.place, older.number)).toBe(true)
        for (const { place, number } of kept) {
          expect(isReplaced(replaced, place, number)).toBe(
            String(one.number.slice(0, 4)) === String(another.number.slice(0, 4)),
          )
        }
        const [missing] = differences(recounted(emptyDigest(), kept, []), whole)
        if (missing === undefined) return
        expect(isReplaced(missing, one.place, undefined)).toBe(true)
        const [extra] = differences(whole, recounted(emptyDigest(), kept, []))
        expect(extra?.sum).toEqual(one.number)
      }),
    )
  })

  it("says which record is missing that no other one names", () => {
    const number = new Uint8Array(32).fill(1)
    const lonely = fc.oneof(
      fc.uuid().map((id) => `gone/111122223333/mrk-${id.replaceAll("-", "")}`),
      fc.nat().map((n) => `region/us-east-${n}`),
      fc.constant("replication"),
      fc.uuid().map((id) => `outbox/${"a-".repeat(15)}1/111122223333/mrk-${id}`),
    )
    const places = fc.uniqueArray(lonely, { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(places, records, ([missing = "", ...kept], others) => {
        const rest = [...kept.map((place) => ({ place, number })), ...others]
        const [whole, left] = [[{ place: missing, number }, ...rest], rest].map((all) =>
          recounted(emptyDigest(), all, []),
        )
        if (whole === undefined || left === undefined) throw new Error("two digests were made")
        expect(lackedNames(left, whole)).toEqual([missing])
        expect(lackedNames(whole, whole)).toEqual([])
        expect(lackedNames(whole, left)).toEqual([])
        expect(lackedNames(recounted(whole, [], others), whole)).toEqual([])
      }),
    )
  })

  it("spreads storage keys over all its buckets", () => {
    const counts = new Array<number>(digestBuckets).fill(0)
    for (let i = 0; i < 3200; i += 1) {
      const bucket = bucketOf(`alias/111122223333/${i}`)
      counts[bucket] = (counts[bucket] ?? 0) + 1
    }
    expect(Math.min(...counts)).toBeGreaterThan(50)
    expect(Math.max(...counts)).toBeLessThan(200)
  })
})

describe("a lane record", () => {
  const lane = laneAfter(newLane(10, 5), {
    come: [{ place: "key/1", number: new Uint8Array(32).fill(255) }],
    gone: [{ place: "key/2", number: new Uint8Array(32).fill(1) }],
    places: ["key/1", "key/2"],
  })
  const bytes = laneFormat.encode(lane)

  it("comes back as it was", () => {
    expect(laneFormat.decode(bytes, "digest/a")).toEqual(lane)
    const next = laneAfter(lane, { come: [], gone: [], places: ["key/3"] })
    const back = laneFormat.decode(laneFormat.encode(next), "digest/a")
    expect(back).toMatchObject({ counter: 2, records: 0, restoredMs: 5 })
    expect(back.recent).toEqual([["key/3"], ["key/1", "key/2"]])
  })

  it("tells of its last commit whole, and of those before it as far as there is room", () => {
    const many = Array.from({ length: 90 }, (_, i) => `key/${"x".repeat(40)}/${i}`)
    let now = laneAfter(lane, { come: [], gone: [], places: many })
    expect(now.recent).toEqual([many])
    for (let i = 0; i < 40; i += 1) now = laneAfter(now, { come: [], gone: [], places: ["a"] })
    expect(now.recent).toHaveLength(16)
  })

  it("is refused when it is anything else, and under another key", () => {
    for (const key of ["digest/b", "digest/10", "digest/", "key/1"]) {
      if (key === "digest/b") expect(laneFormat.decode(bytes, key).lane).toBe(11)
      else expect(() => laneFormat.decode(bytes, key)).toThrow(/does not parse/)
    }
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => laneFormat.decode(bytes.slice(0, length), "digest/a")).toThrow(/does not parse/)
    }
    const longer = Uint8Array.from([...bytes, 0])
    expect(() => laneFormat.decode(longer, "digest/a")).toThrow(/does not parse/)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const other = bytes.with(at, (bytes[at] ?? 0) ^ by)
        try {
          expect(laneFormat.encode(laneFormat.decode(other, "digest/a"))).toEqual(other)
        } catch (error) {
          expect((error as Error).name).toBe("RecordError")
        }
      }),
    )
  })
})
