import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import type { Storage } from "@keywright/storage"
import { openEtcdStorage } from "@keywright/storage/etcd"
import { openPostgresStorage } from "@keywright/storage/postgres"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import Database from "libsql"
import pg from "pg"
import type { Address, HostOptions } from "./messages.js"

const patience = { deadlineMs: 1500, patienceMs: 8000 }

async function openStorage(address: Address): Promise<Storage> {
  if (address.store === "etcd") {
    return openEtcdStorage({ endpoints: address.endpoints, ...patience })
  }
  if (address.store === "SQLite") return openSqliteStorage(new Database(address.path))
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
