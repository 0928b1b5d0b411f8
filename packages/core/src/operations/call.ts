import type { CompiledDocument } from "@keywright/policy"
import type { Ciphertext } from "../formats/opaque/ciphertext.js"
import type { GrantRecord } from "../formats/stored/grant-records.js"
import type { AliasRecord, KeyRecord } from "../formats/stored/key-records.js"
import type { KeyStore, KeyStoresRecord } from "../formats/stored/key-store-records.js"
import type { LastUsageRecord } from "../formats/stored/last-usage-record.js"
import type { RecordFormat } from "../formats/stored/record-format.js"
import type { CallHead } from "../model/caller.js"
import type { Change } from "../model/changes.js"
import type { Entropy } from "../ports/entropy.js"
import type { Hsm } from "../ports/hsm.js"
import type { AccountId, Place, Region } from "../vocabulary/arns.js"
import type { Allocate } from "../vocabulary/bytes.js"
import { invariant } from "../vocabulary/errors.js"
import type { Eventually } from "../vocabulary/eventually.js"
import type { KeyState } from "../vocabulary/key-states.js"
import type { ResourceQuotas } from "../vocabulary/quotas.js"
import type { Backings } from "./backings.js"

/** The part that a key plays in a call. */
export type Role = "key" | "source" | "destination" | "current"

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

/** A record that is to be read. */
export interface Wanted<Value> {
  readonly format: RecordFormat<Value>
  readonly key: string
}

/** Reading beyond what a call is about. */
export interface Records {
  /** At once where the cache is fresh; a commit expects the record as it was. */
  read<Value>(format: RecordFormat<Value>, key: string): Eventually<Value | undefined>
  /** A commit expects all of them as they were, and it can expect no more than a few. */
  readMany<Value>(
    format: RecordFormat<Value>,
    keys: readonly string[],
  ): Promise<readonly (Value | undefined)[]>
  /** The same of any number of records, which may have changed until the commit. */
  lookAt: Records["readMany"]
  /** Two records in one state of the store, as it is now, whatever was read before. */
  together<A, B>(one: Wanted<A>, other: Wanted<B>): Promise<readonly [A | undefined, B | undefined]>
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

/** The keys of a call, each by its part in it. */
export type Keys = { readonly [role in Role]?: LocatedKey }

/** Everything that an operation knows when it is performed. */
export interface Call<Input> extends CallHead {
  readonly input: Input
  readonly place: Place
  readonly nowMs: number
  readonly keys: Keys
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
  readonly couldPutKeyPolicy: (key: KeyRecord, policy: CompiledDocument, region?: Region) => boolean
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

/** The key that plays a role in the call; the row must have a subject with that role. */
export function keyOf(call: Call<unknown>, role: Role = "key"): LocatedKey {
  const key = call.keys[role]
  invariant(key, `the call has located its ${role}`)
  return key
}
