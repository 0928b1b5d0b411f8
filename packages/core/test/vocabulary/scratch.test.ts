import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { scratchBytes, scratchCopy } from "../../src/vocabulary/scratch.js"
import { openWorld, type World } from "../support/world.js"

interface Span {
  readonly buffer: ArrayBufferLike
  readonly start: number
  readonly end: number
}

const spanOf = (bytes: Uint8Array): Span => ({
  buffer: bytes.buffer,
  start: bytes.byteOffset,
  end: bytes.byteOffset + bytes.length,
})

const overlap = (a: Span, b: Span): boolean =>
  a.buffer === b.buffer && a.start < b.end && b.start < a.end

describe("bytes for one call", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 40 })

  it("are zeros, of the length that was asked for, aligned for wider numbers", () => {
    fc.assert(
      fc.property(lengths, (asked) => {
        for (const lengthBytes of asked) {
          const bytes = scratchBytes(lengthBytes)
          expect(bytes.length).toBe(lengthBytes)
          expect(bytes.byteOffset % 8).toBe(0)
          expect(bytes.every((byte) => byte === 0)).toBe(true)
          bytes.fill(0xff)
        }
      }),
    )
  })

  it("are given out once", () => {
    fc.assert(
      fc.property(lengths, (asked) => {
        const spans = asked.map((lengthBytes) => spanOf(scratchBytes(lengthBytes)))
        for (const [i, span] of spans.entries()) {
          for (const earlier of spans.slice(0, i)) expect(overlap(span, earlier)).toBe(false)
        }
      }),
    )
  })

  it("of a copy do not change with what was copied", () => {
    const source = new Uint8Array(300).fill(7)
    const copy = scratchCopy(source)
    source.fill(0)
    expect(copy).toEqual(new Uint8Array(300).fill(7))
  })
})

describe("bytes that a caller gets", () => {
  let world: World
  let KeyId: string
  let mac: string
  beforeAll(async () => {
    world = await openWorld()
    KeyId = await world.newKey()
    mac = await world.newKey({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" })
  })

  const ownBytes = (reply: object): readonly Uint8Array[] =>
    Object.values(reply).filter((value) => value instanceof Uint8Array)

  it("are no piece of a buffer in which those of other calls are", async () => {
    const { root } = world
    const Plaintext = new Uint8Array(4000)
    const EncryptionContext = { department: "with a name that takes more than a few bytes" }
    const encrypted = await root.encrypt({ KeyId, Plaintext, EncryptionContext })
    const { CiphertextBlob } = encrypted
    const replies = [
      encrypted,
      await root.decrypt({ CiphertextBlob, EncryptionContext }),
      await root.reEncrypt({
        CiphertextBlob,
        SourceEncryptionContext: EncryptionContext,
        DestinationKeyId: KeyId,
      }),
      await root.generateDataKey({ KeyId, NumberOfBytes: 1024 }),
      await root.generateDataKeyPair({ KeyId, KeyPairSpec: "ECC_NIST_P256" }),
      await root.generateRandom({ NumberOfBytes: 1024 }),
      await root.generateMac({ KeyId: mac, Message: Plaintext, MacAlgorithm: "HMAC_SHA_256" }),
    ]
    const made = replies.flatMap(ownBytes)
    expect(made.length).toBe(10)
    for (const bytes of made) expect(bytes.buffer.byteLength).toBe(bytes.length)
  })
})
