import {
  encryptionAlgorithms,
  keySpecs,
  keyUsages,
  macAlgorithms,
  messageTypes,
  origins,
  signingAlgorithms,
} from "@keywright/core/hsm"
import fc, { type Arbitrary } from "fast-check"
import { describe, expect, it } from "vitest"
import { createMemory } from "../../src/isolated/wire/bound-tokens.js"
import {
  assertOver,
  createWriter,
  type Memory,
  type Reader,
  takeWritten,
  WireError,
} from "../../src/isolated/wire/buffers.js"
import type { Codec } from "../../src/isolated/wire/codecs.js"
import { createFrameReader, writeFrame } from "../../src/isolated/wire/frames.js"
import { type MethodName, methodNames, methodTable } from "../../src/isolated/wire/methods.js"
import { fullPlan, planCodec } from "../../src/isolated/wire/plan.js"

function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = createWriter()
  codec.write(writer, value)
  return takeWritten(writer)
}

function decode<T>(codec: Codec<T>, bytes: Uint8Array, memory?: Memory): T {
  const reader: Reader = { bytes, at: 0, end: bytes.length, views: false, memory }
  const value = codec.read(reader)
  assertOver(reader)
  return value
}

const bytes = fc.uint8Array({ maxLength: 70 })
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: "grapheme", maxLength: 9 }))
const maybe = <T>(one: Arbitrary<T>) => fc.option(one, { nil: undefined })

const binding = fc.record({
  partition: text,
  account: text,
  keyId: text,
  keyMaterialId: text,
  keySpec: fc.constantFrom(...keySpecs),
  keyUsage: fc.constantFrom(...keyUsages),
  origin: fc.constantFrom(...origins),
  keyStoreId: maybe(text),
  xksKeyId: maybe(text),
})
const bound = { token: bytes, binding }
const peer = fc.record({ name: text, endorsement: bytes })

/** Arguments of the methods in which every kind of value is met. */
const argumentsOf: Partial<Record<MethodName, Arbitrary<readonly unknown[]>>> = {
  openDomain: fc.tuple(text, bytes),
  resealDomain: fc.tuple(text, bytes, fc.constantFrom("kept", "retired")),
  retireDomainKeys: fc.tuple(text, bytes, fc.array(text)),
  generateRandom: fc.tuple(fc.double({ noNaN: true })),
  domainKeys: fc.constant([]),
  encrypt: fc.tuple(
    fc.oneof(
      fc.record({ ...bound, aad: bytes, plaintext: bytes }),
      fc.record({
        ...bound,
        algorithm: fc.constantFrom(
          ...encryptionAlgorithms.filter((one) => one !== "SYMMETRIC_DEFAULT"),
        ),
        plaintext: bytes,
      }),
    ),
  ),
  verify: fc.tuple(
    fc.record({
      ...bound,
      algorithm: fc.constantFrom(...signingAlgorithms),
      messageType: fc.constantFrom(...messageTypes),
      message: bytes,
      signature: bytes,
    }),
  ),
  verifyMac: fc.tuple(
    fc.record({
      ...bound,
      algorithm: fc.constantFrom(...macAlgorithms),
      message: bytes,
      mac: bytes,
    }),
  ),
  openRecords: fc.tuple(fc.array(fc.record({ place: text, bytes }))),
  rewrapReplication: fc.tuple(
    fc.oneof(
      fc.record({ kind: fc.constant("replication key"), token: bytes }),
      fc.record({ kind: fc.constant("endorsement"), token: bytes, name: text }),
      fc.record({ kind: fc.constant("offer"), token: bytes, offer: bytes }),
    ),
  ),
  unwrapFromRegion: fc.tuple(
    fc.record({
      source: peer,
      offer: bytes,
      offerToken: bytes,
      transfer: bytes,
      bindings: fc.array(binding),
    }),
  ),
}

const rows = Object.entries(argumentsOf).map(([name, values]) => ({
  name,
  codec: methodTable[name as MethodName].args as unknown as Codec<readonly unknown[]>,
  values,
}))

describe("what travels to an HSM and back", () => {
  it.each(rows)("comes out as it went in: $name", ({ codec, values }) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(codec, encode(codec, value))).toEqual(value)
      }),
    )
  })

  it.each(rows)("has one form, and all else is refused by name: $name", ({ codec, values }) => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, change) => {
        const genuine = encode(codec, value)
        const flipped = genuine.slice()
        const at = place % Math.max(1, genuine.length)
        if (genuine.length > 0) flipped[at] = (flipped[at] as number) ^ change
        const cut = genuine.slice(0, at)
        for (const wrong of [flipped, cut, Uint8Array.of(...genuine, 0)]) {
          let read: readonly unknown[]
          try {
            read = decode(codec, wrong)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
            continue
          }
          expect(encode(codec, read)).toEqual(wrong)
        }
      }),
    )
  })

  it("answers, too, are nothing but of their shape", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...methodNames),
        fc.uint8Array({ maxLength: 40 }),
        (name, noise) => {
          const codec = methodTable[name].result as Codec<unknown>
          let read: unknown
          try {
            read = decode(codec, noise)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
            return
          }
          expect(encode(codec, read)).toEqual(noise)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it("is the same to a reader that remembers tokens, whatever came before", () => {
    const codec = methodTable.rewrap.args
    // Few of each: the same ones come again, and others at the same place of the memory.
    const small = fc.record({
      token: fc.uint8Array({ maxLength: 2, max: 1 }),
      binding: fc.record({
        ...Object.fromEntries(
          ["partition", "account", "keyId", "keyMaterialId"].map((name) => [
            name,
            fc.constantFrom("", "a"),
          ]),
        ),
        keySpec: fc.constantFrom(keySpecs[0], keySpecs[1]),
        keyUsage: fc.constant(keyUsages[0]),
        origin: fc.constant(origins[0]),
        keyStoreId: fc.constant(undefined),
        xksKeyId: fc.constantFrom("", undefined),
      }),
    })
    fc.assert(
      fc.property(fc.array(small, { maxLength: 40 }), (values) => {
        const memory = createMemory()
        for (const value of values) {
          const sent = encode(codec, [value as never])
          expect(decode(codec, sent, memory)).toEqual([value])
          sent.fill(0)
        }
      }),
    )
  })

  it("is one token and one binding to it, as long as the same bytes come", () => {
    const [value] = fc.sample(fc.record(bound), 1)
    const codec = methodTable.publicKey.args
    const memory = createMemory()
    const read = () => decode(codec, encode(codec, [value as never]), memory)[0]
    const [one, again] = [read(), read()]
    expect(again.token).toBe(one.token)
    expect(again.binding).toBe(one.binding)
    expect(again).not.toBe(one)
  })

  it("is refused, with a memory too, when a token is longer than its message", () => {
    const codec = methodTable.publicKey.args
    for (const length of [1, 300, 2 ** 31, 2 ** 32 - 1]) {
      const sent = new Uint8Array(8)
      new DataView(sent.buffer).setUint32(0, length)
      expect(() => decode(codec, sent, createMemory())).toThrow(WireError)
    }
  })

  it("leaves nothing behind once its frames are wiped by whoever takes them", () => {
    const sent = createWriter()
    const head = { kind: "call", callId: 7 } as const
    for (let i = 0; i < 3; i += 1) {
      writeFrame(sent, head, (to) =>
        methodTable.isCurrent.args.write(to, [new Uint8Array(9).fill(5)]),
      )
    }
    const whole = takeWritten(sent)
    const chunks = fc.nat(whole.length - 1)
    fc.assert(
      fc.property(chunks, chunks, (one, other) => {
        const at = [0, Math.min(one, other), Math.max(one, other), whole.length]
        const pieces = at.slice(1).map((end, i) => whole.slice(at[i], end))
        const taken: number[][] = []
        const reader = createFrameReader((_, { bytes, at, end }) => {
          taken.push([...bytes.subarray(at, end)])
          bytes.fill(0, at, end)
        }, "taker")
        for (const piece of pieces) reader.push(piece)
        expect(taken).toEqual(Array(3).fill([0, 0, 0, 9, ...Array(9).fill(5)]))
        expect(pieces.some((piece) => piece.includes(5))).toBe(false)
      }),
    )
  })

  it("is never a text that stands for another", () => {
    const codec = methodTable.createDomain.args
    expect(() => encode(codec, ["\ud800"])).toThrow(TypeError)
    expect(() => encode(codec, [7 as never])).toThrow(TypeError)
  })

  it("a data key is wiped where it was once it is on its way", () => {
    const plaintext = new Uint8Array(32).fill(5)
    const ciphertext = new Uint8Array(8).fill(6)
    encode(methodTable.generateDataKey.result, { plaintext, ciphertext })
    expect([plaintext.every((byte) => byte === 0), ciphertext[0]]).toEqual([true, 6])
  })

  it("a plan comes out with all that it says", () => {
    const plans = [
      { suite: "noble", seal: { passphrase: "zwölf Boxkämpfer" } },
      {
        suite: "openssl",
        seal: { rootKeyFile: "/run/key" },
        formerSeals: [{ rootKey: new Uint8Array(32).fill(3) }],
        keepOpen: { ms: 5, keysMax: 9 },
      },
      { module: "file:///hsm.js", setup: Uint8Array.of(1) },
      { setup: Uint8Array.of(2, 3) },
    ] as const
    for (const plan of plans.map(fullPlan)) {
      expect(decode(planCodec, encode(planCodec, plan))).toEqual(plan)
    }
  })
})
