import { createCipheriv } from "node:crypto"
import { describe, expect, it } from "vitest"
import { type KeySource, nobleCipher, type SuiteName } from "../../src/envelope/index.js"
import { deriveKeys } from "../../src/envelope/message/derive-keys.js"
import { encodeHeader, encodeHeaderBody } from "../../src/envelope/message/header.js"
import { suiteNamed } from "../../src/envelope/message/suites.js"
import {
  bytesOf,
  collect,
  cut,
  envelopeFor,
  isCommitting,
  joined,
  rawKeys,
  refusal,
  uncommitted,
  unsigned,
} from "./support/envelopes.js"

/*
 * Older libraries write bodies that are not framed, and Keywright only reads them: so these are
 * made here with the cryptography of Node, as data-format/message-body.md says.
 */

const dataKey = bytesOf(32)
const context = { tenant: "42" }
const one = { providerId: "known", providerInfo: bytesOf(1), ciphertext: bytesOf(2) }

/** Everybody knows its data key. */
const keys: KeySource = {
  wrap: async ({ terms }) => ({
    dataKey: dataKey.slice(),
    encryptedDataKeys: [one],
    terms: terms(),
  }),
  unwrap: async () => dataKey.slice(),
}

function sealed(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) {
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(aad)
  return joined([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

const uint64 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

function unframed(name: SuiteName, plaintext: Uint8Array): Uint8Array {
  const suite = suiteNamed(name)
  const messageId = bytesOf(isCommitting(name) ? 32 : 16)
  const { contentKey, commitment } = deriveKeys(nobleCipher(), suite, messageId, dataKey)
  const fields = {
    suite,
    messageId,
    storedContext: context,
    encryptedDataKeys: [one],
    frameBytes: undefined,
    commitment,
  }
  const body = encodeHeaderBody(fields)
  const [headerIv, iv] = [new Uint8Array(12), bytesOf(12).fill(1)]
  const tag = sealed(contentKey, headerIv, body, new Uint8Array(0))
  const length = uint64(plaintext.length)
  const aad = [messageId, Buffer.from("AWSKMSEncryptionClient Single Block")]
  const content = sealed(
    contentKey,
    iv,
    joined([...aad, Uint8Array.of(0, 0, 0, 1), length]),
    plaintext,
  )
  return joined([encodeHeader(fields, body, headerIv, tag), iv, length, content])
}

describe.each([uncommitted, unsigned])("a message of %s without frames", (suite) => {
  const envelope = envelopeFor(suite, { keys })
  const expecting = { expectContext: context }

  it.each([0, 1, 5000])("of %i bytes opens, whole and as it comes", async (size) => {
    const message = unframed(suite, bytesOf(size))
    const { plaintext, header } = await envelope.decrypt(message, expecting)
    expect(plaintext).toEqual(bytesOf(size))
    expect(header).toMatchObject({ suite, context, frameBytes: undefined })
    for (const length of [1, 100, 10_000]) {
      const chunks = envelope.decryptChunks(cut(message, length), expecting)
      expect(await collect(chunks)).toEqual(bytesOf(size))
    }
  })

  it("does not open when it was changed, cut or goes on", async () => {
    const message = unframed(suite, bytesOf(5))
    const reasons = refusal("malformed", "authentication", "limit")
    for (let at = message.length - 41; at < message.length; at += 1) {
      const changed = message.with(at, (message[at] ?? 0) ^ 1)
      await expect(envelope.decrypt(changed, expecting)).rejects.toEqual(reasons)
      const short = message.subarray(0, at)
      await expect(envelope.decrypt(short, expecting)).rejects.toEqual(refusal("malformed"))
    }
    const longer = joined([message, Uint8Array.of(0)])
    await expect(envelope.decrypt(longer, expecting)).rejects.toEqual(refusal("malformed"))
  })

  it("is held by a stream as a whole, up to the limit", async () => {
    const message = unframed(suite, bytesOf(100))
    const just = envelopeFor(suite, { keys, heldBytesMax: 100 })
    expect(await collect(just.decryptChunks([message], expecting))).toEqual(bytesOf(100))
    const less = envelopeFor(suite, { keys, heldBytesMax: 99 })
    await expect(collect(less.decryptChunks([message], expecting))).rejects.toEqual(
      refusal("limit"),
    )
  })

  it("has no parts to be read one by one", async () => {
    const open = envelope.open(unframed(suite, bytesOf(5)), expecting)
    await expect(open.read(0, 1)).rejects.toEqual(refusal("unsupported"))
  })

  it("goes under other keys, its body kept where that is safe", async () => {
    const message = unframed(suite, bytesOf(40))
    const to = rawKeys(2)
    const again = await envelope.rewrap(message, { ...expecting, to })
    const opened = await envelopeFor(suite, { keys: to }).decrypt(again.message, expecting)
    expect(opened.plaintext).toEqual(bytesOf(40))
    // Where it is encrypted again, it has the frames of the envelope.
    expect(opened.header.frameBytes).toBe(suite === unsigned ? 16 : undefined)
  })
})
