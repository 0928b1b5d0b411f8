import { expect } from "vitest"
import {
  algorithmSuites,
  createEnvelope,
  type Envelope,
  type EnvelopeErrorReason,
  type EnvelopeOptions,
  type KeySource,
  rawAesKeys,
  type SuiteName,
} from "../../../src/envelope/index.js"

export const unsigned: SuiteName = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"
export const signed: SuiteName = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384"
export const uncommitted: SuiteName = "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256"

export const suiteNames = algorithmSuites.map(({ name }) => name)
export const isSigned = (name: SuiteName): boolean => name.includes("ECDSA")
export const isCommitting = (name: SuiteName): boolean => name.includes("COMMIT_KEY")

export const rawKeys = (fill = 1): KeySource =>
  rawAesKeys({ namespace: "test", name: `key ${fill}`, key: new Uint8Array(32).fill(fill) })

/** Under a raw key, unsigned unless said, in frames of 16 bytes. */
export const envelopeOf = (options: Partial<EnvelopeOptions> = {}): Envelope =>
  createEnvelope({ keys: rawKeys(), suite: unsigned, frameBytes: 16, ...options })

/** An envelope that writes the suite, whatever it is. */
export const envelopeFor = (suite: SuiteName, options: Partial<EnvelopeOptions> = {}): Envelope =>
  envelopeOf({
    suite,
    commitmentPolicy: isCommitting(suite)
      ? "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"
      : "FORBID_ENCRYPT_ALLOW_DECRYPT",
    ...options,
  })

export const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff)

export const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts))

/** The bytes in pieces of that length. */
export function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length)
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return joined(parts)
}

export const refusal = (...reasons: readonly EnvelopeErrorReason[]) =>
  expect.objectContaining({
    name: "EnvelopeError",
    reason: expect.toSatisfy((reason: EnvelopeErrorReason) => reasons.includes(reason)),
  })
