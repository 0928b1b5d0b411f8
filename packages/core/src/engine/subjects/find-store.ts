import { keyStoresFormat, keyStoresKey } from "../../formats/stored/key-store-records.js"
import type { LocatedKeyStore } from "../../operations/call.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import type { ReadSet } from "../records/record-reader.js"

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
