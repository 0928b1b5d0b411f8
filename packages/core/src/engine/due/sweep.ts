import { keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import { RecordError } from "../../formats/stored/record-format.js"
import type { Change } from "../../model/changes.js"
import { asOf } from "../../model/key-materials.js"
import { isDeleted } from "../../model/keys.js"
import type { Host } from "../host/host.js"
import { destroyKey } from "../records/destroy-key.js"
import { type AgendaEntry, agendaPrefix, parseAgendaKey } from "../records/entries.js"
import { rotateIfDue } from "./rotate.js"

/** What a sweep has done. */
export interface SweepReport {
  /** Keys destroyed because their deletion date had passed. */
  readonly keysDeleted: number
  /** Keys whose imported key material was destroyed because it had expired. */
  readonly keysExpired: number
  /** Keys that were rotated because it was time. */
  readonly keysRotated: number
  /** How often another region was told how a key stands. */
  readonly messagesDelivered: number
  /** Regions that have to be told something and did not answer. */
  readonly regionsUnreachable: readonly string[]
  /** What is wrong with records that could not be read, and were left alone. */
  readonly unreadable: readonly string[]
}

type Done = "keysDeleted" | "keysExpired" | "keysRotated"
type MutableReport = Record<Done, number> & { readonly unreadable: string[] }

const agendaPage = 100

/** Clears up one entry of the agenda; leaves it when another host was quicker. */
async function settle(host: Host, due: AgendaEntry, nowMs: number): Promise<Done | undefined> {
  const { account, keyId } = due
  if (await destroyKey(host, due, nowMs)) return "keysDeleted"
  const reads = await host.reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
  if (before !== undefined && isDeleted(before, nowMs)) return undefined
  if (before !== undefined && (await rotateIfDue(host, reads, before, nowMs))) {
    return "keysRotated"
  }
  const after = before && asOf(before, nowMs)
  const changes: Change[] = before === after ? [] : [{ kind: "key", before, after }]
  if (!(await host.commit(changes, reads, { remove: [due.key] }))) return undefined
  return changes.length > 0 ? "keysExpired" : undefined
}

/** Clears up what is due on the agenda. */
async function clearAgenda(host: Host, report: MutableReport): Promise<void> {
  const nowMs = host.clock()
  let after: string | undefined
  for (;;) {
    const page = await host.storage.list({ prefix: agendaPrefix, after, limit: agendaPage })
    for (const { key } of page.entries) {
      const due = parseAgendaKey(key)
      if (due === undefined) continue
      if (due.dueMs > nowMs) return
      try {
        const done = await settle(host, due, nowMs)
        if (done !== undefined) report[done] += 1
      } catch (error) {
        // One record that cannot be read must not keep the others from being cleared up.
        if (!(error instanceof RecordError)) throw error
        report.unreadable.push(error.message)
      }
    }
    after = page.entries.at(-1)?.key
    if (!page.more) return
  }
}

/**
 * Clears up what the passing of time has made true, and tells other regions what they have to be
 * told. Any host may call it at any moment, also several at once; nothing depends on its being
 * called, but for what other regions were not told when it happened.
 */
export async function sweep(host: Host): Promise<SweepReport> {
  const report = { keysDeleted: 0, keysExpired: 0, keysRotated: 0, unreadable: [] as string[] }
  await clearAgenda(host, report)
  report.unreadable.push(...(await host.lastUsages.flush()))
  const { unreadable, ...delivery } = await host.regions.deliverAll()
  return { ...report, ...delivery, unreadable: [...report.unreadable, ...unreadable] }
}
