import { assertBytes } from "../../vocabulary/bytes.js"

/**
 * The same bytes, not copied, as a plain `Uint8Array`: the `slice` of Node's `Buffer` is no copy.
 * Throws `TypeError`, naming the parameter, for what is no bytes.
 */
export function plainBytes(bytes: unknown, name: string): Uint8Array {
  assertBytes(bytes, name)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
