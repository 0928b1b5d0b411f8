import type pg from "pg"
import type { Storage } from "../../src/contract.js"

/**
 * After how many of twenty commits the server had flushed all of its log. The server itself writes
 * to it now and then, and flushes that later.
 */
export async function flushedOfTwenty(storage: Storage, admin: pg.Client): Promise<number> {
  let flushed = 0
  for (let i = 0; i < 20; i += 1) {
    await storage.commit({
      expect: [],
      put: [{ key: `${i}`, value: Uint8Array.of(i) }],
      remove: [],
    })
    const { rows } = await admin.query(
      "select pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() as flushed",
    )
    flushed += Number(rows[0]?.flushed)
  }
  return flushed
}
