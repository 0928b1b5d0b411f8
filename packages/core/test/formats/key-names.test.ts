import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { keyNameFormat } from "../../src/formats/stored/key-name-record.js"
import { RecordError } from "../../src/formats/stored/record-format.js"
import { account, unknownKeyId } from "../support/accounts.js"
import { textBytes } from "../support/records.js"

const name = { account, keyId: unknownKeyId }
const key = `listed/${account}/${unknownKeyId}`

describe("the name of a key, as a list of keys reads it", () => {
  it("comes back as it was", () => {
    expect(keyNameFormat.decode(keyNameFormat.encode(name), key)).toEqual(name)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8.64e15 }), (deletionMs) => {
        const waiting = { ...name, deletionMs }
        expect(keyNameFormat.keyOf(waiting)).toBe(key)
        expect(keyNameFormat.decode(keyNameFormat.encode(waiting), key)).toEqual(waiting)
      }),
    )
  })

  it("reads only what it writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 18 }), (bytes) => {
        let read: ReturnType<typeof keyNameFormat.decode>
        try {
          read = keyNameFormat.decode(bytes, key)
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError)
          return
        }
        expect(keyNameFormat.encode(read)).toEqual(bytes)
      }),
    )
  })

  it.each(["01", "1e3", "-1", " 1", "99999999999999999"])("is refused as %j", (text) => {
    expect(() => keyNameFormat.decode(textBytes(text), key)).toThrow(RecordError)
  })

  it("is refused however long it is", () => {
    expect(() => keyNameFormat.decode(new Uint8Array(1_000_000), key)).toThrow(RecordError)
  })

  it.each([
    `lister/${account}/${unknownKeyId}`,
    `listed/${account}-${unknownKeyId}`,
    `listed/x${account}/${unknownKeyId}`,
    `${key}/`,
    `key/${account}/${unknownKeyId}`,
    `listed/12/${unknownKeyId}`,
    "listed/",
  ])("is refused under %s", (other) => {
    expect(() => keyNameFormat.decode(new Uint8Array(), other)).toThrow(RecordError)
  })
})
