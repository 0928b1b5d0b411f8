import { assertBytes } from "../../vocabulary/bytes.js"

/**
 * A copy of bytes that somebody else handed over, whatever their class: the `slice` of a Buffer of
 * Node is a view. What was handed over is not wiped: it may be a reply that a client remembers, and
 * then the next data key would be zeros. Throws `TypeError` for what is no bytes, of which zeros
 * would be made where it has a length.
 */
export function copyOf(bytes: Uint8Array): Uint8Array {
  assertBytes(bytes, "bytes")
  return new Uint8Array(bytes)
}
