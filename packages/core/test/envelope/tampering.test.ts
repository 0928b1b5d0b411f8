import { describe, expect, it } from "vitest"
import {
  type Envelope,
  type KeySource,
  nobleCipher,
  type SuiteName,
} from "../../src/envelope/index.js"
import { frameHead, ivOf, partAad } from "../../src/envelope/message/body.js"
import { deriveKeys } from "../../src/envelope/message/derive-keys.js"
import {
  encodeHeader,
  encodeHeaderBody,
  type HeaderFields,
  parseWholeHeader,
} from "../../src/envelope/message/header.js"
import {
  bytesOf,
  collect,
  cut,
  envelopeFor,
  envelopeOf,
  joined,
  refusal,
  signed,
  uncommitted,
  unsigned,
} from "./support/envelopes.js"

const context = { tenant: "42" }
const plaintext = bytesOf(40)
const limits = { headerBytesMax: 65_536, encryptedDataKeysMax: 10 }
const suites = [unsigned, signed, uncommitted] as const

/** What a changed message may be refused for: never for nothing. */
const anyReason = refusal(
  "malformed",
  "unsupported",
  "commitment",
  "authentication",
  "context",
  "limit",
  "keys",
)

/** Header, frames of 16 bytes, the final one of 8, and the footer. */
async function partsOf(suite: SuiteName) {
  const envelope = envelopeFor(suite)
  const { message } = await envelope.encrypt(plaintext, { context })
  const { lengthBytes } = parseWholeHeader(message, limits)
  const frame = (index: number) => lengthBytes + index * 48
  return {
    envelope,
    message,
    header: message.slice(0, lengthBytes),
    first: message.slice(frame(0), frame(1)),
    second: message.slice(frame(1), frame(2)),
    final: message.slice(frame(2), frame(2) + 48),
    footer: message.slice(frame(2) + 48),
  }
}

/** Whether what has left before the refusal is the beginning of the plaintext, frame by frame. */
async function expectRefused(envelope: Envelope, message: Uint8Array, reason = anyReason) {
  await expect(envelope.decrypt(message, { expectContext: context })).rejects.toEqual(reason)
  const left: Uint8Array[] = []
  const streaming = (async () => {
    const options = { expectContext: context, signedPlaintext: "early" } as const
    for await (const part of envelope.decryptChunks(cut(message, 50), options)) left.push(part)
  })()
  await expect(streaming).rejects.toEqual(reason)
  expect(plaintext.subarray(0, joined(left).length)).toEqual(joined(left))
}

describe.each(suites)("a message of %s", (suite) => {
  it("is refused when any bit of it is flipped", async () => {
    const { envelope, message } = await partsOf(suite)
    // Signatures are dear to verify, so every bit of the rest and some of those.
    for (let bit = 0; bit < message.length * 8; bit += suite === signed ? 13 : 1) {
      const changed = message.slice()
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      await expect(envelope.decrypt(changed, { expectContext: context })).rejects.toEqual(anyReason)
    }
  })

  it("is refused when it is cut anywhere, or goes on", async () => {
    const { envelope, message } = await partsOf(suite)
    for (let length = 0; length < message.length; length += 1) {
      await expectRefused(envelope, message.subarray(0, length))
    }
    await expectRefused(envelope, joined([message, Uint8Array.of(0)]), refusal("malformed"))
    await expectRefused(envelope, joined([message, message]), refusal("malformed"))
  })

  it("is refused when its frames are moved, repeated or left out", async () => {
    const { envelope, header, first, second, final, footer } = await partsOf(suite)
    const arrangements: Uint8Array[][] = [
      [second, first, final],
      [first, first, second, final],
      [first, second, second, final],
      [second, final],
      [first, final],
      [final],
      [first, second],
      [first, second, final, final],
      [final, first, second],
    ]
    for (const frames of arrangements) {
      await expectRefused(envelope, joined([header, ...frames, footer]))
    }
  })

  it("is refused with the header, a frame or the footer of another", async () => {
    const ours = await partsOf(suite)
    const { header, first, second, final, footer } = await partsOf(suite)
    const { envelope } = ours
    await expectRefused(
      envelope,
      joined([header, ours.first, ours.second, ours.final, ours.footer]),
    )
    await expectRefused(envelope, joined([ours.header, first, second, final, footer]))
    await expectRefused(
      envelope,
      joined([ours.header, ours.first, second, ours.final, ours.footer]),
    )
    if (footer.length === 0) return
    const frames = [ours.header, ours.first, ours.second, ours.final]
    await expectRefused(envelope, joined([...frames, footer]))
    await expectRefused(envelope, joined(frames), refusal("malformed"))
    await expectRefused(envelope, joined([...frames, Uint8Array.of(0, 0)]))
    await expectRefused(envelope, joined([...frames, Uint8Array.of(0xff, 0xff)]))
  })
})

describe("the signature of a message", () => {
  it("that is not genuine lets nothing leave", async () => {
    const { envelope, message, footer } = await partsOf(signed)
    const changed = message.slice()
    const at = message.length - footer.length + 20
    changed[at] = (changed[at] as number) ^ 1
    const left: Uint8Array[] = []
    const reading = (async () => {
      const options = { expectContext: context }
      for await (const part of envelope.decryptChunks(cut(changed, 10), options)) left.push(part)
    })()
    await expect(reading).rejects.toEqual(refusal("authentication"))
    expect(left).toEqual([])
  })

  it.each(["early", "held"] as const)("%s: the end waits for it", async (signedPlaintext) => {
    const { envelope, message } = await partsOf(signed)
    const left: Uint8Array[] = []
    let seen = 0
    function* source() {
      yield message.subarray(0, -1)
      seen = joined(left).length
      yield message.subarray(-1)
    }
    const options = { expectContext: context, signedPlaintext }
    for await (const part of envelope.decryptChunks(source(), options)) left.push(part)
    expect(seen).toBe(signedPlaintext === "early" ? 32 : 0)
    expect(joined(left)).toEqual(plaintext)
  })

  it("may be refused before anything is asked", async () => {
    const { envelope, message } = await partsOf(signed)
    const refuses = envelope.decryptChunks([message], { signedPlaintext: "refused" })
    await expect(collect(refuses)).rejects.toEqual(refusal("unsupported"))
    const { message: other } = await envelopeOf().encrypt(plaintext)
    const opens = envelopeOf().decryptChunks([other], { signedPlaintext: "refused" })
    expect(await collect(opens)).toEqual(plaintext)
  })

  it("makes plaintext wait up to a limit", async () => {
    const { message } = await envelopeFor(signed).encrypt(bytesOf(1000))
    const strict = envelopeFor(signed, { heldBytesMax: 999 })
    await expect(collect(strict.decryptChunks([message]))).rejects.toEqual(refusal("limit"))
    const early = strict.decryptChunks([message], { signedPlaintext: "early" })
    expect(await collect(early)).toEqual(bytesOf(1000))
    expect((await strict.decrypt(message)).plaintext).toEqual(bytesOf(1000))
  })
})

/** A key source whose last data key everybody knows. */
function openKeys() {
  let known = new Uint8Array(0)
  const keys: KeySource = {
    async wrap({ suite, terms, entropy }) {
      const dataKey = entropy(new Uint8Array(suite.keyBytes))
      known = dataKey.slice()
      const ciphertext = new Uint8Array(1)
      const encryptedDataKeys = [{ providerId: "none", providerInfo: ciphertext, ciphertext }]
      return { dataKey, encryptedDataKeys, terms: terms() }
    },
    unwrap: async () => known.slice(),
  }
  return { keys, dataKey: () => known }
}

/** What the holder of a data key can make: headers and frames that are genuine under it. */
async function forge(suite: SuiteName) {
  const { keys, dataKey } = openKeys()
  const envelope = envelopeFor(suite, { keys })
  const { message } = await envelope.encrypt(plaintext)
  const parsed = parseWholeHeader(message, limits)
  const cipher = nobleCipher()
  const { contentKey } = deriveKeys(cipher, parsed.suite, parsed.messageId, dataKey())
  const key = await cipher.key(contentKey)
  const none = new Uint8Array(0)
  const headerOf = async (changes: Partial<HeaderFields>) => {
    const body = encodeHeaderBody({ ...parsed, ...changes })
    return encodeHeader(
      parsed,
      body,
      parsed.iv,
      joined([...(await key.seal(parsed.iv, body, none))]),
    )
  }
  const finalFrame = async (content: Uint8Array) => {
    const aad = partAad(parsed.messageId, "finalFrame", 1, content.length)
    const sealed = await key.seal(ivOf(1), aad, content)
    return joined([frameHead("finalFrame", 1, content.length), ...sealed])
  }
  const rest = message.subarray(parsed.lengthBytes)
  expect(joined([await headerOf({}), rest])).toEqual(message)
  return { envelope, parsed, rest, headerOf, finalFrame }
}

describe("who holds the data key of a message", () => {
  it.each([unsigned, signed])("cannot give %s another commitment", async (suite) => {
    const { envelope, parsed, rest, headerOf } = await forge(suite)
    const commitment = parsed.commitment.slice()
    commitment[31] = (commitment[31] as number) ^ 1
    const changed = joined([await headerOf({ commitment }), rest])
    await expect(envelope.decrypt(changed)).rejects.toEqual(refusal("commitment"))
  })

  it("cannot make a final frame that is longer than a frame", async () => {
    const { envelope, headerOf, finalFrame } = await forge(unsigned)
    const full = joined([await headerOf({}), await finalFrame(bytesOf(16))])
    expect((await envelope.decrypt(full)).plaintext).toEqual(bytesOf(16))
    const longer = joined([await headerOf({}), await finalFrame(bytesOf(17))])
    await expect(envelope.decrypt(longer)).rejects.toEqual(refusal("malformed"))
  })

  it("cannot add a verification key, take it away, or put another there", async () => {
    const name = "aws-crypto-public-key"
    const point = "AzpF0pT4pUPbGPlV1p7iXkJmGDVaLRhQHHBmtxiGEP/E8pX0kTN8Q8gHKuNNhbmwVQ=="
    const none = await forge(unsigned)
    const added = joined([await none.headerOf({ storedContext: { [name]: point } }), none.rest])
    await expect(none.envelope.decrypt(added)).rejects.toEqual(refusal("malformed"))
    const one = await forge(signed)
    const without = joined([await one.headerOf({ storedContext: {} }), one.rest])
    await expect(one.envelope.decrypt(without)).rejects.toEqual(refusal("malformed"))
    for (const wrong of ["", "AA==", "no Base64", point.slice(4)]) {
      const storedContext = { [name]: wrong }
      const changed = joined([await one.headerOf({ storedContext }), one.rest])
      await expect(one.envelope.decrypt(changed)).rejects.toEqual(refusal("malformed"))
    }
    const storedContext = (await forge(signed)).parsed.storedContext
    const another = joined([await one.headerOf({ storedContext }), one.rest])
    await expect(one.envelope.decrypt(another)).rejects.toEqual(refusal("authentication"))
  })
})
