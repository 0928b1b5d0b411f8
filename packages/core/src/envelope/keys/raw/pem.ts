import { bytesOfBase64 } from "../../../vocabulary/base64.js"

/** DER bytes, or the PEM text (RFC 7468) that holds them. */
export type PemOrDer = string | Uint8Array

/**
 * The DER bytes of a key: a copy. Throws `TypeError` that names the parameter, and nothing of the
 * key, when a text is not the PEM of one such key.
 */
export function derOf(
  value: PemOrDer,
  label: "PUBLIC KEY" | "PRIVATE KEY",
  name: string,
): Uint8Array {
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  const begin = `-----BEGIN ${label}-----`
  const end = `-----END ${label}-----`
  const text = typeof value === "string" ? value.trim() : ""
  const isWhole = text.startsWith(begin) && text.endsWith(end)
  const inner = isWhole ? text.slice(begin.length, -end.length) : ""
  const der = bytesOfBase64(inner.replaceAll(/[ \t\r\n]/g, ""))
  if (der === undefined || der.length === 0) {
    throw new TypeError(`\`${name}\` must be DER bytes or PEM text of a ${label}`)
  }
  return der
}

/** {@link derOf}, where the key may be left out. */
export const derOfSome = (
  value: PemOrDer | undefined,
  label: "PUBLIC KEY" | "PRIVATE KEY",
  name: string,
): Uint8Array | undefined => (value === undefined ? undefined : derOf(value, label, name))
