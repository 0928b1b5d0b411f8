import type { Storage } from "@keywright/storage"
import { keyRecordKey } from "../../formats/stored/key-records.js"
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
import type { Rest } from "../../ports/rest.js"
import { parseArn } from "../../vocabulary/arns.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"

/** A use of keys, without the keys. */
type Use = Pick<LastUsageRecord, "operation" | "usedMs" | "requestId" | "eventId">

/** A call that used keys and succeeded. Operations whose effect is a use are tracked. */
export type UseTrace = Omit<Use, "operation"> & { readonly operation: string }

/**
 * How keys were last used. A use is noted in memory and written later, beside the calls: what is
 * written may lag by `usageLagMs`, and a host that dies forgets what it has not written.
 */
export interface LastUsages {
  /** Notes a call, with the ARNs of its keys. Never waits and never fails. */
  note(trace: UseTrace, keys: readonly string[]): void
  /**
   * Writes what was noted and has to be written, unless another host noted something later.
   * Resolves to what is wrong with records that could not be read, and keep their keys from being
   * noted.
   */
  flush(): Promise<readonly string[]>
  /** As far as this host knows: what other hosts have noted and not yet written is missing. */
  lastOf(key: LocatedKey): Promise<LastUsageRecord | undefined>
  /** Whole days without a use of the key, for the rows that let conditions ask for them. */
  trailingDays(
    row: AnyRow,
    key: LocatedKey | undefined,
    nowMs: number,
  ): Eventually<number | undefined>
}

interface LastUsagesPorts {
  readonly storage: Storage
  readonly clock: Clock
  readonly rest: Rest
  /** Is told how many usages wait when they could not be written. */
  readonly late: (waiting: number) => void
}

/** A note of a key: its last use, and how far what is written is behind it. */
interface Note {
  use: Use
  /** Of the use that is written, as far as is known. */
  writtenMs: number | undefined
}

/** A note names a key and its last usage, and a commit a hundred keys; the storage adds its own. */
const notesPerCommit = 40
/** How many notes are looked at to find one that can be forgotten. */
const looksForRoom = 4

const isDue = ({ use, writtenMs }: Note): boolean =>
  writtenMs === undefined || use.usedMs - writtenMs >= limits.usageLagMs

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
  { storage, clock, rest, late }: LastUsagesPorts,
  notesMax: number = limits.notedUsagesMax,
): LastUsages {
  /** In the order in which keys were first noted. */
  const notes = new Map<string, Note>()
  /** The keys whose note has to be written. */
  const due = new Set<string>()
  let flushing: Promise<readonly string[]> | undefined
  /** After a failure calls begin no flush of their own for a while. */
  let restsUntilMs = Number.NEGATIVE_INFINITY

  const storedUsage = async (
    name: Pick<LastUsageRecord, "account" | "keyId">,
  ): Promise<LastUsageRecord | undefined> => {
    const key = lastUsageKey(name)
    const [entry] = await storage.get([key])
    return entry && lastUsageFormat.decode(entry.value, key)
  }

  /** One commit; false when another host changed something in between. */
  const write = async (batch: readonly (readonly [string, LastUsageRecord])[]) => {
    const keyNames = batch.map(([, { account, keyId }]) => keyRecordKey(account, keyId))
    const usageNames = batch.map(([, record]) => lastUsageKey(record))
    const entries = await storage.get([...keyNames, ...usageNames])
    const expect: { key: string; revision: number | undefined }[] = []
    const put: { key: string; value: Uint8Array }[] = []
    const settled: [arn: string, writtenMs: number][] = []
    for (const [i, [arn, record]] of batch.entries()) {
      const [key, usage] = [entries[i], entries[batch.length + i]]
      const name = lastUsageKey(record)
      const known = usage && lastUsageFormat.decode(usage.value, name)
      const writtenMs = known?.usedMs
      // A key that is gone must not leave its last usage behind.
      const isLate = key !== undefined && isDue({ use: record, writtenMs })
      settled.push([arn, isLate ? record.usedMs : (writtenMs ?? record.usedMs)])
      if (!isLate) continue
      expect.push(
        { key: key.key, revision: key.revision },
        { key: name, revision: usage?.revision },
      )
      put.push({ key: name, value: lastUsageFormat.encode(record) })
    }
    const isWritten =
      put.length === 0 || (await storage.commit({ expect, put, remove: [], quiet: true }))
    if (isWritten) for (const [arn, writtenMs] of settled) settle(arn, writtenMs)
    return isWritten
  }

  const settle = (arn: string, writtenMs: number): void => {
    const note = notes.get(arn)
    due.delete(arn)
    if (note === undefined) return
    note.writtenMs = writtenMs
    if (isDue(note)) due.add(arn)
  }

  /** Who loses every round leaves it for the next flush: a sweep must end. */
  const writeWithin = async (arns: readonly string[], unreadable: string[]): Promise<void> => {
    const batch: (readonly [string, LastUsageRecord])[] = []
    for (const arn of arns) {
      const note = notes.get(arn)
      const record = note && recordOf(arn, note.use)
      if (record === undefined) due.delete(arn)
      else batch.push([arn, record])
    }
    try {
      for (let attempts = 0; attempts < limits.commitAttemptsMax; attempts += 1) {
        if (await write(batch)) return
      }
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      // One record that cannot be read must not keep the others from being written.
      if (batch.length > 1) for (const arn of arns) await writeWithin([arn], unreadable)
      else {
        unreadable.push(error.message)
        for (const arn of arns) forget(arn)
      }
    }
  }

  const forget = (arn: string): void => {
    notes.delete(arn)
    due.delete(arn)
  }

  const writeAll = async (): Promise<readonly string[]> => {
    const unreadable: string[] = []
    const arns = [...due]
    for (let start = 0; start < arns.length; start += notesPerCommit) {
      await rest()
      await writeWithin(arns.slice(start, start + notesPerCommit), unreadable)
    }
    return unreadable
  }

  const flush = (): Promise<readonly string[]> => {
    flushing ??= writeAll()
      .catch((error: unknown) => {
        restsUntilMs = clock() + limits.restMs
        late(due.size)
        throw error
      })
      .finally(() => {
        flushing = undefined
      })
    return flushing
  }

  /** Writes beside the calls, unless that has just failed. */
  const flushBeside = (nowMs: number): void => {
    if (flushing === undefined && nowMs >= restsUntilMs) flush().catch(() => undefined)
  }

  /** Forgets a note that may be forgotten: what is written is not far behind it. */
  const makeRoom = (): boolean => {
    if (notes.size < notesMax) return true
    let looks = 0
    for (const [arn, note] of notes) {
      if (!due.has(arn)) return notes.delete(arn)
      looks += 1
      if (looks === looksForRoom) return false
      // It is looked at again when all others were.
      notes.delete(arn)
      notes.set(arn, note)
    }
    return false
  }

  const noteOne = (arn: string, use: Use): void => {
    const note = notes.get(arn)
    if (note !== undefined) {
      note.use = use
      if (isDue(note)) due.add(arn)
    } else if (makeRoom()) {
      notes.set(arn, { use, writtenMs: undefined })
      due.add(arn)
    }
  }

  const lastOf: LastUsages["lastOf"] = async ({ arn, record }) => {
    const note = notes.get(arn)
    const noted = note && recordOf(arn, note.use)
    return later(noted, await storedUsage(record))
  }

  return {
    note: (trace, keys) => {
      for (const arn of keys) noteOne(arn, trace as Use)
      if (due.size >= limits.usagesTogether) flushBeside(trace.usedMs)
    },
    flush,
    lastOf,
    trailingDays: ({ subjects }, key, nowMs) => {
      const isAsked = subjects.some((subject) => "asksLastUsage" in subject)
      if (!isAsked || key === undefined) return undefined
      return lastOf(key).then((last) => daysWithoutUsage(key.record, last, nowMs))
    },
  }
}
