import { assertBytes } from "./bytes.js"

const opened = new WeakMap<SecretBytes, Uint8Array>()

/**
 * Bytes that must not leave by accident: they do not print, serialize or compare. They are copied
 * in, and they open only through {@link openSecretBytes}, so one search finds every use.
 */
export class SecretBytes {
  constructor(bytes: Uint8Array) {
    assertBytes(bytes, "bytes")
    // A Buffer's own `slice` is a view: what the caller wipes later would be wiped here.
    opened.set(this, Uint8Array.from(bytes))
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
