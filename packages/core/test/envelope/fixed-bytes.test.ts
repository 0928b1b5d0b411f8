import { createHash } from "node:crypto"
import { p256, p384 } from "@noble/curves/nist.js"
import { describe, expect, it } from "vitest"
import { nobleCipher, type SuiteName } from "../../src/envelope/index.js"
import {
  bytesOf,
  collect,
  cut,
  envelopeFor,
  isSigned,
  joined,
  suiteNames,
} from "./support/envelopes.js"

/*
 * What an envelope writes when nothing is left to chance: the beginning of the SHA-256 of each
 * message, which has frames of both kinds. That these bytes are right is what the messages of the
 * AWS Encryption SDK say; that they stay as they are is said here, also where those are missing.
 */
const digests: Readonly<Record<SuiteName, string>> = {
  ALG_AES_128_GCM_IV12_TAG16_NO_KDF: "dcffc4f31b28bda8d6b5ea8bdb2d04c7",
  ALG_AES_192_GCM_IV12_TAG16_NO_KDF: "f3dab709467b5c3abfaae82835d02ff3",
  ALG_AES_256_GCM_IV12_TAG16_NO_KDF: "7198982970e0c385f61d75d3a6860a31",
  ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256: "05224b8b69096084183559b4e7844978",
  ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA256: "f0325bddaf505dc3eccf0448d2095fa3",
  ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256: "ab890864679b566e79b4c3a2af778bfc",
  ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256: "df63dc96cdf1af80eca8bb847d92f63a",
  ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384: "0d7c2af3fc3c563be1f8101861705f1a",
  ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384: "faee68193dbbdddaabc9d30320233835",
  ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY: "8c32eec66f7e069b8a1c4e5f79f3ab07",
  ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384: "826bbf442440e26fd45d08edc5e9104a",
}

const context = { tenant: "42", größe: "groß", purpose: "" }

describe.each(suiteNames)("a message of %s", (suite) => {
  const envelope = envelopeFor(suite, {
    cipher: nobleCipher(),
    entropy: (target) => target.fill(0x5a),
    requiredContext: ["purpose"],
  })

  it("has the bytes that it had, and opens", async () => {
    const { message } = await envelope.encrypt(bytesOf(40), { context })
    expect(createHash("sha256").update(message).digest("hex").slice(0, 32)).toBe(digests[suite])
    const { plaintext, header } = await envelope.decrypt(message, { expectContext: context })
    expect(plaintext).toEqual(bytesOf(40))
    expect(header).toMatchObject({ suite, context, frameBytes: 16 })
    const parts = envelope.decryptChunks(cut(message, 100), { expectContext: context })
    expect(await collect(parts)).toEqual(bytesOf(40))
  })
})

describe.each(suiteNames.filter(isSigned))("the signature of %s", (suite) => {
  const curve = suite.includes("P256") ? p256 : p384

  it("is genuine in both forms that it can have, of which libraries write either", async () => {
    const envelope = envelopeFor(suite)
    const { message } = await envelope.encrypt(bytesOf(1))
    let start = message.length - 2
    while (
      ((message[start] ?? 0) << 8) + (message[start + 1] ?? 0) !==
      message.length - start - 2
    ) {
      start -= 1
    }
    const { r, s } = curve.Signature.fromBytes(message.slice(start + 2), "der")
    const other = new curve.Signature(r, curve.Point.Fn.ORDER - s).toBytes("der")
    const footer = Uint8Array.of(0, other.length, ...other)
    const turned = joined([message.subarray(0, start), footer])
    expect((await envelope.decrypt(turned)).plaintext).toEqual(bytesOf(1))
    const wrong = new curve.Signature(s, r).toBytes("der")
    const changed = joined([message.subarray(0, start), Uint8Array.of(0, wrong.length, ...wrong)])
    await expect(envelope.decrypt(changed)).rejects.toMatchObject({ reason: "authentication" })
  })
})
