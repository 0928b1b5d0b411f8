import { HsmError } from "@keywright/core/hsm"
import { bytesOfHex, hexOf } from "@keywright/core/suite"

/** What key tokens hold of a key that is in a token. */
export interface KeptKey {
  /** The domain key that the token wrapped it under; 16 hexadecimal digits. */
  readonly domainKeyId: string
  /** Key material without its private numbers; of a secret key how many bytes it has. */
  readonly publicPart: Uint8Array
  /** What the token wrapped. */
  readonly wrapped: Uint8Array
}

const version = 0x01
const idBytes = 8
const headBytes = 1 + idBytes + 2

/** Version 1, domain key id, public part after its length in 16 bits, what the token wrapped. */
export function encodeKept({ domainKeyId, publicPart, wrapped }: KeptKey): Uint8Array {
  const id = bytesOfHex(domainKeyId)
  if (id?.length !== idBytes) throw new TypeError("`domainKeyId` must be 16 hexadecimal digits")
  if (publicPart.length > 0xffff) throw new TypeError("`publicPart` is too long")
  const bytes = new Uint8Array(headBytes + publicPart.length + wrapped.length)
  bytes[0] = version
  bytes.set(id, 1)
  bytes[1 + idBytes] = publicPart.length >> 8
  bytes[2 + idBytes] = publicPart.length
  bytes.set(publicPart, headBytes)
  bytes.set(wrapped, headBytes + publicPart.length)
  return bytes
}

/** The inverse; the parts are views. Throws `token-refused` for what no token has kept. */
export function parseKept(bytes: Uint8Array): KeptKey {
  const publicLength = ((bytes[1 + idBytes] ?? 0) << 8) | (bytes[2 + idBytes] ?? 0)
  if (bytes[0] !== version || bytes.length <= headBytes + publicLength) {
    throw new HsmError("token-refused", "the key is not one of this token")
  }
  return {
    domainKeyId: hexOf(bytes.subarray(1, 1 + idBytes)),
    publicPart: bytes.subarray(headBytes, headBytes + publicLength),
    wrapped: bytes.subarray(headBytes + publicLength),
  }
}
