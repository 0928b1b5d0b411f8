import { base64Of, bytesOfBase64 } from "../../vocabulary/base64.js"
import { textOf } from "../../vocabulary/bytes.js"
import { limits } from "../../vocabulary/limits.js"
import { decodeFields, encodeFields } from "../fields.js"

/** The list that a page belongs to: the operation and the account that asked. */
export interface MarkedList {
  readonly list: string
  readonly account: string
}

const version = 0x01

/**
 * Where the next page of a list begins, as the text that a caller hands back: version 1 and, each
 * after its length, list, account and the last item seen, in Base64url without padding.
 *
 * Throws `RangeError` when that is longer than a marker may be, and `TypeError` when a member is
 * not well-formed text.
 */
export function encodeMarker(marker: MarkedList & { readonly after: string }): string {
  const texts = [marker.list, marker.account, marker.after]
  if (!texts.every((text) => text.isWellFormed())) {
    throw new TypeError("`marker` must have members that are well-formed strings")
  }
  const text = base64Of(encodeFields(texts, Uint8Array.of(version)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")
  if (text.length > limits.markerCharactersMax) throw new RangeError("the marker is too long")
  return text
}

/** The item after which the page begins; `undefined` when it is not a marker of this list. */
export function parseMarker(text: string, { list, account }: MarkedList): string | undefined {
  if (text.length > limits.markerCharactersMax || !/^[\w-]+$/.test(text)) return undefined
  const padding = "=".repeat((4 - (text.length % 4)) % 4)
  const bytes = bytesOfBase64(text.replaceAll("-", "+").replaceAll("_", "/") + padding)
  if (bytes === undefined || bytes[0] !== version) return undefined
  const fields = decodeFields(bytes.subarray(1), 3)
  if (fields === undefined) return undefined
  try {
    const [markedList, markedAccount, after] = fields.map(textOf)
    return markedList === list && markedAccount === account ? after : undefined
  } catch {
    return undefined
  }
}
