import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { createMemoryStorage, type Storage, StorageError } from "@keywright/storage"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import Database from "libsql"

/** What keeps a storage from writing; called, it lets the storage write again. */
type Trouble = () => () => void

/** A host, and the trouble that its storage can have. */
export interface Shop extends AsyncDisposable {
  readonly kms: Kms
  /** What time it is for the host. */
  readonly time: { nowMs: number }
  /** Somebody else holds the lock for writing: a commit waits. */
  readonly lock: Trouble
  /** The disk is full: a commit fails. */
  readonly fill: Trouble
}

/** A machine that stands still for half a minute is no storage that does not answer. */
function patientTimer(timeoutMs: number) {
  let timeout: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timeout = setTimeout(resolve, timeoutMs < 1000 ? timeoutMs : 20 * timeoutMs)
  })
  return { over, stop: () => clearTimeout(timeout) }
}

const openHost = (storage: Storage, time: Shop["time"]): Promise<Kms> =>
  createKms({
    region: "us-east-1",
    account: "111122223333",
    storage,
    hsm: createSoftwareHsm({
      seal: rootKeySeal(new Uint8Array(32).fill(7)),
      suite: opensslSuite(),
    }),
    clock: () => time.nowMs,
    timer: patientTimer,
  })

async function openMemoryShop(): Promise<Shop> {
  const inner = createMemoryStorage()
  const time = { nowMs: Date.UTC(2026, 0, 1) }
  let unlocked: Promise<void> | undefined
  let isFull = false
  const commit: Storage["commit"] = async (change) => {
    await unlocked
    if (isFull) throw new StorageError("failed", "the disk is full")
    return inner.commit(change)
  }
  const kms = await openHost({ ...inner, commit }, time)
  return {
    kms,
    time,
    lock: () => {
      let release = (): void => {}
      unlocked = new Promise<void>((resolve) => {
        release = resolve
      })
      return release
    },
    fill: () => {
      isFull = true
      return () => {
        isFull = false
      }
    },
    [Symbol.asyncDispose]: () => kms.close(),
  }
}

async function openSqliteShop(): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-shop-"))
  const path = join(folder, "keys.db")
  const database = new Database(path)
  const time = { nowMs: Date.UTC(2026, 0, 1) }
  const kms = await openHost(openSqliteStorage(database, { busyTimeoutMs: 60_000 }), time)
  const pages = (max: number) => database.prepare(`pragma max_page_count = ${max}`).get()
  return {
    kms,
    time,
    lock: () => {
      const other = new Database(path)
      other.exec("begin immediate")
      return () => {
        other.exec("rollback")
        other.close()
      }
    },
    fill: () => {
      // Never below what the file has: this asks for the least that there may be.
      pages(1)
      return () => void pages(1_073_741_823)
    },
    [Symbol.asyncDispose]: async () => {
      await kms.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** On every storage the same is asked. */
export const shops: readonly (readonly [string, () => Promise<Shop>])[] = [
  ["memory", openMemoryShop],
  ["SQLite", openSqliteShop],
]
