import { isAccountId, isKeyId } from "../../vocabulary/arns.js"
import { noBytes, utf8 } from "../../vocabulary/bytes.js"
import type { KeyRecord } from "./key-records.js"
import { RecordError, type RecordFormat } from "./record-format.js"

/**
 * That there is a key, and until when: all that a list of keys reads. Beside the key's record,
 * which may be hundreds of times as long.
 */
export type KeyName = Pick<KeyRecord, "account" | "keyId" | "deletionMs">

const listed = "listed/"

export const keyNamePrefix = (account: string): string => `${listed}${account}/`

const keyOf = ({ account, keyId }: KeyName): string => keyNamePrefix(account) + keyId

/** Not JSON: a page has a thousand of them. Nothing, or the digits of the deletion date. */
export const keyNameFormat: RecordFormat<KeyName> = {
  kind: "key name",
  keyOf,
  encode: ({ deletionMs }) => (deletionMs === undefined ? noBytes : utf8(String(deletionMs))),
  decode: (bytes, key) => {
    const end = listed.length + 12
    const account = key.slice(listed.length, end)
    const keyId = key.slice(end + 1)
    const name = { account, keyId }
    const isPlace = key.startsWith(listed) && key.charAt(end) === "/"
    if (!isPlace || !isAccountId(account) || !isKeyId(keyId)) {
      throw new RecordError(key, `the key name record \`${key}\` names no key`)
    }
    if (bytes.length === 0) return name
    const text = bytes.length > 16 ? "" : String.fromCharCode(...bytes)
    if (/^(?:0|[1-9]\d{0,15})$/.test(text)) return { ...name, deletionMs: Number(text) }
    throw new RecordError(key, `the key name record \`${key}\` is no date`)
  },
}
