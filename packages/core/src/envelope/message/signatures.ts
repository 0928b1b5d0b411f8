import type { ECDSA } from "@noble/curves/abstract/weierstrass.js"
import { p256, p384 } from "@noble/curves/nist.js"
import { base64Of, bytesOfBase64 } from "../../vocabulary/base64.js"
import type { Entropy, HashName } from "../cipher/bulk-cipher.js"
import type { SignatureScheme } from "./suites.js"

interface SignatureRow {
  readonly curve: ECDSA
  /** Over header and body. */
  readonly hash: Exclude<HashName, "sha512">
  /** Of the random bytes that a scalar is reduced from: so many more that none is favoured. */
  readonly seedBytes: number
}

/**
 * Source: awslabs/aws-encryption-sdk-specification, framework/algorithm-suites.md; the length of
 * seeds is FIPS 186-5, appendix A.2.1, and what the library asks for.
 */
export const signatureTable: Readonly<Record<SignatureScheme, SignatureRow>> = Object.freeze({
  "ecdsa-p256-sha256": { curve: p256, hash: "sha256", seedBytes: 48 },
  "ecdsa-p384-sha384": { curve: p384, hash: "sha384", seedBytes: 72 },
})

/** The pair of the encryption context that holds the verification key of a signed message. */
export const verificationKeyName = "aws-crypto-public-key"

export interface SigningPair {
  /** The private scalar, which the receiver wipes. */
  readonly signingKey: Uint8Array
  /** The compressed point, in Base64. */
  readonly verificationKey: string
}

export function newSigningPair(scheme: SignatureScheme, entropy: Entropy): SigningPair {
  const { curve, seedBytes } = signatureTable[scheme]
  const seed = entropy(new Uint8Array(seedBytes))
  try {
    const signingKey = curve.utils.randomSecretKey(seed)
    return { signingKey, verificationKey: base64Of(curve.getPublicKey(signingKey, true)) }
  } finally {
    seed.fill(0)
  }
}

/** A signature in DER over a digest of header and body. */
export const signDigest = (
  scheme: SignatureScheme,
  digest: Uint8Array,
  signingKey: Uint8Array,
): Uint8Array =>
  signatureTable[scheme].curve.sign(digest, signingKey, {
    prehash: false,
    lowS: false,
    format: "der",
  })

/** The compressed point of a verification key, or `undefined` when the text is none. */
export function readVerificationKey(scheme: SignatureScheme, text: string): Uint8Array | undefined {
  const bytes = bytesOfBase64(text)
  if (bytes === undefined) return undefined
  return signatureTable[scheme].curve.utils.isValidPublicKey(bytes, true) ? bytes : undefined
}

/** False also for bytes that are no signature. */
export function verifyDigest(
  scheme: SignatureScheme,
  digest: Uint8Array,
  signature: Uint8Array,
  verificationKey: Uint8Array,
): boolean {
  try {
    return signatureTable[scheme].curve.verify(signature, digest, verificationKey, {
      prehash: false,
      lowS: false,
      format: "der",
    })
  } catch {
    return false
  }
}
