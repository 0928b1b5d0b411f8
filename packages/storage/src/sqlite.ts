import { checkChange, checkKeys, checkRange } from "./arguments.js"
import type { Change, Storage } from "./contract.js"
import { createCommitQueue } from "./sqlite/commit.js"
import {
  type Connection,
  createConnection,
  guard,
  isBusy,
  type SqliteDatabase,
  toStorageError,
} from "./sqlite/driver.js"
import { createPatience } from "./sqlite/patience.js"
import { prepareReads } from "./sqlite/reads.js"
import { leaveLog, openSchema } from "./sqlite/schema.js"
import { closedError } from "./storage-error.js"
import { systemTimer, type Timer } from "./system.js"

export type {
  SqliteDatabase,
  SqliteStatement,
  SqliteValue,
} from "./sqlite/driver.js"

export interface SqliteOptions {
  /**
   * How long a call waits while another connection writes; it rejects as `busy` then. Nothing else
   * in the process waits with it, but for the opening of the store. Default: 5 seconds.
   */
  readonly busyTimeoutMs?: number | undefined
  /** What waits. Default: by the clock of the machine. */
  readonly timer?: Timer | undefined
  /**
   * A file of at most so many bytes is checked for damage when it is opened, which reads all of
   * it; 0: never. An index that has lost entries would otherwise say that keys are not there.
   * Default: 64 MiB, some 60,000 keys.
   */
  readonly checkedBytesMax?: number | undefined
}

const busyTimeoutMsDefault = 5000
const busyTimeoutMsMax = 60_000
const checkedBytesMaxDefault = 67_108_864

/** A store in a SQLite file. Its stamp is synchronous. */
export interface SqliteStorage extends Storage {
  stamp(): number
}

/**
 * Opens the store in a SQLite file, and makes it there if the file is new. From then on the
 * connection belongs to the store alone, and `close` closes it; a file takes any number of
 * connections and processes. Commits that are under way together share one transaction and one
 * flush to the disk.
 *
 * Throws a `StorageError` with code `"format"` if the file holds anything else; the file is then as
 * it was, and the connection still the caller's to close.
 *
 * @example
 * import Database from "libsql"
 * const storage = openSqliteStorage(new Database("keys.db"))
 */
export function openSqliteStorage(
  database: SqliteDatabase,
  options: SqliteOptions = {},
): SqliteStorage {
  const { busyTimeoutMs = busyTimeoutMsDefault, timer = systemTimer } = options
  const { checkedBytesMax = checkedBytesMaxDefault } = options
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > busyTimeoutMsMax) {
    throw new TypeError(`options.busyTimeoutMs must be an integer from 0 to ${busyTimeoutMsMax}`)
  }
  if (!(checkedBytesMax >= 0)) {
    throw new TypeError("options.checkedBytesMax must be a number of bytes")
  }
  const connection = createConnection(database)
  guard(() => openSchema(connection, { busyTimeoutMs, checkedBytesMax }))
  const { get, list, version } = prepareReads(connection)
  const patience = createPatience(timer, busyTimeoutMs)
  const queue = createCommitQueue(connection, patience)
  let isClosed = false

  function checkOpen(): void {
    if (isClosed) throw closedError()
    connection.settle()
  }

  /** At once, as nearly always; later where another connection is in the way. */
  function read<Result>(work: () => Result): Result | Promise<Result> {
    try {
      checkOpen()
      return work()
    } catch (cause) {
      if (isBusy(cause)) return readPatiently(work)
      throw toStorageError(cause)
    }
  }

  async function readPatiently<Result>(work: () => Result): Promise<Result> {
    try {
      return await patience(() => {
        checkOpen()
        return work()
      })
    } catch (cause) {
      throw toStorageError(cause)
    }
  }

  const storage: SqliteStorage = {
    async get(keys) {
      checkKeys(keys)
      return read(() => get(keys))
    },
    async list(range) {
      checkRange(range)
      return read(() => list(range))
    },
    async commit(change) {
      checkChange(change)
      if (isClosed) throw closedError()
      return queue.add(copyChange(change))
    },
    stamp() {
      return guard(() => {
        checkOpen()
        return version() + queue.writes()
      })
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await queue.idle()
      guard(() => closeFile(connection, database))
    },
  }
  return Object.freeze(storage)
}

/** Leaves one whole file behind, unless others are at work: then the log stays for them. */
function closeFile(connection: Connection, database: SqliteDatabase): void {
  try {
    leaveLog(connection)
  } finally {
    database.close()
  }
}

/** The change as it is now: it is written later, and the caller may reuse its buffers. */
const copyChange = ({ expect, put, remove, quiet }: Change): Change => ({
  expect: expect.map(({ key, revision }) => ({ key, revision })),
  put: put.map(({ key, value }) => ({ key, value: new Uint8Array(value) })),
  remove: remove.slice(),
  quiet,
})
