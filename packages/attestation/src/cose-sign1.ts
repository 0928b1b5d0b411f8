import { equalBytes } from "./bytes.js"
import { bytesIn, decodeCbor, encodeCbor } from "./cbor.js"
import { p384Bytes, verifyEs384 } from "./es384.js"

/** A COSE_Sign1 that says ES384; nothing in it is verified yet. */
export interface CoseSign1 {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** Tag 18 in its only strict form. */
const tagByte = 0xd2

/** `{ 1: -35 }`: the algorithm is ES384 (RFC 9053, table 1). */
const protectedHeader = Uint8Array.of(0xa1, 0x01, 0x38, 0x22)

/**
 * Reads a COSE_Sign1, tagged or not, whose only header is the algorithm ES384; `undefined` for
 * everything else.
 *
 * Source: RFC 9052, section 4.2; "Nitro Enclaves Attestation Process", section 3.1.
 */
export function parseCoseSign1(bytes: Uint8Array): CoseSign1 | undefined {
  const untagged = bytes[0] === tagByte ? bytes.subarray(1) : bytes
  const items = decodeCbor(untagged, { containersMax: 2, isOpenEnded: false })
  if (!Array.isArray(items) || items.length !== 4) return undefined
  const [header, unprotected, ...rest] = items as unknown[]
  const hasAlgorithm = header instanceof Uint8Array && equalBytes(header, protectedHeader)
  const isBare = unprotected instanceof Map && unprotected.size === 0
  if (!hasAlgorithm || !isBare) return undefined
  const payload = bytesIn(rest[0], 1, bytes.length)
  const signature = bytesIn(rest[1], 2 * p384Bytes, 2 * p384Bytes)
  return payload && signature && { payload, signature }
}

/** Whether the holder of that key (an uncompressed point on P-384) signed it. */
export function verifyCoseSign1(
  { payload, signature }: CoseSign1,
  point: Uint8Array,
): Promise<boolean> {
  const noExternalData = new Uint8Array(0)
  const signed = encodeCbor(["Signature1", protectedHeader, noExternalData, payload])
  return verifyEs384(point, signature, signed)
}
