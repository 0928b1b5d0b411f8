import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../../formats/stored/key-records.js"
import { parseIdentifier } from "../../model/identifiers.js"
import { asOf } from "../../model/key-materials.js"
import { stateInStore } from "../../model/key-stores.js"
import { isDeleted, slotNumberOf } from "../../model/keys.js"
import { draftManagedKey } from "../../model/managed-keys.js"
import { aliasToKey } from "../../model/ties.js"
import type { LocatedAlias, LocatedKey } from "../../operations/call.js"
import { requireAgreement } from "../../operations/follow.js"
import { type AccountId, aliasArn, isAliasName, keyArn, type Place } from "../../vocabulary/arns.js"
import type { KmsError } from "../../vocabulary/errors.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { noSuchAlias, noSuchKey } from "../../vocabulary/refusals/keys.js"
import { createSlots } from "../../vocabulary/slots.js"
import { storeOf } from "./find-store.js"
import type { Inquiry, Located } from "./inquiry.js"

/** A key record, as time has left it. */
const keyRecord = (
  { reads, nowMs }: Inquiry,
  account: AccountId,
  keyId: string,
): Eventually<KeyRecord | undefined> =>
  andThen(
    reads.read(keyRecordFormat, keyRecordKey(account, keyId)),
    (record) => record && asOf(record, nowMs),
  )

const alive = (key: KeyRecord | undefined, { nowMs }: Inquiry): KeyRecord | undefined =>
  key === undefined || isDeleted(key, nowMs) ? undefined : key

export const aliveKey = (
  inquiry: Inquiry,
  account: AccountId,
  keyId: string,
): Eventually<KeyRecord | undefined> =>
  andThen(keyRecord(inquiry, account, keyId), (record) => alive(record, inquiry))

/** Reads the record of an alias, and with it that of the key which this host knows it leads to. */
function aliasRecord(
  { reads }: Inquiry,
  account: AccountId,
  name: string,
): Eventually<AliasRecord | undefined> {
  const aliasKey = aliasRecordKey(account, name)
  const known = reads.recall<AliasRecord>(aliasKey)
  const both = known && [
    { format: aliasRecordFormat, key: aliasKey },
    { format: keyRecordFormat, key: keyRecordKey(account, known.keyId) },
  ]
  return andThen(both && reads.prefetch(both), () => reads.read(aliasRecordFormat, aliasKey))
}

/** An alias and its key, whether or not they are there. The key must list the alias. */
export function findAlias(
  inquiry: Inquiry,
  account: AccountId,
  name: string,
): Eventually<LocatedAlias> {
  const arn = aliasArn(inquiry.place, account, name)
  if (!isAliasName(name)) return { arn, name, account }
  return andThen(aliasRecord(inquiry, account, name), (record) => {
    if (record === undefined) return { arn, name, account }
    return andThen(keyRecord(inquiry, account, record.keyId), (key) =>
      andThen(requireAgreement(inquiry.reads, aliasToKey, record, key), () => {
        const target = alive(key, inquiry)
        const deadTarget = target === undefined ? key : undefined
        return { arn, name, account, record, target, deadTarget }
      }),
    )
  })
}

/** ARNs of the keys that were used last, and where: text that is made anew is slow to look up. */
const keyArns = createSlots<KeyRecord, { readonly place: Place; readonly arn: string }>(64)

function arnOf(place: Place, record: KeyRecord): string {
  const number = slotNumberOf(record)
  const known = keyArns.find(record, number)
  if (known?.place === place) return known.arn
  const arn = keyArn(place, record.account, record.keyId)
  keyArns.note(record, number, { place, arn })
  return arn
}

/** A key that is there; one in a key store also depends on that. */
export function foundKey(
  inquiry: Inquiry,
  record: KeyRecord,
  more?: Partial<LocatedKey>,
): Eventually<Located> {
  const { keyStore, state } = record
  const key = { arn: arnOf(inquiry.place, record), record, state, ...more }
  if (keyStore === undefined) return { kind: "key", key }
  return andThen(storeOf(inquiry.reads, record), (store) => ({
    kind: "key",
    key: { ...key, store, state: stateInStore(record, store) },
  }))
}

export const missingKey = (
  { place }: Inquiry,
  { account, keyId }: { readonly account: AccountId; readonly keyId: string },
  refusal: KmsError,
): Located => ({ kind: "missing key", account, arn: keyArn(place, account, keyId), refusal })

/** Looks up a key by any of the four forms of identifier. */
export function findKey(
  inquiry: Inquiry,
  text: string,
  ownAccount: AccountId = inquiry.account,
): Eventually<Located> {
  const { place } = inquiry
  const identifier = parseIdentifier(text, { account: ownAccount, place })
  const { account } = identifier
  if ("aliasName" in identifier) return findKeyOfAlias(inquiry, account, identifier.aliasName)
  const { keyId } = identifier
  return andThen(aliveKey(inquiry, account, keyId), (record) => {
    if (record !== undefined) return foundKey(inquiry, record)
    const arn = keyArn(place, account, keyId)
    return missingKey(inquiry, identifier, noSuchKey({ key: arn }))
  })
}

const findKeyOfAlias = (inquiry: Inquiry, account: AccountId, name: string): Eventually<Located> =>
  andThen(findAlias(inquiry, account, name), ({ arn, target }) => {
    if (target !== undefined) return foundKey(inquiry, target, { aliasName: name })
    const record = draftManagedKey(inquiry.place, account, name, inquiry.nowMs)
    if (record !== undefined) return foundKey(inquiry, record, { aliasName: name, isDraft: true })
    return { kind: "missing key", account, arn, refusal: noSuchAlias({ arn }) }
  })
