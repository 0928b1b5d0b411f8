import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseCertificate } from "../src/certificate.js"
import { parseDer } from "../src/der.js"
import { parseNitroDocument } from "../src/document.js"
import { nitroAttestations } from "../src/index.js"
import { type Cbor, cbor } from "./support/cbor.js"
import { concat, hex } from "./support/der.js"
import { makeWorld } from "./support/documents.js"
import { nowMs } from "./support/pki.js"

const isSlow = process.env.SLOW === "1"
const long = isSlow ? 3_600_000 : 300_000
const world = makeWorld()
const { verify } = world
const documents = [world.document(), world.document({ isOpenEnded: true, isTagged: true })]

const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = (copy[at] as number) ^ (1 << bit)
  return copy
}

describe("a document in which a bit is flipped", () => {
  it.each([0, 1])("is refused, wherever the bit is (%#)", { timeout: long }, async (which) => {
    const whole = documents[which] as Uint8Array
    expect(await verify(whole)).toBeDefined()
    const step = isSlow ? 1 : 29
    for (let at = 0; at < whole.length; at += step) {
      const bits = isSlow ? [0, 1, 2, 3, 4, 5, 6, 7] : [(at / step) % 8]
      for (const bit of bits) {
        const answer = await verify(flipped(whole, at, bit))
        if (answer !== undefined) expect.fail(`bit ${bit} of byte ${at} changes nothing`)
      }
    }
  })

  it("is refused in every bit of the head and of the end of the signature", async () => {
    const whole = documents[0] as Uint8Array
    const places = [...Array(24).keys(), ...[...Array(4).keys()].map((i) => whole.length - 1 - i)]
    for (const at of places) {
      for (let bit = 0; bit < 8; bit += 1) {
        expect(await verify(flipped(whole, at, bit))).toBeUndefined()
      }
    }
  })
})

describe("a document that is not whole", { timeout: long }, () => {
  it("is refused at every length, and with anything behind it", async () => {
    const whole = documents[0] as Uint8Array
    for (let length = 0; length < whole.length; length += 1) {
      expect(await verify(whole.subarray(0, length))).toBeUndefined()
    }
    for (const behind of [hex("00"), hex("f6"), hex("ff"), whole]) {
      expect(await verify(concat(whole, behind))).toBeUndefined()
    }
  })
})

describe("hostile CBOR", () => {
  const big = 262_144
  const attempts: readonly [string, Uint8Array][] = [
    ["lists in lists", new Uint8Array(big).fill(0x81)],
    ["maps in maps", new Uint8Array(big).fill(0xa1)],
    ["tags on tags", new Uint8Array(big).fill(0xd2)],
    ["open lists in open lists", new Uint8Array(big).fill(0x9f)],
    ["open maps in open maps", new Uint8Array(big).fill(0xbf)],
    ["ends", new Uint8Array(big).fill(0xff)],
    ["a list that claims four billion", concat(hex("9affffffff"), new Uint8Array(big - 5))],
    ["bytes that claim four billion", concat(hex("5affffffff"), new Uint8Array(big - 5))],
    ["text that claims 2^63", concat(hex("7b7fffffffffffffff"), new Uint8Array(big - 9))],
    ["a map that claims 2^64", concat(hex("bbffffffffffffffff"), new Uint8Array(big - 9))],
    ["many numbers", concat(hex("99ffff"), new Uint8Array(65_535))],
  ]

  it.each(attempts)("is refused at once: %s", async (_, bytes) => {
    expect(await verify(bytes)).toBeUndefined()
    expect(await verify(world.document({ payload: bytes.subarray(0, 200_000) }))).toBeUndefined()
    expect(parseNitroDocument(bytes)).toBeUndefined()
    expect(parseCertificate(bytes)).toBeUndefined()
  })

  it("beyond 262,144 bytes is refused without being read", async () => {
    expect(await verify(new Uint8Array(big + 1))).toBeUndefined()
    expect(await verify(world.document({ fields: { nonce: new Uint8Array(big) } }))).toBeUndefined()
  })

  it("does not reach a prototype", async () => {
    const fields = new Map<Cbor, Cbor>([...world.payload(), ["__proto__", new Map()]])
    expect(await verify(world.document({ payload: cbor(fields) }))).toBeUndefined()
  })
})

describe("whatever bytes come", { timeout: long }, () => {
  const runs = isSlow ? 100_000 : 1000
  const bytes = fc.uint8Array({ maxLength: 400 })

  it("none makes a parser throw", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        parseNitroDocument(input)
        parseCertificate(input)
        parseDer(input)
      }),
      { numRuns: 5 * runs },
    )
  })

  it("none verifies and none makes verify throw", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (input) => (await verify(input)) === undefined),
      { numRuns: runs },
    )
  })

  it("no document into which they are written verifies", async () => {
    const original = documents[0] as Uint8Array
    const splice = fc.record({
      at: fc.nat({ max: original.length }),
      dropped: fc.nat({ max: 8 }),
      inserted: fc.uint8Array({ maxLength: 8 }),
    })
    await fc.assert(
      fc.asyncProperty(splice, async ({ at, dropped, inserted }) => {
        const rest = original.subarray(at + dropped)
        const made = concat(original.subarray(0, at), inserted, rest)
        fc.pre(Buffer.compare(made, original) !== 0)
        return (await verify(made)) === undefined
      }),
      { numRuns: isSlow ? 20_000 : 300 },
    )
  })

  it("no certificate into which they are written makes a parser throw", () => {
    const { certificate } = world.pki
    const edit = fc.tuple(fc.nat({ max: certificate.length - 1 }), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const copy = certificate.slice()
        for (const [at, byte] of edits) copy[at] = byte
        parseCertificate(copy)
      }),
      { numRuns: 2 * runs },
    )
  })

  it("signed by the right key, they still have to be a document", async () => {
    const attestations = nitroAttestations({ roots: [world.pki.root] })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (payload) => {
        const made = world.document({ payload })
        return (await attestations.verify(made, nowMs)) === undefined
      }),
      { numRuns: 200 },
    )
  })
})
