import { parseCiphertext } from "../../formats/opaque/ciphertext.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  keyRecordFormat,
  keyRecordKey,
} from "../../formats/stored/key-records.js"
import { type Identifier, parseIdentifier } from "../../model/identifiers.js"
import type { Subject } from "../../operations/row.js"
import { isAliasName } from "../../vocabulary/arns.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import type { Wanted } from "../records/record-reader.js"
import type { Search } from "./locate.js"

/** The key record that an identifier is likely to lead to, by what this host knows. */
function likelyReads(search: Search, text: string): readonly Wanted<unknown>[] {
  let identifier: Identifier
  try {
    identifier = parseIdentifier(text, search)
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
  const known = search.reads.recall<AliasRecord>(key)
  const alias = { format: aliasRecordFormat, key }
  return known === undefined ? [alias] : [alias, wantedKey(known.keyId)]
}

/** Reads in one go what a call about several keys is likely to ask for one after another. */
export function prefetch(subjects: readonly Subject[], search: Search): Eventually<void> {
  if (subjects.length < 2) return
  const named = subjects.filter((subject) => "member" in subject)
  const wanted = named.flatMap((subject) => {
    const text = search.input[subject.member]
    if (typeof text === "string") return likelyReads(search, text)
    const blob = "blob" in subject ? search.input[subject.blob] : undefined
    const header = blob instanceof Uint8Array ? parseCiphertext(blob)?.header : undefined
    if (header === undefined) return []
    return [{ format: keyRecordFormat, key: keyRecordKey(header.account, header.keyId) }]
  })
  return search.reads.prefetch(wanted)
}
