import {
  type GrantPointer,
  type GrantRecord,
  grantNameKey,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
  retiringKey,
} from "../formats/stored/grant-records.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../formats/stored/key-records.js"
import {
  type KeyStoreEntry,
  type KeyStoresRecord,
  keyStoreEntryFormat,
  keyStoreEntryKey,
  keyStoresFormat,
  keyStoresKey,
} from "../formats/stored/key-store-records.js"
import type { RecordFormat } from "../formats/stored/record-format.js"
import {
  type TombstoneRecord,
  tombstoneFormat,
  tombstoneKey,
} from "../formats/stored/region-records.js"

/*
 * What two records say of each other. Each alone is genuine: it is sealed. But an old one that was
 * put back leads where it led once, so where one leads to another, that one must say the same. One
 * commit writes both, so in every state of a store that nobody else has written they agree.
 */

/** A record that leads to another one. */
export interface Tie<From, To> {
  readonly from: RecordFormat<From>
  readonly to: RecordFormat<To>
  /** Where the other one stands; `undefined` when this one leads nowhere any more. */
  leadsTo(from: From): string | undefined
  /** Whether the other one says the same. It is `undefined` when there is none. */
  agrees(from: From, to: To | undefined): boolean
}

export const aliasToKey: Tie<AliasRecord, KeyRecord> = {
  from: aliasRecordFormat,
  to: keyRecordFormat,
  leadsTo: ({ account, keyId }) => keyRecordKey(account, keyId),
  agrees: ({ name }, key) => key?.aliases.includes(name) === true,
}

/** One of the aliases that a key lists. */
export const keyToAlias = (name: string): Tie<KeyRecord, AliasRecord> => ({
  from: keyRecordFormat,
  to: aliasRecordFormat,
  leadsTo: ({ account, aliases }) =>
    aliases.includes(name) ? aliasRecordKey(account, name) : undefined,
  agrees: ({ keyId }, alias) => alias?.keyId === keyId,
})

export const pointerToGrant: Tie<GrantPointer, GrantRecord> = {
  from: grantPointerFormat,
  to: grantRecordFormat,
  leadsTo: ({ grantKey }) => grantKey,
  agrees: ({ key }, grant) =>
    grant !== undefined &&
    [grantPointerKey(grant), grantNameKey(grant), retiringKey(grant)].includes(key),
}

/** A grant that is in force can be named by its id, and so be revoked. */
export const grantToPointer: Tie<GrantRecord, GrantPointer> = {
  from: grantRecordFormat,
  to: grantPointerFormat,
  leadsTo: grantPointerKey,
  agrees: (grant, pointer) => pointer?.grantKey === grantRecordFormat.keyOf(grant),
}

/** A key knows how many grants it has, and which came or went last. */
export const grantToKey: Tie<GrantRecord, KeyRecord> = {
  from: grantRecordFormat,
  to: keyRecordFormat,
  leadsTo: ({ account, keyId }) => keyRecordKey(account, keyId),
  agrees: ({ grantId }, key) =>
    key !== undefined && key.grantsCount > 0 && key.grantsRevision !== `-${grantId}`,
}

/** A store of another type would put the key in another HSM. */
export const keyToStores: Tie<KeyRecord, KeyStoresRecord> = {
  from: keyRecordFormat,
  to: keyStoresFormat,
  leadsTo: ({ account, keyStore }) => keyStore && keyStoresKey(account),
  agrees: ({ keyStore, origin }, record) =>
    record?.stores.some(({ id, type }) => id === keyStore?.id && type === origin) === true,
}

/** Of two keys that say that they are one external key, one is. */
export const keyToStoreEntry: Tie<KeyRecord, KeyStoreEntry> = {
  from: keyRecordFormat,
  to: keyStoreEntryFormat,
  leadsTo: ({ account, keyId, keyStore }) =>
    keyStore &&
    keyStoreEntryKey({ account, storeId: keyStore.id, name: keyStore.xksKeyId ?? keyId }),
  agrees: ({ keyId }, entry) => entry?.keyId === keyId,
}

/** A multi-Region key that was deleted does not come back but as another replica. */
export const keyToTombstone: Tie<KeyRecord, TombstoneRecord> = {
  from: keyRecordFormat,
  to: tombstoneFormat,
  leadsTo: (key) => key.multiRegion && tombstoneKey(key),
  agrees: ({ multiRegion }, tombstone) =>
    tombstone === undefined || (multiRegion?.since ?? 0) > tombstone.version,
}

export const storeEntryToKey: Tie<KeyStoreEntry, KeyRecord> = {
  from: keyStoreEntryFormat,
  to: keyRecordFormat,
  leadsTo: ({ account, keyId }) => keyRecordKey(account, keyId),
  agrees: (entry, key) =>
    key !== undefined && keyToStoreEntry.leadsTo(key) === keyStoreEntryKey(entry),
}
