import { parseCiphertext } from "../formats/ciphertext.js"
import { type GrantName, isGrantId, parseGrantToken } from "../formats/grant-token.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../formats/records.js"
import { asOf } from "../model/key-materials.js"
import { stateInStore } from "../model/key-stores.js"
import { isDeleted } from "../model/keys.js"
import type { LocatedAlias, LocatedKey, LocatedKeyStore, Subject } from "../operations/row.js"
import {
  type AccountId,
  aliasArn,
  isAccountId,
  isAliasName,
  isKeyId,
  keyArn,
  type Place,
  parseArn,
} from "../vocabulary/arns.js"
import { KmsError } from "../vocabulary/errors.js"
import { findStore } from "./find-store.js"
import { findGrant } from "./grants.js"
import type { ReadSet } from "./records.js"

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

/** An identifier, understood but not looked up. */
type Identifier = { readonly account: AccountId } & (
  | { readonly keyId: string }
  | { readonly aliasName: string }
)

const notFound = (message: string): KmsError => new KmsError("NotFoundException", message)

function parseKmsArn(text: string, place: Place): Identifier {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== "kms" || !isAccountId(arn.account)) {
    throw notFound(`Invalid arn ${text}`)
  }
  if (arn.partition !== place.partition || arn.region !== place.region) {
    throw notFound(`Invalid arn ${arn.region}`)
  }
  const { account, resource } = arn
  if (resource.startsWith("alias/")) return { account, aliasName: resource }
  const keyId = resource.startsWith("key/") ? resource.slice("key/".length) : undefined
  if (keyId === undefined) throw notFound(`Invalid arn ${text}`)
  if (!isKeyId(keyId)) throw notFound(`Invalid keyId ${keyId}`)
  return { account, keyId }
}

/** Reads the four forms: key id, key ARN, alias name, alias ARN. */
function parseIdentifier(text: string, { account, place }: Search): Identifier {
  if (text.startsWith("arn:")) return parseKmsArn(text, place)
  if (text.startsWith("alias/")) return { account, aliasName: text }
  if (!isKeyId(text)) throw notFound(`Invalid keyId '${text}'`)
  return { account, keyId: text }
}

const memberText = ({ input }: Search, member: string): string => input[member] as string

/** A key record, as time has left it. */
async function keyRecord(
  { reads, nowMs }: Search,
  account: AccountId,
  keyId: string,
): Promise<KeyRecord | undefined> {
  const record = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
  return record && asOf(record, nowMs)
}

const alive = (key: KeyRecord | undefined, { nowMs }: Search): KeyRecord | undefined =>
  key === undefined || isDeleted(key, nowMs) ? undefined : key

const aliveKey = async (
  search: Search,
  account: AccountId,
  keyId: string,
): Promise<KeyRecord | undefined> => alive(await keyRecord(search, account, keyId), search)

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

/** A key that is there; one in a key store also depends on that. */
async function foundKey(
  search: Search,
  record: KeyRecord,
  more?: Partial<LocatedKey>,
): Promise<Located> {
  const { account, keyId, keyStore, state } = record
  const key = { arn: keyArn(search.place, account, keyId), record, state, ...more }
  if (keyStore === undefined) return { kind: "key", key }
  const store = (await findStore(search.reads, account, keyStore.id))?.store
  return { kind: "key", key: { ...key, store, state: stateInStore(record, store) } }
}

/** Looks up a key by any of the four forms of identifier. */
async function findKey(search: Search, text: string): Promise<Located> {
  const identifier = parseIdentifier(text, search)
  const { account } = identifier
  if ("keyId" in identifier) {
    const record = await aliveKey(search, account, identifier.keyId)
    if (record !== undefined) return foundKey(search, record)
    const arn = keyArn(search.place, account, identifier.keyId)
    return { kind: "missing key", account, arn, refusal: notFound(`Key '${arn}' does not exist`) }
  }
  const alias = await findAlias(search, account, identifier.aliasName)
  if (alias.target !== undefined) {
    return foundKey(search, alias.target, { aliasName: alias.name })
  }
  const { arn } = alias
  return { kind: "missing key", account, arn, refusal: notFound(`Alias ${arn} is not found.`) }
}

function refuseAliases(text: string): void {
  if (!text.startsWith("alias/") && !/^arn:[^:]*:kms:[^:]*:[^:]*:alias\//.test(text)) return
  const message = "Key Aliases are not supported for this operation."
  throw new KmsError("InvalidArnException", message)
}

const aliasHelp = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"

/** An alias name that a customer may make. */
function requireAliasName(name: string): void {
  if (!name.startsWith("alias/")) {
    const rule = `Alias must start with the prefix "alias/". Please see ${aliasHelp}`
    throw new KmsError("ValidationException", rule)
  }
  if (name.startsWith("alias/aws/")) {
    throw new KmsError("NotAuthorizedException", "Aliases beginning with alias/aws/ are reserved")
  }
  if (!isAliasName(name)) {
    throw new KmsError("ValidationException", `${name} contains invalid characters for an alias`)
  }
}

/** A grant to be retired is named by a token, or by its key and its id. */
function grantNamed(search: Search): GrantName {
  const { GrantToken, KeyId, GrantId } = search.input
  if (typeof GrantToken === "string" && KeyId === undefined && GrantId === undefined) {
    const name = parseGrantToken(GrantToken)
    if (name === undefined) throw new KmsError("InvalidGrantTokenException")
    return name
  }
  if (GrantToken !== undefined || typeof KeyId !== "string" || typeof GrantId !== "string") {
    const message = "Specify either a GrantToken, or a KeyId and a GrantId."
    throw new KmsError("ValidationException", message)
  }
  refuseAliases(KeyId)
  const identifier = parseIdentifier(KeyId, search)
  if (!("keyId" in identifier)) throw notFound(`Invalid keyId '${KeyId}'`)
  if (!isGrantId(GrantId)) throw new KmsError("InvalidGrantIdException", "Invalid grant ID")
  return { account: identifier.account, keyId: identifier.keyId, grantId: GrantId }
}

type Locators = {
  readonly [By in Subject["by"]]: (
    subject: Extract<Subject, { readonly by: By }>,
    search: Search,
  ) => Promise<Located> | Located
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
    throw located.kind === "missing key"
      ? located.refusal
      : notFound(`Key '${text}' does not exist`)
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
      const refusal = notFound(`Key '${arn}' does not exist`)
      return { kind: "missing key", account: name.account, arn, refusal }
    }
    const grant = await findGrant(search.reads, name)
    if (grant === undefined) throw notFound(`Grant ID ${name.grantId} not found`)
    return foundKey(search, record, { grant })
  },

  "key store": async ({ member }, search) => {
    const id = memberText(search, member)
    return { kind: "key store", keyStore: await findStore(search.reads, search.account, id) }
  },

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

  ciphertext: async ({ member, blob }, search) => {
    const bytes = search.input[blob] as Uint8Array | undefined
    const ciphertext = bytes && parseCiphertext(bytes)
    if (search.input[member] !== undefined) {
      const text = memberText(search, member)
      let located = await findKey(search, text)
      if (located.kind === "missing key" && ciphertext?.header.keyId === text) {
        // A bare id is enough for a key of another account when the ciphertext names that key.
        located = await findKey({ ...search, account: ciphertext.header.account }, text)
      }
      return located.kind === "key" ? { ...located, key: { ...located.key, ciphertext } } : located
    }
    if (ciphertext === undefined) throw new KmsError("InvalidCiphertextException")
    const { account, keyId } = ciphertext.header
    const record = await aliveKey(search, account, keyId)
    if (record !== undefined) return foundKey(search, record, { ciphertext })
    return {
      kind: "missing key",
      account,
      arn: keyArn(search.place, account, keyId),
      refusal: new KmsError(
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in " +
          "this region, or you are not allowed to access.",
      ),
    }
  },
}

/** Finds what a subject of the call is about. Throws where the form of its name is refused. */
export const locate = (subject: Subject, search: Search): Promise<Located> | Located =>
  // The table has one locator for each kind of subject, and this picks the one of its kind.
  (locators[subject.by] as (subject: Subject, search: Search) => Promise<Located> | Located)(
    subject,
    search,
  )
