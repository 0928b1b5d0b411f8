import type { ContextValue } from "@keywright/policy"
import type * as z from "zod"
import type { Ciphertext } from "../formats/opaque/ciphertext.js"
import type { EncryptionContext } from "../formats/opaque/encryption-context.js"
import type { GrantRecord } from "../formats/stored/grant-records.js"
import type { AliasRecord, KeyRecord, RecordFormat } from "../formats/stored/key-records.js"
import type { KeyStore, KeyStoresRecord } from "../formats/stored/key-store-records.js"
import type { LastUsageRecord } from "../formats/stored/last-usage-record.js"
import type { Admission } from "../model/admission.js"
import type { CallHead } from "../model/caller.js"
import type { Change } from "../model/changes.js"
import type { MemberValue } from "../model/condition-keys.js"
import type { ConnectionAdmission } from "../model/key-stores.js"
import type { Entropy } from "../ports/entropy.js"
import type { Eventually, Hsm } from "../ports/hsm.js"
import type { AccountId, Place, Region } from "../vocabulary/arns.js"
import type { Allocate } from "../vocabulary/bytes.js"
import { invariant, type KmsError, type KmsErrorName } from "../vocabulary/errors.js"
import type { KeySpecRow, KeyUsage, Origin, UsageAlgorithms } from "../vocabulary/key-specs.js"
import type { KeyState } from "../vocabulary/key-states.js"
import type { ResourceQuotas } from "../vocabulary/quotas.js"
import type { Backings } from "./backings.js"

/** The part that a key plays in a call. */
export type Role = "key" | "source" | "destination" | "current"

/** What a call asks of a key besides its state. */
export interface Use {
  readonly usage?: KeyUsage
  /** The only origins of key material that will do. */
  readonly origins?: readonly Origin[]
  /** The only kind of key that will do, and the words of the refusal for any other. */
  readonly kind?: { readonly only: KeySpecRow["kind"]; readonly otherwise: () => KmsError }
  /** What the key must be among related keys. Default: anything. */
  readonly relation?: "primary" | "primary or single-Region"
  /** The input member that names the algorithm, and where the algorithms of a key are listed. */
  readonly algorithm?: MemberValue & { readonly among: keyof UsageAlgorithms }
}

interface Permission {
  /** The IAM action that is needed, for example `kms:Encrypt`. */
  readonly action: string
  /** The subject counts only when the input has this member. Default: always. */
  readonly whenGiven?: string
  /** Condition keys, by lower-case name, that come from the input. */
  readonly conditionKeys?: Readonly<Record<string, MemberValue>>
  /** The member with the tags of the request, or with the names of tags. */
  readonly tags?: string
  readonly tagKeys?: string
  /** What conditions can ask about that is no member of the input by itself. */
  readonly derive?: (
    input: Readonly<Record<string, unknown>>,
    keys: Call<unknown>["keys"],
  ) => DerivedFacts
  /** Conditions can ask for how long the key was not used. */
  readonly asksLastUsage?: true
  /** The member that names the region where the action happens. Default: this region. */
  readonly region?: string
}

export interface DerivedFacts {
  readonly encryptionContext?: EncryptionContext | undefined
  readonly conditionKeys: Readonly<Record<string, ContextValue | undefined>>
}

interface KeyPermission extends Permission {
  readonly role: Role
  readonly admission: Admission
  readonly use?: Use
  /** The input member that holds the encryption context of this key. */
  readonly encryptionContext?: string
}

/** A key that a member names. */
export interface IdentifierSubject extends KeyPermission {
  readonly by: "identifier"
  readonly member: string
  readonly accepts: "key" | "key or alias"
}

/** The key of a ciphertext; a member may name it too and must then agree. */
export interface CiphertextSubject extends KeyPermission {
  readonly by: "ciphertext"
  readonly member: string
  readonly blob: string
}

/** The key that an alias now points to; there must be one. */
export interface AliasTargetSubject extends KeyPermission {
  readonly by: "alias target"
  readonly member: string
}

/** The key of a grant that is to be retired, named by a token or by key and grant id. */
export interface GrantSubject extends KeyPermission {
  readonly by: "grant"
}

/** An alias itself, whether or not it exists. */
export interface AliasSubject extends Permission {
  readonly by: "alias"
  readonly member: string
}

/** No key: the account of the caller. */
export interface AccountSubject extends Permission {
  readonly by: "account"
}

/** A key of the own account that narrows a list; the permission for the list covers it. */
export interface OwnKeySubject {
  readonly by: "own key"
  readonly member: string
  readonly whenGiven: string
}

/** A custom key store of the caller's account; another subject asks for the permission. */
export interface KeyStoreSubject {
  readonly by: "key store"
  readonly member: string
  readonly whenGiven?: string
  readonly connection: ConnectionAdmission
  /** Whose HSM the call works with. */
  readonly hsm: "of the region" | "of the store"
}

export type KeySubject = IdentifierSubject | CiphertextSubject | AliasTargetSubject | GrantSubject

/** What a call is about: how the input names it, and what is needed to touch it. */
export type Subject = KeySubject | AliasSubject | AccountSubject | OwnKeySubject | KeyStoreSubject

/** A key that was found, and the words by which the input named it. */
export interface LocatedKey {
  readonly arn: string
  readonly record: KeyRecord
  /** As it shows: that of the record, unless the key's store hides it. */
  readonly state: KeyState
  /** Of a key that is in a custom key store which still exists. */
  readonly store?: KeyStore | undefined
  /** The alias in the input, with `alias/`. */
  readonly aliasName?: string | undefined
  /** An AWS managed key that will be made if the call may use it. */
  readonly isDraft?: boolean | undefined
  /** Of a key that was named by a ciphertext. */
  readonly ciphertext?: Ciphertext | undefined
  /** Of a key that was named by one of its grants. */
  readonly grant?: GrantRecord | undefined
}

export interface LocatedAlias {
  readonly arn: string
  readonly name: string
  readonly account: AccountId
  /** Absent when there is no such alias, or its key is gone. */
  readonly target?: KeyRecord | undefined
  /** What storage holds under the name, also when its key is gone. */
  readonly record?: AliasRecord | undefined
  /** The key that is gone and was not swept, which still lists the name. */
  readonly deadTarget?: KeyRecord | undefined
}

/** A key store that was found, and the record that all stores of its account stand in. */
export interface LocatedKeyStore {
  readonly store: KeyStore
  readonly record: KeyStoresRecord
}

/** One page of records, the deleted keys still among them. */
export interface RecordPage<Value> {
  readonly records: readonly Value[]
  readonly more: boolean
}

/** Reading beyond what a call is about. */
export interface Records {
  /** A commit expects all of them as they were, and it can expect no more than a few. */
  readMany<Value>(
    format: RecordFormat<Value>,
    keys: readonly string[],
  ): Promise<readonly (Value | undefined)[]>
  /** The same of any number of records, which may have changed until the commit. */
  lookAt: Records["readMany"]
  /** No commit expects what is listed. */
  list<Value>(
    format: RecordFormat<Value>,
    range: { readonly prefix: string; readonly after?: string | undefined; readonly limit: number },
  ): Promise<RecordPage<Value>>
}

/** The other regions of the partition. */
export interface OtherRegions {
  /** Whether the region was ever connected with this one. */
  knows(region: Region): Promise<boolean>
  /**
   * Asks a region whether it admits the call on the related key there, by the `elsewhere` of the
   * row. Throws its refusal, or a retryable failure when it does not answer.
   */
  consult(region: Region, key: Pick<KeyRecord, "account" | "keyId">): Promise<void>
}

/** Everything that an operation knows when it is performed. */
export interface Call<Input> extends CallHead {
  readonly input: Input
  readonly place: Place
  readonly nowMs: number
  readonly keys: { readonly [role in Role]?: LocatedKey }
  readonly alias?: LocatedAlias | undefined
  readonly keyStore?: LocatedKeyStore | undefined
  /** Where the key materials of this call are: the engine sends each key to the HSM that has it. */
  readonly hsm: Hsm
  readonly backings: Backings
  readonly entropy: Entropy
  /** Bytes that are wiped when the call is over. */
  readonly allocate: Allocate
  readonly records: Records
  /** Whether the caller could call PutKeyPolicy on the key if it had this policy. */
  readonly couldPutKeyPolicy: (key: KeyRecord, policy: string, region?: Region) => boolean
  readonly regions: OtherRegions
  readonly quotas: ResourceQuotas
  /** How a key was last used, as far as this host knows. */
  readonly lastUsageOf: (key: LocatedKey) => Promise<LastUsageRecord | undefined>
}

/** What a call answers and what it proposes to change. */
export interface Outcome<Reply> {
  readonly reply: Reply
  readonly changes?: readonly Change[]
  /** The key materials that were used, for the audit event. */
  readonly keyMaterialIds?: readonly string[]
  /** The ARN of a key that the call made, for the audit event. */
  readonly created?: string
}

/**
 * One operation of the API, as data. The corridor walks every call through the same steps; this
 * says what differs.
 */
export interface OperationRow<
  Input extends z.ZodObject = z.ZodObject,
  Reply extends z.ZodObject = z.ZodObject,
> {
  /** Built when first used: a process pays for the schemas of the operations that it calls. */
  readonly input: () => Input
  readonly reply: () => Reply
  readonly subjects: readonly Subject[]
  /** What is needed to touch the related key in another region, when `perform` asks there. */
  readonly elsewhere?: KeySubject
  /**
   * `read` and `use` leave no trace in storage, but that a `use` of keys, if it succeeds, is noted
   * as their last; `write` commits what it proposes.
   */
  readonly effect: "read" | "use" | "write"
  /** Input members that audit events show. */
  readonly audit: readonly (keyof z.output<Input> & string)[]
  /** The secret member of the reply that goes to an attested recipient encrypted. */
  readonly recipient?: string
  /** Of an operation whose callers bring a token of the HSM: what it means that it is refused. */
  readonly tokenRefusal?: KmsErrorName
  /** Checks across members; throws the refusal. */
  check?(input: z.output<Input>): void
  perform(call: Call<z.output<Input>>): Eventually<Outcome<z.output<Reply>>>
}

/** A row whose types are forgotten: what a table holds and the corridor walks. */
export type AnyRow = OperationRow

/** Checks a row against its own schemas, which are built at most once. */
export const row = <Input extends z.ZodObject, Reply extends z.ZodObject>(
  data: OperationRow<Input, Reply>,
): OperationRow<Input, Reply> => ({ ...data, input: once(data.input), reply: once(data.reply) })

const once = <Value>(make: () => Value): (() => Value) => {
  let value: Value | undefined
  return () => {
    value ??= make()
    return value
  }
}

/** The key that plays a role in the call; the row must have a subject with that role. */
export function keyOf(call: Call<unknown>, role: Role = "key"): LocatedKey {
  const key = call.keys[role]
  invariant(key, `the call has located its ${role}`)
  return key
}
