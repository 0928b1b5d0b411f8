import type { Storage } from "@keywright/storage"
import { keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import {
  type LastUsageRecord,
  lastUsageFormat,
  lastUsageKey,
} from "../../formats/stored/last-usage-record.js"
import { RecordError } from "../../formats/stored/record-format.js"
import { daysWithoutUsage } from "../../model/keys.js"
import type { LocatedKey } from "../../operations/call.js"
import type { AnyRow } from "../../operations/row.js"
import type { Clock } from "../../ports/clock.js"
import { parseArn } from "../../vocabulary/arns.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import type { TrackedOperation } from "../../vocabulary/tracked-operations.js"
import type { ReadSet, RecordReader } from "../records/record-reader.js"

/** A use of keys, without the keys. */
type Use = Pick<LastUsageRecord, "operation" | "usedMs" | "requestId" | "eventId">

/** A call that used keys and succeeded, as the trace of the call tells of it. */
export interface UseTrace {
  readonly operation: string
  readonly requestId: string
  readonly eventId: string | undefined
  /** The ARNs of the keys. */
  readonly resources: readonly string[]
}

/**
 * How keys were last used. A use is noted in memory and written later, with those of other keys:
 * a host that dies forgets what it has not written, and a host that closes does not.
 */
export interface LastUsages {
  /** Notes a call. True when as much is noted as may be: then there is room for no other key. */
  note(trace: UseTrace): boolean
  /** Flushes without ever failing: the call that comes this way has succeeded. */
  makeRoom(): Promise<void>
  /**
   * Writes what was noted, unless another host noted something later. Resolves to what is wrong
   * with records that could not be read, and keep their keys from being noted.
   */
  flush(): Promise<readonly string[]>
  /** As far as this host knows: what other hosts have noted and not yet written is missing. */
  lastOf(reads: ReadSet, key: LocatedKey): Promise<LastUsageRecord | undefined>
  /** Whole days without a use of the key, for the rows that let conditions ask for them. */
  trailingDays(
    reads: ReadSet,
    row: AnyRow,
    key: LocatedKey | undefined,
    nowMs: number,
  ): Eventually<number | undefined>
}

/** A note takes a key and its last usage, and a commit a hundred of both. */
const notesPerCommit = 50

function recordOf(arn: string, use: Use): LastUsageRecord | undefined {
  const { account, resource } = parseArn(arn) ?? {}
  const keyId = resource?.slice("key/".length)
  return account === undefined || keyId === undefined ? undefined : { account, keyId, ...use }
}

const later = (
  a: LastUsageRecord | undefined,
  b: LastUsageRecord | undefined,
): LastUsageRecord | undefined =>
  a === undefined || (b !== undefined && b.usedMs > a.usedMs) ? b : a

export function createLastUsages(
  reader: RecordReader,
  storage: Storage,
  clock: Clock,
  notesMax: number = limits.notedUsagesMax,
): LastUsages {
  let notes = new Map<string, Use>()
  /** What is being written, and so is neither in the notes nor yet in storage. */
  let leaving = new Map<string, Use>()

  /** One commit; false when another host changed something in between. */
  const write = async (batch: readonly LastUsageRecord[]): Promise<boolean> => {
    const reads = await reader.begin()
    await reads.prefetch(
      batch.flatMap((record) => [
        { format: keyRecordFormat, key: keyRecordKey(record.account, record.keyId) },
        { format: lastUsageFormat, key: lastUsageKey(record) },
      ]),
    )
    const put: { key: string; value: Uint8Array }[] = []
    for (const record of batch) {
      const { account, keyId } = record
      const known = await reads.read(lastUsageFormat, lastUsageKey(record))
      // A key that is gone must not leave its last usage behind.
      const isThere = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
      if (isThere === undefined || later(record, known) !== record) continue
      put.push({ key: lastUsageKey(record), value: lastUsageFormat.encode(record) })
    }
    return put.length === 0 || storage.commit({ expect: reads.expectations(), put, remove: [] })
  }

  /** Who loses every round leaves it at that: a note may be lost, and a sweep must end. */
  const writeWithin = async (batch: readonly LastUsageRecord[], unreadable: string[]) => {
    try {
      for (let attempts = 0; attempts < limits.commitAttemptsMax; attempts += 1) {
        if (await write(batch)) return
      }
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      // One record that cannot be read must not keep the others from being written.
      if (batch.length === 1) unreadable.push(error.message)
      else for (const record of batch) await writeWithin([record], unreadable)
    }
  }

  const writeAll = async (records: readonly LastUsageRecord[]): Promise<readonly string[]> => {
    const unreadable: string[] = []
    for (let start = 0; start < records.length; start += notesPerCommit) {
      await writeWithin(records.slice(start, start + notesPerCommit), unreadable)
    }
    return unreadable
  }

  const flush = async (): Promise<readonly string[]> => {
    if (notes.size === 0) return []
    const written = notes
    notes = new Map()
    leaving = new Map([...leaving, ...written])
    try {
      const records = [...written].map(([arn, use]) => recordOf(arn, use))
      return await writeAll(records.filter((record) => record !== undefined))
    } catch (error) {
      // Noted again, for the next flush, behind what was noted since.
      for (const [arn, use] of written) {
        if (notes.size < notesMax && !notes.has(arn)) notes.set(arn, use)
      }
      throw error
    } finally {
      for (const [arn, use] of written) if (leaving.get(arn) === use) leaving.delete(arn)
    }
  }

  const lastOf: LastUsages["lastOf"] = async (reads, { arn, record }) => {
    const noted = notes.get(arn) ?? leaving.get(arn)
    const written = await reads.read(lastUsageFormat, lastUsageKey(record))
    return later(noted && recordOf(arn, noted), written)
  }

  return {
    note: ({ operation, requestId, eventId, resources }) => {
      // The rows whose effect is a use are the tracked operations, and GenerateRandom has no key.
      const use: Use = {
        operation: operation as TrackedOperation,
        usedMs: clock(),
        requestId,
        eventId,
      }
      for (const arn of resources) {
        if (notes.size < notesMax || notes.has(arn)) notes.set(arn, use)
      }
      return notes.size >= notesMax
    },
    makeRoom: async () => {
      await flush().catch(() => undefined)
    },
    flush,
    lastOf,
    trailingDays: (reads, { subjects }, key, nowMs) => {
      const isAsked = subjects.some((subject) => "asksLastUsage" in subject)
      if (!isAsked || key === undefined) return undefined
      return lastOf(reads, key).then((last) => daysWithoutUsage(key.record, last, nowMs))
    },
  }
}
