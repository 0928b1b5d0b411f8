import { grantPrefix, grantRecordFormat } from "../formats/grant-records.js"
import { keyStoreEntryFormat, keyStoreEntryKey } from "../formats/key-store-records.js"
import {
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
  RecordError,
} from "../formats/records.js"
import type { Change } from "../model/changes.js"
import { asOf } from "../model/key-materials.js"
import { isDeleted } from "../model/keys.js"
import { rotateIfDue } from "./due.js"
import { type AgendaEntry, agendaPrefix, parseAgendaKey, storageChange } from "./entries.js"
import type { Parts } from "./parts.js"
import type { ReadSet } from "./records.js"

/** What a sweep has done. */
export interface SweepReport {
  /** Keys destroyed because their deletion date had passed. */
  readonly keysDeleted: number
  /** Keys whose imported key material was destroyed because it had expired. */
  readonly keysExpired: number
  /** Keys that were rotated because it was time. */
  readonly keysRotated: number
  /** What is wrong with records that could not be read, and were left alone. */
  readonly unreadable: readonly string[]
}

type Done = "keysDeleted" | "keysExpired" | "keysRotated"

const agendaPage = 100

/** A grant has up to four entries, and a commit takes a hundred. */
const grantsPerCommit = 20

/** Takes the grants of a key that is gone away, before the key: nothing else leads to them. */
async function destroyGrants(
  { storage }: Parts,
  reads: ReadSet,
  { account, keyId }: KeyRecord,
): Promise<void> {
  const prefix = grantPrefix(account, keyId)
  for (;;) {
    const page = await reads.list(grantRecordFormat, { prefix, limit: grantsPerCommit })
    if (page.records.length === 0) return
    const changes = page.records.map((before) => ({ kind: "grant", before }) as const)
    // The key must still be as it was read: a host whose clock is behind may have saved it.
    if (!(await storage.commit(storageChange(changes, reads.expectations())))) return
  }
}

/** The external key is free again, unless another key has taken it since. */
async function leaveStore(reads: ReadSet, key: KeyRecord): Promise<readonly Change[]> {
  const { account, keyId, keyStore } = key
  if (keyStore === undefined) return []
  const name = keyStore.xksKeyId ?? keyId
  const entryKey = keyStoreEntryKey({ account, storeId: keyStore.id, name })
  const before = await reads.read(keyStoreEntryFormat, entryKey)
  return before?.keyId === keyId ? [{ kind: "key store entry", before }] : []
}

/** Clears up one entry of the agenda; leaves it when another host was quicker. */
async function settle(parts: Parts, due: AgendaEntry, nowMs: number): Promise<Done | undefined> {
  const { account, keyId } = due
  const reads = await parts.reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
  if (before !== undefined && isDeleted(before, nowMs)) await destroyGrants(parts, reads, before)
  else if (before !== undefined && (await rotateIfDue(parts, reads, before, nowMs))) {
    return "keysRotated"
  }
  const changes: Change[] = []
  let done: Done | undefined
  if (before !== undefined && isDeleted(before, nowMs)) {
    done = "keysDeleted"
    changes.push({ kind: "key", before })
    changes.push(...(await leaveStore(reads, before)))
    const names = before.aliases.map((name) => aliasRecordKey(account, name))
    for (const alias of await reads.readMany(aliasRecordFormat, names)) {
      // A name whose key was gone may have been given to another key since.
      if (alias?.keyId === keyId) changes.push({ kind: "alias", before: alias })
    }
  } else if (before !== undefined) {
    const after = asOf(before, nowMs)
    if (after !== before) {
      done = "keysExpired"
      changes.push({ kind: "key", before, after })
    }
  }
  const change = storageChange(changes, reads.expectations())
  const remove = [...new Set([...change.remove, due.key])]
  return (await parts.storage.commit({ ...change, remove })) ? done : undefined
}

/**
 * Clears up what the passing of time has made true. Any host may call it at any moment, also
 * several at once; nothing depends on its being called.
 */
export async function sweep(parts: Parts): Promise<SweepReport> {
  const nowMs = parts.clock()
  const report = { keysDeleted: 0, keysExpired: 0, keysRotated: 0, unreadable: [] as string[] }
  let after: string | undefined
  for (;;) {
    const page = await parts.storage.list({ prefix: agendaPrefix, after, limit: agendaPage })
    for (const { key } of page.entries) {
      const due = parseAgendaKey(key)
      if (due === undefined) continue
      if (due.dueMs > nowMs) return report
      try {
        const done = await settle(parts, due, nowMs)
        if (done !== undefined) report[done] += 1
      } catch (error) {
        // One record that cannot be read must not keep the others from being cleared up.
        if (!(error instanceof RecordError)) throw error
        report.unreadable.push(error.message)
      }
    }
    after = page.entries.at(-1)?.key
    if (!page.more) return report
  }
}
