import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { domainRecordKey, keyRecordKey } from "../../src/formats/stored/key-records.js"
import { laneKey, lanesCount } from "../../src/formats/stored/lane-record.js"
import { isStamped, stamped, unstamped } from "../../src/formats/stored/write-stamp.js"

const number = fc.nat({ max: 2 ** 48 - 1 })
const stamp = fc.record({
  lane: fc.nat({ max: lanesCount - 1 }),
  counter: number,
  restoredMs: fc.oneof(fc.constant(0), number),
})
const bytes = fc.uint8Array({ maxLength: 40 })

describe("what a record says of when it was written", () => {
  it("comes back as it was, and so does the record", () => {
    fc.assert(
      fc.property(stamp, bytes, (written, record) => {
        const back = unstamped(stamped(record, written), "key/1")
        expect(back.stamp).toEqual(written)
        expect(back.bytes).toEqual(record)
      }),
    )
  })

  it("stands in every record, but not in the lanes that it tells of, nor in the domain", () => {
    expect(isStamped(keyRecordKey("111122223333", "1"))).toBe(true)
    expect(isStamped(laneKey(3))).toBe(false)
    expect(isStamped(domainRecordKey)).toBe(false)
  })

  it("is taken in no form but the one in which it is written", () => {
    fc.assert(
      fc.property(bytes, (any) => {
        let back: ReturnType<typeof unstamped>
        try {
          back = unstamped(any, "key/1")
        } catch (error) {
          expect(error).toMatchObject({ name: "RecordError", record: "key/1" })
          return
        }
        expect(stamped(back.bytes, back.stamp)).toEqual(any)
      }),
    )
    for (const first of [0x20, 0x80, 0xff]) {
      const wrong = new Uint8Array(20).fill(1).with(0, first)
      expect(() => unstamped(wrong, "key/1")).toThrow("does not say when it was written")
    }
    expect(() => unstamped(new Uint8Array(13).with(0, 0x10), "key/1")).toThrow("does not say when")
    for (const length of [0, 1, 6]) {
      expect(() => unstamped(new Uint8Array(length), "key/1")).toThrow("does not say when")
    }
  })
})
