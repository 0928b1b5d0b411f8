import { type Allocate, assertBytes } from "./bytes.js"

const opened = new WeakMap<SecretBytes, Uint8Array>()

/**
 * Room for a secret that lives longer than a call. An array of few bytes lives where the garbage
 * collector moves things, and every move leaves a copy behind that nobody can wipe. A buffer that
 * was made by itself stays where it is.
 */
export const allocateToStay: Allocate = (lengthBytes) =>
  new Uint8Array(new ArrayBuffer(lengthBytes))

/** A copy in such a room. */
export function copyToStay(bytes: Uint8Array): Uint8Array {
  const copy = allocateToStay(bytes.length)
  copy.set(bytes)
  return copy
}

/**
 * Bytes that must not leave by accident: they do not print, serialize or compare. They are copied
 * in, and they open only through {@link openSecretBytes}, so one search finds every use.
 */
export class SecretBytes {
  constructor(bytes: Uint8Array) {
    assertBytes(bytes, "bytes")
    opened.set(this, copyToStay(bytes))
  }

  toString(): string {
    return "[SecretBytes]"
  }

  toJSON(): string {
    return "[SecretBytes]"
  }

  get [Symbol.toStringTag](): string {
    return "SecretBytes"
  }
}

/**
 * The one door to the bytes: the living copy, neither to be changed nor kept by the caller.
 * Throws when the secret was wiped.
 */
export function openSecretBytes(secret: SecretBytes): Uint8Array {
  const bytes = opened.get(secret)
  if (bytes === undefined) throw new TypeError("the secret bytes were wiped")
  return bytes
}

/** Overwrites the bytes and forgets them. JavaScript cannot promise that no copy remains. */
export function wipeSecretBytes(secret: SecretBytes): void {
  opened.get(secret)?.fill(0)
  opened.delete(secret)
}
