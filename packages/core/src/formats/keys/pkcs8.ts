import { equalBytes, noBytes } from "../../vocabulary/bytes.js"
import type { KeyPairSpec } from "../../vocabulary/key-specs.js"
import {
  type DerElement,
  type DerPart,
  decodeDer,
  decodeDerInteger,
  decodeDerSequence,
  derDraft,
  derTag,
  encodeDer,
  encodeDerInteger,
  encodeSecretDer,
  padZeros,
  wholeBytes,
} from "./der.js"
import { type KeyAlgorithm, keyAlgorithms } from "./key-algorithms.js"

/** A private key in its parts. For RSA, `privateKey` is RSAPrivateKey in DER. */
export interface PrivateKeyParts {
  readonly privateKey: Uint8Array
  /** The uncompressed point, where the format carries it. */
  readonly publicKey: Uint8Array | undefined
}

const version0 = encodeDerInteger(Uint8Array.of(0))
const version1 = encodeDerInteger(Uint8Array.of(1))
const contextTag = (number: number): number => 0xa0 | number
/** [0] IMPLICIT OCTET STRING: the seed form of ML-KEM and ML-DSA private keys. */
const seedTag = 0x80

/** ECPrivateKey with its public key and without parameters. Source: RFC 5915, section 3. */
const ecPrivateKey = (privateKey: Uint8Array, publicKey: Uint8Array): DerPart =>
  derDraft(
    derTag.sequence,
    version1,
    derDraft(derTag.octetString, privateKey),
    derDraft(contextTag(1), derDraft(derTag.bitString, Uint8Array.of(0), publicKey)),
  )

/** ECPrivateKey with its curve and public key, as it stands alone. */
export function encodeSec1(
  spec: KeyPairSpec,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array {
  const { curve } = keyAlgorithms[spec]
  if (curve === undefined) throw new TypeError(`${spec} is not on a named curve`)
  return encodeSecretDer(
    derTag.sequence,
    version1,
    derDraft(derTag.octetString, privateKey),
    derDraft(contextTag(0), curve),
    derDraft(contextTag(1), derDraft(derTag.bitString, Uint8Array.of(0), publicKey)),
  )
}

const inner: Readonly<Record<KeyAlgorithm["privateKeyForm"], (parts: PrivateKeyParts) => DerPart>> =
  Object.freeze({
    rsa: ({ privateKey }) => privateKey,
    ec: ({ privateKey, publicKey }) => ecPrivateKey(privateKey, publicKey ?? noBytes),
    octets: ({ privateKey }) => derDraft(derTag.octetString, privateKey),
    seed: ({ privateKey }) => derDraft(seedTag, privateKey),
  })

/** A private key as PKCS #8, version 1 of RFC 5958: what a data key pair comes in. */
export const encodePkcs8 = (spec: KeyPairSpec, parts: PrivateKeyParts): Uint8Array =>
  encodeSecretDer(
    derTag.sequence,
    version0,
    keyAlgorithms[spec].identifier,
    derDraft(derTag.octetString, inner[keyAlgorithms[spec].privateKeyForm](parts)),
  )

function parseEc(inner: Uint8Array, algorithm: KeyAlgorithm): PrivateKeyParts | undefined {
  const [version, scalar, ...options] = decodeDerSequence(inner) ?? []
  if (decodeDerInteger(version)?.[0] !== 1 || scalar?.tag !== derTag.octetString) return undefined
  const privateKey = padZeros(scalar.content, algorithm.privateKeyBytes)
  const [parameters, point] = [contextTag(0), contextTag(1)].map((tag) =>
    options.find((option) => option.tag === tag),
  )
  const known = [parameters, point].filter((option) => option !== undefined)
  if (privateKey === undefined || known.length !== options.length) return undefined
  if (parameters && !(algorithm.curve && equalBytes(parameters.content, algorithm.curve))) {
    return undefined
  }
  if (point === undefined) return { privateKey, publicKey: undefined }
  const publicKey = wholeBytes(decodeDer(point.content, derTag.bitString))
  return publicKey && { privateKey, publicKey }
}

/** The private key in an ECPrivateKey structure (RFC 5915) in DER, as {@link parsePkcs8}. */
export function parseSec1(spec: KeyPairSpec, der: Uint8Array): PrivateKeyParts | undefined {
  const algorithm = keyAlgorithms[spec]
  return algorithm.privateKeyForm === "ec" ? parseEc(der, algorithm) : undefined
}

type ParseInner = (inner: Uint8Array, algorithm: KeyAlgorithm) => PrivateKeyParts | undefined

/** The private key alone, under a tag. */
const parseBytes =
  (tag: number): ParseInner =>
  (inner, { privateKeyBytes }) => {
    const privateKey = decodeDer(inner, tag)
    return privateKey?.length === privateKeyBytes ? { privateKey, publicKey: undefined } : undefined
  }

const parseInner: Readonly<Record<KeyAlgorithm["privateKeyForm"], ParseInner>> = Object.freeze({
  rsa: (inner) => ({ privateKey: inner, publicKey: undefined }),
  ec: parseEc,
  octets: parseBytes(derTag.octetString),
  seed: parseBytes(seedTag),
})

/** What may follow the private key: attributes, and in version 2 the public key. */
function trailing(
  options: readonly DerElement[],
  isVersion2: boolean,
): { readonly publicKey: Uint8Array | undefined } | undefined {
  const allowed = isVersion2 ? [contextTag(0), 0x81] : [contextTag(0)]
  const tags = options.map(({ tag }) => tag)
  if (new Set(tags).size !== tags.length || !tags.every((tag) => allowed.includes(tag))) {
    return undefined
  }
  const point = options.find(({ tag }) => tag === 0x81)
  if (point === undefined) return { publicKey: undefined }
  const publicKey = wholeBytes(point.content)
  return publicKey && { publicKey }
}

/**
 * The private key in a PKCS #8 structure (RFC 5958) in DER for that key spec. `undefined` when it
 * is not one, or one of another algorithm, curve or length. Whether the numbers are a key, and
 * whether a public key that comes with them is theirs, is not decided here.
 */
export function parsePkcs8(spec: KeyPairSpec, der: Uint8Array): PrivateKeyParts | undefined {
  const algorithm = keyAlgorithms[spec]
  const [version, identifier, key, ...options] = decodeDerSequence(der) ?? []
  const number = decodeDerInteger(version)
  if (number === undefined || number.length > 1 || (number[0] ?? 0) > 1) return undefined
  if (identifier?.tag !== derTag.sequence || key?.tag !== derTag.octetString) return undefined
  if (!equalBytes(encodeDer(derTag.sequence, identifier.content), algorithm.identifier)) {
    return undefined
  }
  const rest = trailing(options, number.length === 1)
  const parts = parseInner[algorithm.privateKeyForm](key.content, algorithm)
  if (rest === undefined || parts === undefined) return undefined
  if (parts.publicKey && rest.publicKey && !equalBytes(parts.publicKey, rest.publicKey)) {
    return undefined
  }
  return { ...parts, publicKey: parts.publicKey ?? rest.publicKey }
}
