import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { replyFormat, requestFormat } from "../../src/formats/regions/region-bodies.js"
import {
  encodeMessageBody,
  encodeRegionMessage,
  parseRegionMessage,
  regionMessageBytesMax,
} from "../../src/formats/regions/region-message.js"
import {
  encodeOffer,
  encodeTransfer,
  parseOffer,
  parseTransfer,
} from "../../src/formats/regions/region-transfer.js"
import { concatBytes, hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { hex, publishedVectors } from "./vectors.js"

interface RegionVector {
  source: string
  target: string
  binding: Record<string, string>
  offer: string
  transfer: string
  several: { transfer: string }
  message: { kind: "reply"; from: string; to: string; id: string; body: string; bytes: string }
}
const [vector] = publishedVectors<RegionVector>("regions") as [RegionVector]

const formats = [
  ["an offer", hex(vector.offer), parseOffer, encodeOffer],
  ["a transfer", hex(vector.transfer), parseTransfer, encodeTransfer],
  ["a transfer of several", hex(vector.several.transfer), parseTransfer, encodeTransfer],
  [
    "a message",
    hex(vector.message.bytes),
    parseRegionMessage,
    (message: { signedBytes: Uint8Array; signature: Uint8Array }) =>
      encodeRegionMessage(message.signedBytes, message.signature),
  ],
] as const

describe.each(formats)("%s between regions", (_, published, parse, encode) => {
  const again = (bytes: Uint8Array): Uint8Array | undefined => {
    const value = parse(bytes)
    return value === undefined ? undefined : (encode as (value: unknown) => Uint8Array)(value)
  }

  it("is read and written as published", () => {
    expect(hexOf(again(published) ?? new Uint8Array())).toBe(hexOf(published))
  })

  it("is refused at every other length", () => {
    for (let length = 0; length < published.length; length += 1) {
      expect(parse(published.subarray(0, length))).toBeUndefined()
    }
    expect(parse(concatBytes(published, Uint8Array.of(0)))).toBeUndefined()
  })

  it("is read from no bytes that it would not write", () => {
    const bits = fc.array(fc.nat(published.length * 8 - 1), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(bits, (flipped) => {
        const bytes = published.slice()
        for (const bit of flipped) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const written = again(bytes)
        if (written !== undefined) expect(hexOf(written)).toBe(hexOf(bytes))
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
        for (const bytes of [tail, concatBytes(published.subarray(0, 4), tail)]) {
          const written = again(bytes)
          if (written !== undefined) expect(hexOf(written)).toBe(hexOf(bytes))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe("a message between regions", () => {
  it("is made of its parts as published", () => {
    const { kind, from, to, id, body, bytes } = vector.message
    const parsed = parseRegionMessage(hex(bytes))
    expect(parsed).toMatchObject({ kind, from, to, id: hex(id), body: hex(body) })
    const signed = encodeMessageBody({ kind, from, to, id: hex(id), body: hex(body) })
    expect(hexOf(signed)).toBe(hexOf(parsed?.signedBytes ?? new Uint8Array()))
    expect(replyFormat.parse(hex(body))).toEqual({ kind: "noted" })
  })

  it("has a largest size", () => {
    const parts = {
      kind: "request",
      from: "us-east-1",
      to: "eu-west-1",
      id: new Uint8Array(16),
    } as const
    const signature = new Uint8Array(64)
    const ofSize = (size: number) =>
      encodeRegionMessage(encodeMessageBody({ ...parts, body: new Uint8Array(size) }), signature)
    const overhead = ofSize(0).length
    expect(parseRegionMessage(ofSize(regionMessageBytesMax - overhead))).toBeDefined()
    expect(() => ofSize(regionMessageBytesMax - overhead + 1)).toThrow(RangeError)
    expect(parseRegionMessage(new Uint8Array(regionMessageBytesMax + 1))).toBeUndefined()
  })
})

describe("the body of a message", () => {
  const name = { account: "111122223333", keyId: `mrk-${"1a".repeat(16)}` }
  const gone = { ...name, kind: "gone", replica: { deletedMs: 4, since: 3 } }

  it("is written in one way, and read in that way only", () => {
    const text = JSON.stringify(gone)
    expect(requestFormat.parse(utf8(text))).toEqual(gone)
    const others = [
      JSON.stringify(gone, undefined, 1),
      `${text} `,
      JSON.stringify(Object.fromEntries(Object.entries(gone).toReversed())),
      text.replace("3}", "3.0}"),
      text.replace("}}", ',"more":1}}'),
      text.replace("}}", '},"more":1}'),
      text.replace("{", '{"account":"111122223333",'),
      text.replace("gone", "g\\u006fne"),
    ]
    for (const other of others) expect(requestFormat.parse(utf8(other))).toBeUndefined()
  })

  it.each([
    { ...gone, account: "1" },
    { ...gone, keyId: "1234abcd-12ab-34cd-56ef-1234567890ab" },
    { ...gone, replica: { deletedMs: 4, since: -1 } },
    { ...gone, replica: { deletedMs: "4", since: 3 } },
    { ...gone, replica: { since: 3 } },
    { ...gone, kind: "noted" },
    { ...gone, kind: "__proto__" },
    [],
    "gone",
    null,
  ])("has the members of its kind, and sense: %j is refused", (body) => {
    const text = JSON.stringify(body)
    expect(requestFormat.parse(utf8(text))).toBeUndefined()
  })

  it("answers for every input", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.json(), (bytes, json) => {
        for (const input of [bytes, utf8(json)]) {
          expect(requestFormat.parse(input)).toBeUndefined()
          expect(replyFormat.parse(input)).toBeUndefined()
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe("who asks, as a region tells another one", () => {
  const consult = (requester: object, conditionKeys: object = {}) => ({
    kind: "consult" as const,
    account: "111122223333",
    keyId: `mrk-${"0".repeat(32)}`,
    operation: "UpdatePrimaryRegion",
    input: { PrimaryRegion: "eu-west-1", Count: 3, DryRun: true },
    requester: {
      type: "user",
      arn: "arn:aws:iam::111122223333:user/ann",
      account: "111122223333",
      identityArns: ["arn:aws:iam::111122223333:user/ann"],
      context: { sourceIp: "203.0.113.9", secureTransport: true, conditionKeys },
      ...requester,
    },
  })
  const read = (request: object) => requestFormat.parse(requestFormat.encode(request as never))

  it.each(["user", "role-session", "federated-user", "root", "service"])(
    "arrives as it was: %s",
    (type) => {
      const request = consult({ type })
      expect(read(request)).toEqual(request)
    },
  )

  it.each([["text"], [7], [false], [["a", "b"]], [[1, true]], [[]]])(
    "has condition keys of every form: %j",
    (value) => {
      const request = consult({}, { "aws:PrincipalTag/team": value })
      expect(read(request)).toEqual(request)
    },
  )

  it("is of no other type, and has no keys of other forms", () => {
    for (const type of ["", "role", "anonymous", undefined]) {
      expect(read(consult({ type }))).toBeUndefined()
    }
    for (const value of [null, {}, [null], [["a"]], [{}]]) {
      expect(read(consult({}, { key: value }))).toBeUndefined()
    }
    expect(read(consult({ account: "1111" }))).toBeUndefined()
    expect(read({ ...consult({}), input: { PrimaryRegion: ["eu-west-1"] } })).toBeUndefined()
  })
})
