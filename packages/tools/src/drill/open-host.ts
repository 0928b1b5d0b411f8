import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import type { Storage } from "@keywright/storage"
import type { Address, HostOptions } from "./messages.js"

const patience = { deadlineMs: 1500, patienceMs: 8000 }

/** Loads what it opens and nothing else: a drill starts ten thousand hosts. */
async function openStorage(address: Address): Promise<Storage> {
  if (address.store === "etcd") {
    const { openEtcdStorage } = await import("@keywright/storage/etcd")
    return openEtcdStorage({ endpoints: address.endpoints, ...patience })
  }
  if (address.store === "SQLite") {
    const { openSqliteStorage } = await import("@keywright/storage/sqlite")
    const { default: Database } = await import("libsql")
    return openSqliteStorage(new Database(address.path))
  }
  const { openPostgresStorage } = await import("@keywright/storage/postgres")
  const { default: pg } = await import("pg")
  const { url, durability } = address
  return openPostgresStorage(new pg.Pool({ connectionString: url, max: 4 }), {
    ...patience,
    durability,
  })
}

/** A host on a store, with a clock of its own. */
export async function openHost(
  { address, rootKey }: HostOptions,
  clock: () => number,
): Promise<Kms> {
  const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite: opensslSuite() })
  const storage = await openStorage(address)
  return createKms({ region: "us-east-1", account: "111122223333", storage, hsm, clock })
}
