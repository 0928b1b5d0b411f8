import { assertBytes } from "./bytes.js"
import { verifyChain } from "./chain.js"
import { parseCoseSign1, verifyCoseSign1 } from "./cose-sign1.js"
import { type NitroDocument, parseNitroDocument } from "./document.js"
import { envelop } from "./enveloped-data.js"
import { limits } from "./limits.js"
import { type Root, readRoots } from "./roots.js"
import { importRsaPublicKey } from "./rsa-public-key.js"

export interface NitroAttestationsOptions {
  /**
   * The certificates that a document must lead to, in PEM or DER: `awsNitroRoot` for enclaves on
   * AWS, your own for tests. There is no default.
   */
  readonly roots: readonly Root[]
  /** How far a document's timestamp may lie from now, before or after. Default: five minutes. */
  readonly freshnessMsMax?: number
}

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

/** What `@keywright/core` asks of the world to answer attested enclaves. */
export interface Attestations {
  /**
   * `undefined` when the document does not verify at that time (milliseconds since
   * 1970-01-01T00:00:00Z), whatever the reason. Throws only for a wrong call, and when Web Crypto
   * lacks an algorithm.
   */
  verify(document: Uint8Array, nowMs: number): Promise<Attestation | undefined>

  /**
   * CMS EnvelopedData (RFC 5652) that only the holder of the public key can open: the content by
   * AES-256-CBC, its key by RSAES-OAEP with SHA-256. Throws `TypeError` when the public key is
   * not one that `verify` lets through.
   */
  envelop(publicKey: Uint8Array, content: Uint8Array): Promise<Uint8Array>
}

function freshnessOf({ freshnessMsMax = limits.freshnessMsMax }: NitroAttestationsOptions): number {
  if (Number.isFinite(freshnessMsMax) && freshnessMsMax >= 0) return freshnessMsMax
  throw new RangeError("`freshnessMsMax` must be a number of milliseconds, at least 0")
}

/** The document if everything that it says was said by its signer, at about that time. */
async function authenticate(
  bytes: Uint8Array,
  nowMs: number,
  roots: readonly Uint8Array[],
  freshnessMsMax: number,
): Promise<NitroDocument | undefined> {
  const message = parseCoseSign1(bytes)
  const document = message && parseNitroDocument(message.payload)
  if (!document || Math.abs(nowMs - document.timestampMs) > freshnessMsMax) return undefined
  const point = await verifyChain(document.cabundle, document.certificate, roots, nowMs)
  if (point === undefined || !(await verifyCoseSign1(message, point))) return undefined
  return document
}

/**
 * Verifies the attestation documents of AWS Nitro enclaves and of NitroTPM instances, and writes
 * answers for them as AWS KMS does.
 *
 * Source: AWS KMS API reference, RecipientInfo; "Nitro Enclaves Attestation Process" (AWS Nitro
 * Enclaves NSM API); RFC 9052; RFC 5280; RFC 5652.
 *
 * @example
 * const attestations = nitroAttestations({ roots: [awsNitroRoot] })
 * const attestation = await attestations.verify(document, Date.now())
 *
 * @throws TypeError when a root is not a CA certificate on P-384, RangeError for the freshness.
 */
export function nitroAttestations(options: NitroAttestationsOptions): Attestations {
  const roots = readRoots(options.roots)
  const freshnessMsMax = freshnessOf(options)

  return Object.freeze({
    async verify(document: Uint8Array, nowMs: number) {
      assertBytes(document, "document", Number.POSITIVE_INFINITY)
      if (!Number.isFinite(nowMs)) throw new TypeError("`nowMs` must be a finite number")
      if (document.length > limits.documentBytesMax) return undefined
      // A copy: what was verified is what is read, whatever the caller does meanwhile.
      const stated = await authenticate(document.slice(), nowMs, roots, freshnessMsMax)
      const publicKey = stated?.publicKey
      if (!stated || !publicKey || !(await importRsaPublicKey(publicKey))) return undefined
      return { publicKey: publicKey.slice(), measurements: stated.measurements }
    },

    async envelop(publicKey: Uint8Array, content: Uint8Array) {
      assertBytes(publicKey, "publicKey", limits.publicKeyBytesMax)
      assertBytes(content, "content", limits.contentBytesMax)
      const spki = publicKey.slice()
      const key = await importRsaPublicKey(spki)
      if (key === undefined) {
        throw new TypeError("`publicKey` must be an RSA public key of at least 2048 bits (SPKI)")
      }
      return envelop(key, spki, content)
    },
  })
}
