import { keyStoresFormat, keyStoresKey } from "../formats/key-store-records.js"
import type { LocatedKeyStore } from "../operations/row.js"
import type { ReadSet } from "./records.js"

/** A custom key store of an account by its id, or `undefined`. */
export async function findStore(
  reads: ReadSet,
  account: string,
  id: string,
): Promise<LocatedKeyStore | undefined> {
  const record = await reads.read(keyStoresFormat, keyStoresKey(account))
  const store = record?.stores.find((one) => one.id === id)
  return record && store && { record, store }
}
