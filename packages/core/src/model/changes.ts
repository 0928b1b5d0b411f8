import type { GrantRecord } from "../formats/stored/grant-records.js"
import type { AliasRecord, KeyRecord } from "../formats/stored/key-records.js"
import type { KeyStoreEntry, KeyStoresRecord } from "../formats/stored/key-store-records.js"
import type { ReplicaDraftRecord } from "../formats/stored/region-records.js"

interface Replacement<Kind extends string, Value> {
  readonly kind: Kind
  readonly before?: Value | undefined
  readonly after?: Value | undefined
}

/** A key more or less in an account: how many there are is known when that is written. */
export interface KeyCountChange {
  readonly kind: "key count"
  readonly before?: undefined
  readonly after?: undefined
  readonly account: string
  readonly more: 1 | -1
  /** Beyond so many nothing is written, and the call is decided again. Absent: any number. */
  readonly max?: number | undefined
}

/**
 * What a call proposes to write, as the records before and after. No record before: it is made;
 * none after: it goes away. How storage entries and indexes follow is the engine's business.
 */
export type Change =
  | Replacement<"key", KeyRecord>
  | Replacement<"alias", AliasRecord>
  | KeyCountChange
  | Replacement<"grant", GrantRecord>
  | Replacement<"replica draft", ReplicaDraftRecord>
  | Replacement<"key stores", KeyStoresRecord>
  | Replacement<"key store entry", KeyStoreEntry>
