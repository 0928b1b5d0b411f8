import { describe, expect, it } from "vitest"
import {
  cachedKeys,
  createEnvelope,
  type EnvelopeHeader,
  nobleCipher,
  severalKeys,
  webCryptoCipher,
} from "../../src/envelope/index.js"
import {
  bytesOf,
  collect,
  cut,
  envelopeFor,
  envelopeOf,
  joined,
  rawKeys,
  refusal,
  signed,
  suiteNames,
  uncommitted,
  unsigned,
} from "./support/envelopes.js"

const context = { tenant: "42", größe: "groß" }
const frameBytes = 64
const sizes = [0, 1, frameBytes - 1, frameBytes, frameBytes + 1, 10 * frameBytes, 1000]

describe.each(suiteNames)("a message of %s", (suite) => {
  for (const [writer, reader] of [
    [nobleCipher(), webCryptoCipher()],
    [webCryptoCipher(), nobleCipher()],
  ] as const) {
    it(`that ${writer.name} wrote is read by ${reader.name}, of every size`, async () => {
      const writes = envelopeFor(suite, { cipher: writer, frameBytes })
      const reads = envelopeFor(suite, { cipher: reader })
      for (const size of sizes) {
        const { message, header } = await writes.encrypt(bytesOf(size), { context })
        const opened = await reads.decrypt(message, { expectContext: context })
        expect(opened.plaintext).toEqual(bytesOf(size))
        expect(opened.header).toEqual(header)
        expect(header).toMatchObject({ suite, context, frameBytes })
      }
    })
  }

  it("is the same message whether it is written at once or as a stream", async () => {
    const envelope = envelopeFor(suite, { frameBytes, entropy: (target) => target.fill(7) })
    const { message } = await envelope.encrypt(bytesOf(1000), { context })
    const chunks = envelope.encryptChunks(cut(bytesOf(1000), 37), { context })
    expect(await collect(chunks)).toEqual(message)
  })
})

describe("a header that was handed out", () => {
  const overwrite = ({ messageId, encryptedDataKeys }: EnvelopeHeader): void => {
    messageId.fill(0)
    for (const { providerInfo, ciphertext } of encryptedDataKeys) {
      providerInfo.fill(0)
      ciphertext.fill(0)
    }
  }
  const chunks = [bytesOf(20), bytesOf(20)]

  it("is the receiver's to change: a stream that is on its way goes on as it was", async () => {
    const envelope = envelopeOf()
    const sealing = envelope.encryptChunks(chunks, { context })
    const message: Uint8Array[] = []
    for await (const part of sealing) {
      message.push(part)
      overwrite(await sealing.header)
    }
    const whole = joined(message)
    const opened = await envelope.decrypt(whole, { expectContext: context })
    expect(opened.plaintext).toEqual(joined(chunks))
    const opening = envelope.decryptChunks(cut(whole, 50), { expectContext: context })
    const plaintext: Uint8Array[] = []
    for await (const part of opening) {
      plaintext.push(part)
      overwrite(await opening.header)
    }
    expect(joined(plaintext)).toEqual(joined(chunks))
  })

  it("changes no message that comes later under the same data key", async () => {
    const keys = cachedKeys(rawKeys(), { clock: () => 0, ageMsMax: 1 })
    const envelope = envelopeOf({ keys })
    overwrite((await envelope.encrypt(bytesOf(20), { context })).header)
    const { message } = await envelope.encrypt(bytesOf(20), { context })
    const opened = await envelopeOf().decrypt(message, { expectContext: context })
    expect(opened.plaintext).toEqual(bytesOf(20))
  })
})

describe("an envelope", () => {
  it("signs and commits unless it is told otherwise", async () => {
    const envelope = createEnvelope({ keys: rawKeys() })
    const { message, header } = await envelope.encrypt(bytesOf(5000))
    expect(header).toMatchObject({ suite: signed, messageVersion: 2, frameBytes: 4096 })
    expect((await envelope.decrypt(message)).plaintext).toEqual(bytesOf(5000))
  })

  it.each([
    ["FORBID_ENCRYPT_ALLOW_DECRYPT", uncommitted, unsigned, [uncommitted, unsigned]],
    ["REQUIRE_ENCRYPT_ALLOW_DECRYPT", unsigned, uncommitted, [uncommitted, unsigned]],
    ["REQUIRE_ENCRYPT_REQUIRE_DECRYPT", unsigned, uncommitted, [unsigned]],
  ] as const)("keeps the commitment policy %s", async (commitmentPolicy, writes, not, reads) => {
    const envelope = envelopeOf({ suite: writes, commitmentPolicy })
    await expect(envelope.encrypt(bytesOf(1), { suite: not })).rejects.toEqual(
      refusal("commitment"),
    )
    expect(() => envelopeOf({ suite: not, commitmentPolicy })).toThrow(refusal("commitment"))
    for (const suite of [uncommitted, unsigned] as const) {
      const { message } = await envelopeFor(suite).encrypt(bytesOf(9))
      const opening = envelope.decrypt(message)
      if ((reads as readonly string[]).includes(suite)) await opening
      else await expect(opening).rejects.toEqual(refusal("commitment"))
    }
  })

  it("refuses the message of another key, and says no more", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(40))
    await expect(envelopeOf({ keys: rawKeys(2) }).decrypt(message)).rejects.toEqual(refusal("keys"))
  })

  it("refuses a message under more keys than it was told to ask", async () => {
    const keys = severalKeys(rawKeys(1), rawKeys(2), rawKeys(3))
    const { message } = await envelopeOf({ keys, encryptedDataKeysMax: 3 }).encrypt(bytesOf(1))
    for (const fill of [1, 2, 3]) {
      const { plaintext } = await envelopeOf({ keys: rawKeys(fill) }).decrypt(message)
      expect(plaintext).toEqual(bytesOf(1))
    }
    const strict = envelopeOf({ keys, encryptedDataKeysMax: 2 })
    await expect(strict.decrypt(message)).rejects.toEqual(refusal("limit"))
    await expect(strict.encrypt(bytesOf(1))).rejects.toEqual(refusal("limit"))
  })

  it("says that a message is still in Base64", async () => {
    for (const suite of [unsigned, signed, uncommitted] as const) {
      const { message } = await envelopeFor(suite).encrypt(bytesOf(1))
      const text = new TextEncoder().encode(Buffer.from(message).toString("base64"))
      await expect(envelopeOf().decrypt(text)).rejects.toThrow("Base64")
      await expect(envelopeOf().decrypt(text.fill(0x41))).rejects.toThrow("its version is unknown")
      await expect(envelopeOf().decrypt(text)).rejects.toEqual(refusal("malformed"))
    }
  })
})
