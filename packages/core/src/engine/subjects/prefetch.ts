import { parseCiphertext } from "../../formats/opaque/ciphertext.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  keyRecordFormat,
  keyRecordKey,
} from "../../formats/stored/key-records.js"
import { type Identifier, parseIdentifier } from "../../model/identifiers.js"
import type { Wanted } from "../../operations/call.js"
import type { Subject } from "../../operations/subjects.js"
import { isAliasName } from "../../vocabulary/arns.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import type { Inquiry } from "./inquiry.js"

/** The key record that an identifier is likely to lead to, by what this host knows. */
function likelyReads(inquiry: Inquiry, text: string): readonly Wanted<unknown>[] {
  let identifier: Identifier
  try {
    identifier = parseIdentifier(text, inquiry)
  } catch {
    return []
  }
  const { account } = identifier
  const wantedKey = (keyId: string) => ({
    format: keyRecordFormat,
    key: keyRecordKey(account, keyId),
  })
  if ("keyId" in identifier) return [wantedKey(identifier.keyId)]
  if (!isAliasName(identifier.aliasName)) return []
  const key = aliasRecordKey(account, identifier.aliasName)
  const known = inquiry.reads.recall<AliasRecord>(key)
  const alias = { format: aliasRecordFormat, key }
  return known === undefined ? [alias] : [alias, wantedKey(known.keyId)]
}

/** Reads in one go what a call about several keys is likely to ask for one after another. */
export function prefetch(subjects: readonly Subject[], inquiry: Inquiry): Eventually<void> {
  if (subjects.length < 2) return
  const named = subjects.filter((subject) => "member" in subject)
  const wanted = named.flatMap((subject) => {
    const text = inquiry.input[subject.member]
    if (typeof text === "string") return likelyReads(inquiry, text)
    const blob = "blob" in subject ? inquiry.input[subject.blob] : undefined
    const header = blob instanceof Uint8Array ? parseCiphertext(blob)?.header : undefined
    if (header === undefined) return []
    return [{ format: keyRecordFormat, key: keyRecordKey(header.account, header.keyId) }]
  })
  return inquiry.reads.prefetch(wanted)
}
