/** A result of node:crypto without its class of buffers: the same bytes, not copied. */
export const plain = (buffer: Uint8Array): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)

/** DER for node:crypto, which takes any bytes and whose types name only its own buffers. */
export const der = <Type extends "pkcs1" | "pkcs8" | "sec1" | "spki">(
  bytes: Uint8Array,
  type: Type,
) => ({
  key: bytes as Buffer,
  format: "der" as const,
  type,
})

/** The form in which JSON Web Keys hold bytes: for public keys, because text cannot be wiped. */
export const base64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url")
