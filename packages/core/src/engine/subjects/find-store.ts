import type { KeyRecord } from "../../formats/stored/key-records.js"
import {
  type KeyStore,
  keyStoreEntryFormat,
  keyStoresFormat,
  keyStoresKey,
} from "../../formats/stored/key-store-records.js"
import { keyToStoreEntry, keyToStores } from "../../model/ties.js"
import type { LocatedKeyStore } from "../../operations/call.js"
import { requireAgreement } from "../../operations/follow.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import type { ReadSet } from "../records/read-set.js"

/** A custom key store of an account by its id, or `undefined`. */
export const findStore = (
  reads: ReadSet,
  account: string,
  id: string,
): Eventually<LocatedKeyStore | undefined> =>
  andThen(reads.read(keyStoresFormat, keyStoresKey(account)), (record) => {
    const store = record?.stores.find((one) => one.id === id)
    return record && store && { record, store }
  })

/** The store of a key, if it is in one: it must be of the key's kind, and know the key. */
export function storeOf(reads: ReadSet, key: KeyRecord): Eventually<KeyStore | undefined> {
  const entryKey = keyToStoreEntry.leadsTo(key)
  const storesKey = keyToStores.leadsTo(key)
  if (entryKey === undefined || storesKey === undefined) return undefined
  return storeAt(reads, key, entryKey, storesKey)
}

async function storeAt(
  reads: ReadSet,
  key: KeyRecord,
  entryKey: string,
  storesKey: string,
): Promise<KeyStore | undefined> {
  await reads.prefetch([
    { format: keyStoreEntryFormat, key: entryKey },
    { format: keyStoresFormat, key: storesKey },
  ])
  await requireAgreement(
    reads,
    keyToStoreEntry,
    key,
    await reads.read(keyStoreEntryFormat, entryKey),
  )
  const record = await reads.read(keyStoresFormat, storesKey)
  await requireAgreement(reads, keyToStores, key, record)
  return record?.stores.find(({ id }) => id === key.keyStore?.id)
}
