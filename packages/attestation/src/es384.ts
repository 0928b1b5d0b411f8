import { importForeignKey, subtle } from "./web-crypto.js"

/** Bytes of one coordinate, and of each half of a signature. */
export const p384Bytes = 48

/**
 * Whether `signature` (r and s, 96 bytes) over `message` is that of the holder of `point` (X9.62,
 * uncompressed): ECDSA on P-384 with SHA-384. False for a point off the curve, and for any other
 * length.
 */
export async function verifyEs384(
  point: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): Promise<boolean> {
  const curve = { name: "ECDSA", namedCurve: "P-384" }
  const key = await importForeignKey("raw", point, curve, ["verify"])
  if (key === undefined) return false
  return subtle().verify({ name: "ECDSA", hash: "SHA-384" }, key, signature, message)
}
