import type { KeyStore, KeyStoresRecord } from "../../formats/stored/key-store-records.js"
import type { ConnectionErrorCode } from "../../vocabulary/key-stores.js"
import type { Call } from "../call.js"
import type { CreateInput, StoreEntry, UpdateInput } from "./inputs.js"

/** What every new store is, whatever is behind it. */
export type NewStore = Pick<KeyStore, "id" | "name" | "createdMs"> & {
  readonly state: "DISCONNECTED"
}

/** What differs between types of key store. Each method throws the refusals of its operation. */
export interface StoreKind<Store extends KeyStore> {
  create(
    call: Call<unknown>,
    base: NewStore,
    input: CreateInput,
    record: KeyStoresRecord,
  ): Promise<Store>
  /** The store as the input wants it; its name is changed already. */
  update(
    call: Call<unknown>,
    before: Store,
    input: UpdateInput,
    record: KeyStoresRecord,
  ): Promise<Store>
  /** Why it cannot be connected; `undefined` when it is. */
  connect(
    call: Call<unknown>,
    store: Store,
    account: string,
  ): Promise<ConnectionErrorCode | undefined>
  /** What DescribeCustomKeyStores shows of what is behind it. */
  entry(store: Store): Partial<StoreEntry>
}
