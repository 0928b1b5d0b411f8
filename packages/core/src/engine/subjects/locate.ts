import { type Ciphertext, parseCiphertext } from "../../formats/opaque/ciphertext.js"
import { type GrantName, isGrantId, parseGrantToken } from "../../formats/opaque/grant-token.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../../formats/stored/key-records.js"
import { parseIdentifier, refuseAliases, requireAliasName } from "../../model/identifiers.js"
import { asOf } from "../../model/key-materials.js"
import { stateInStore } from "../../model/key-stores.js"
import { isDeleted } from "../../model/keys.js"
import { draftManagedKey } from "../../model/managed-keys.js"
import type { LocatedAlias, LocatedKey, LocatedKeyStore, Subject } from "../../operations/row.js"
import { type AccountId, aliasArn, isAliasName, keyArn, type Place } from "../../vocabulary/arns.js"
import type { KmsError } from "../../vocabulary/errors.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { invalidCiphertext } from "../../vocabulary/refusals/cryptography.js"
import {
  invalidGrantId,
  invalidGrantToken,
  noSuchGrant,
  oneGrantNameNeeded,
} from "../../vocabulary/refusals/grants.js"
import { invalidKeyId, noSuchAlias, noSuchKey } from "../../vocabulary/refusals/keys.js"
import { unknownKeyOfCiphertext } from "../../vocabulary/refusals/requests.js"
import type { ReadSet } from "../records/record-reader.js"
import { findGrant } from "./find-grant.js"
import { findStore } from "./find-store.js"

/** What a subject turned out to be. A key may be absent; who may know that is decided later. */
export type Located =
  | { readonly kind: "key"; readonly key: LocatedKey }
  | {
      readonly kind: "missing key"
      /** What its own account is told. */
      readonly refusal: KmsError
      readonly account: AccountId
      /** As it would be if it were there: policies judge a key that has no key policy. */
      readonly arn: string
    }
  | { readonly kind: "alias"; readonly alias: LocatedAlias }
  | { readonly kind: "account" }
  /** Whether it is there is told only to those who may ask. */
  | { readonly kind: "key store"; readonly keyStore: LocatedKeyStore | undefined }

/** What locating needs to know of the call. */
export interface Search {
  readonly input: Readonly<Record<string, unknown>>
  readonly account: AccountId
  readonly place: Place
  readonly nowMs: number
  readonly reads: ReadSet
}

const memberText = ({ input }: Search, member: string): string => input[member] as string

/** A key record, as time has left it. */
const keyRecord = (
  { reads, nowMs }: Search,
  account: AccountId,
  keyId: string,
): Eventually<KeyRecord | undefined> =>
  andThen(
    reads.read(keyRecordFormat, keyRecordKey(account, keyId)),
    (record) => record && asOf(record, nowMs),
  )

const alive = (key: KeyRecord | undefined, { nowMs }: Search): KeyRecord | undefined =>
  key === undefined || isDeleted(key, nowMs) ? undefined : key

const aliveKey = (
  search: Search,
  account: AccountId,
  keyId: string,
): Eventually<KeyRecord | undefined> =>
  andThen(keyRecord(search, account, keyId), (record) => alive(record, search))

/** The alias and its key, read together when this host knows which key it was. */
async function findAlias(search: Search, account: AccountId, name: string): Promise<LocatedAlias> {
  const { reads, place } = search
  const arn = aliasArn(place, account, name)
  if (!isAliasName(name)) return { arn, name, account }
  const aliasKey = aliasRecordKey(account, name)
  const known = reads.recall<AliasRecord>(aliasKey)
  if (known !== undefined) {
    await reads.prefetch([
      { format: aliasRecordFormat, key: aliasKey },
      { format: keyRecordFormat, key: keyRecordKey(account, known.keyId) },
    ])
  }
  const record = await reads.read(aliasRecordFormat, aliasKey)
  const key = record && (await keyRecord(search, account, record.keyId))
  const target = alive(key, search)
  return { arn, name, account, record, target, deadTarget: target === undefined ? key : undefined }
}

/** ARNs that were put together, beside the records that they name, and where. */
const keyArns = new WeakMap<KeyRecord, { readonly place: Place; readonly arn: string }>()

function arnOf(place: Place, record: KeyRecord): string {
  const known = keyArns.get(record)
  if (known?.place === place) return known.arn
  const arn = keyArn(place, record.account, record.keyId)
  keyArns.set(record, { place, arn })
  return arn
}

/** A key that is there; one in a key store also depends on that. */
function foundKey(
  search: Search,
  record: KeyRecord,
  more?: Partial<LocatedKey>,
): Eventually<Located> {
  const { account, keyStore, state } = record
  const key = { arn: arnOf(search.place, record), record, state, ...more }
  if (keyStore === undefined) return { kind: "key", key }
  return andThen(findStore(search.reads, account, keyStore.id), (found) => {
    const store = found?.store
    return { kind: "key", key: { ...key, store, state: stateInStore(record, store) } }
  })
}

const missingKey = (
  { place }: Search,
  { account, keyId }: { readonly account: AccountId; readonly keyId: string },
  refusal: KmsError,
): Located => ({ kind: "missing key", account, arn: keyArn(place, account, keyId), refusal })

/** Looks up a key by any of the four forms of identifier. */
function findKey(search: Search, text: string): Eventually<Located> {
  const identifier = parseIdentifier(text, search)
  const { account } = identifier
  if ("aliasName" in identifier) return findKeyOfAlias(search, account, identifier.aliasName)
  const { keyId } = identifier
  return andThen(aliveKey(search, account, keyId), (record) => {
    if (record !== undefined) return foundKey(search, record)
    const arn = keyArn(search.place, account, keyId)
    return missingKey(search, identifier, noSuchKey({ key: arn }))
  })
}

async function findKeyOfAlias(search: Search, account: AccountId, name: string): Promise<Located> {
  const { arn, target } = await findAlias(search, account, name)
  if (target !== undefined) return foundKey(search, target, { aliasName: name })
  const record = draftManagedKey(search.place, account, name, search.nowMs)
  if (record !== undefined) return foundKey(search, record, { aliasName: name, isDraft: true })
  return { kind: "missing key", account, arn, refusal: noSuchAlias({ arn }) }
}

/** A grant to be retired is named by a token, or by its key and its id. */
function grantNamed(search: Search): GrantName {
  const { GrantToken, KeyId, GrantId } = search.input
  if (typeof GrantToken === "string" && KeyId === undefined && GrantId === undefined) {
    const name = parseGrantToken(GrantToken)
    if (name === undefined) throw invalidGrantToken()
    return name
  }
  if (GrantToken !== undefined || typeof KeyId !== "string" || typeof GrantId !== "string") {
    throw oneGrantNameNeeded()
  }
  refuseAliases(KeyId)
  const identifier = parseIdentifier(KeyId, search)
  if (!("keyId" in identifier)) throw invalidKeyId({ keyId: KeyId })
  if (!isGrantId(GrantId)) throw invalidGrantId()
  return { account: identifier.account, keyId: identifier.keyId, grantId: GrantId }
}

/** The key that a caller names besides the ciphertext, which may help to find it. */
async function findNamedKey(
  search: Search,
  text: string,
  ciphertext: Ciphertext | undefined,
): Promise<Located> {
  let located = await findKey(search, text)
  if (located.kind === "missing key" && ciphertext?.header.keyId === text) {
    // A bare id is enough for a key of another account when the ciphertext names that key.
    located = await findKey({ ...search, account: ciphertext.header.account }, text)
  }
  return located.kind === "key" ? { ...located, key: { ...located.key, ciphertext } } : located
}

type Locators = {
  readonly [By in Subject["by"]]: (
    subject: Extract<Subject, { readonly by: By }>,
    search: Search,
  ) => Eventually<Located>
}

/** How each kind of subject is found. */
const locators: Locators = {
  account: () => ({ kind: "account" }),

  identifier: ({ member, accepts }, search) => {
    const text = memberText(search, member)
    if (accepts === "key") refuseAliases(text)
    return findKey(search, text)
  },

  "own key": async ({ member }, search) => {
    const text = memberText(search, member)
    refuseAliases(text)
    const located = await findKey(search, text)
    const owner = located.kind === "key" ? located.key.record.account : search.account
    if (located.kind === "key" && owner === search.account) return located
    throw located.kind === "missing key" ? located.refusal : noSuchKey({ key: text })
  },

  alias: async ({ member }, search) => {
    const name = memberText(search, member)
    requireAliasName(name)
    return { kind: "alias", alias: await findAlias(search, search.account, name) }
  },

  grant: async (_subject, search) => {
    const name = grantNamed(search)
    const record = await aliveKey(search, name.account, name.keyId)
    if (record === undefined) {
      const arn = keyArn(search.place, name.account, name.keyId)
      return missingKey(search, name, noSuchKey({ key: arn }))
    }
    const grant = await findGrant(search.reads, name)
    if (grant !== undefined) return foundKey(search, record, { grant })
    return missingKey(search, name, noSuchGrant({ id: name.grantId }))
  },

  "key store": ({ member }, search) =>
    andThen(
      findStore(search.reads, search.account, memberText(search, member)),
      (keyStore): Located => ({ kind: "key store", keyStore }),
    ),

  "alias target": async ({ member }, search) => {
    const name = memberText(search, member)
    requireAliasName(name)
    const located = await findKey(search, name)
    if (located.kind === "missing key") throw located.refusal
    // The alias is what the call is about, not how it names the key.
    return located.kind === "key"
      ? { ...located, key: { ...located.key, aliasName: undefined } }
      : located
  },

  ciphertext: ({ member, blob }, search) => {
    const bytes = search.input[blob] as Uint8Array | undefined
    const ciphertext = bytes && parseCiphertext(bytes)
    if (search.input[member] !== undefined) {
      return findNamedKey(search, memberText(search, member), ciphertext)
    }
    if (ciphertext === undefined) throw invalidCiphertext()
    const { header } = ciphertext
    return andThen(aliveKey(search, header.account, header.keyId), (record) =>
      record === undefined
        ? missingKey(search, header, unknownKeyOfCiphertext())
        : foundKey(search, record, { ciphertext }),
    )
  },
}

/** Finds what a subject of the call is about. Throws where the form of its name is refused. */
export const locate = (subject: Subject, search: Search): Eventually<Located> =>
  // The table has one locator for each kind of subject, and this picks the one of its kind.
  (locators[subject.by] as (subject: Subject, search: Search) => Eventually<Located>)(
    subject,
    search,
  )
