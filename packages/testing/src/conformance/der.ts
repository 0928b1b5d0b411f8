import { bytesOfHex, concatBytes } from "./bytes.js"

/** The few shapes of DER that keys come in (ITU-T X.690). */

const derTag = { integer: 0x02, bitString: 0x03, octetString: 0x04, sequence: 0x30 } as const

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  return length < 0x100
    ? Uint8Array.of(0x81, length)
    : Uint8Array.of(0x82, length >> 8, length & 0xff)
}

function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag), lengthOf(value.length), value)
}

/** An INTEGER that is not negative, of big-endian bytes. */
function encodeDerInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  const trimmed = first < 0 ? Uint8Array.of(0) : bytes.subarray(first)
  const sign = (trimmed[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0)
  return encodeDer(derTag.integer, sign, trimmed)
}

const versionOf = (version: number): Uint8Array => encodeDerInteger(Uint8Array.of(version))

/** AlgorithmIdentifiers of RFC 3279 and RFC 5480. */
const algorithms = {
  rsa: bytesOfHex("300d06092a864886f70d0101010500"),
  p256: bytesOfHex("301306072a8648ce3d020106082a8648ce3d030107"),
}

/** PKCS #8 (RFC 5208) around a private key. */
export const encodePkcs8 = (
  algorithm: keyof typeof algorithms,
  privateKey: Uint8Array,
): Uint8Array =>
  encodeDer(
    derTag.sequence,
    versionOf(0),
    algorithms[algorithm],
    encodeDer(derTag.octetString, privateKey),
  )

/** An RSAPrivateKey (RFC 8017, A.1.2) of its numbers: n, e, d, p, q, dp, dq, qi. */
export const encodeRsaPrivateKey = (numbers: readonly Uint8Array[]): Uint8Array =>
  encodeDer(derTag.sequence, versionOf(0), ...numbers.map(encodeDerInteger))

/** An ECPrivateKey on P-256 (RFC 5915), with its curve and public key or without both. */
export function encodeEcPrivateKey(scalar: Uint8Array, point?: Uint8Array): Uint8Array {
  const curve = bytesOfHex("a00a06082a8648ce3d030107")
  const publicKey = point && encodeDer(0xa1, encodeDer(derTag.bitString, Uint8Array.of(0), point))
  const rest = publicKey === undefined ? [] : [curve, publicKey]
  return encodeDer(derTag.sequence, versionOf(1), encodeDer(derTag.octetString, scalar), ...rest)
}
