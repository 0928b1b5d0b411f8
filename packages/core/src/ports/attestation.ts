import type { Eventually } from "../vocabulary/eventually.js"

/** What an attestation document says, once it has been verified. */
export interface Attestation {
  /** The enclave's RSA public key, SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array
  /**
   * Values for condition keys, by the name behind `kms:RecipientAttestation:` (`ImageSha384`,
   * `PCR0` …, `NitroTPMPCR4` …), lower-case hex.
   */
  readonly measurements: Readonly<Record<string, string>>
}

/**
 * Verifies attestation documents, and writes answers that only the attested enclave can read.
 *
 * Source: AWS KMS API reference, RecipientInfo.
 */
export interface Attestations {
  /**
   * `undefined` when the document does not verify at that time (chain, signature, freshness,
   * form). Throws only when it cannot do its work.
   */
  verify(document: Uint8Array, nowMs: number): Eventually<Attestation | undefined>

  /**
   * CMS EnvelopedData (RFC 5652) with the content under a fresh AES-256 key, and that key
   * RSAES-OAEP-SHA-256 to the public key.
   */
  envelop(publicKey: Uint8Array, content: Uint8Array): Eventually<Uint8Array>
}
