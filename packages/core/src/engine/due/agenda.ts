import { keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import { RecordError } from "../../formats/stored/record-format.js"
import type { Change } from "../../model/changes.js"
import { asOf } from "../../model/key-materials.js"
import { isDeleted } from "../../model/keys.js"
import { dueRotationMs } from "../../model/rotation.js"
import { limits } from "../../vocabulary/limits.js"
import type { Host } from "../host/host.js"
import { type Budget, deletionOf, destroyGrants } from "../records/destroy-key.js"
import { type AgendaEntry, agendaPrefix, parseAgendaKey } from "../records/entries.js"
import type { ReadSet } from "../records/read-set.js"
import { isRotationDue, rotate, rotationOf } from "./rotate.js"

/** What became of a key that was due. */
export type Settled = "keysDeleted" | "keysExpired" | "keysRotated"

/** A key that is due, and why it was left as it is. */
export interface UnsettledKey {
  readonly account: string
  readonly keyId: string
  readonly cause: unknown
}

/** What clearing the agenda has done, and where it stopped. */
export interface Cleared extends Record<Settled, number> {
  /** How long the oldest of what was due has been so. */
  lateMs: number
  readonly unreadable: string[]
  readonly unsettled: UnsettledKey[]
  next?: string
}

/** One clearing of the agenda. */
interface Clearing {
  readonly host: Host
  readonly nowMs: number
  /** What it may still do. */
  readonly budget: Budget
  readonly cleared: Cleared
}

/** What is to be written for one entry. */
interface Decided {
  readonly due: AgendaEntry
  readonly reads: ReadSet
  readonly changes: readonly Change[]
  readonly settled: Settled | undefined
}

/** Decided one by one and committed together: the disk is flushed once for all of them. */
const groupMax = 32
/** So many keys of which none can be settled are no accident: the storage takes nothing. */
const hopeless = 8

function noteLateness({ cleared, nowMs }: Clearing, { dueMs }: AgendaEntry): void {
  cleared.lateMs = Math.max(cleared.lateMs, nowMs - dueMs)
}

/** What was on the agenda and is settled already was not late. */
function note(clearing: Clearing, due: AgendaEntry, settled: Settled | undefined): void {
  if (settled === undefined) return
  clearing.cleared[settled] += 1
  noteLateness(clearing, due)
}

/** One key that cannot be settled must not keep the others from being cleared up. */
function leave(clearing: Clearing, due: AgendaEntry, cause: unknown): void {
  const { cleared } = clearing
  const { account, keyId } = due
  noteLateness(clearing, due)
  if (cause instanceof RecordError) cleared.unreadable.push(cause.message)
  else cleared.unsettled.push({ account, keyId, cause })
}

const keyOf = ({ account, keyId }: AgendaEntry): string => keyRecordKey(account, keyId)

/** Reads the keys of a group in one go: each is about to be decided, and told of if it fails. */
async function readAhead({ host }: Clearing, group: readonly AgendaEntry[]): Promise<void> {
  try {
    const reads = await host.reader.begin()
    await reads.prefetch(group.map((due) => ({ format: keyRecordFormat, key: keyOf(due) })))
  } catch {
    return
  }
}

/** What is to be written for an entry; `undefined` when that is done, or cannot be finished now. */
async function decide(clearing: Clearing, due: AgendaEntry): Promise<Decided | undefined> {
  const { host, nowMs, budget } = clearing
  const reads = await host.reader.begin()
  const key = await reads.read(keyRecordFormat, keyOf(due))
  const write = (changes: readonly Change[], settled?: Settled): Decided => ({
    due,
    reads,
    changes,
    settled,
  })
  if (key === undefined) return write([])
  if (isDeleted(key, nowMs)) {
    if (!(await destroyGrants(host, reads, key, budget))) return undefined
    return write(await deletionOf(reads, key), "keysDeleted")
  }
  const dueMs = dueRotationMs(key, nowMs)
  if (dueMs !== undefined && key.multiRegion === undefined) {
    return write([await rotationOf(host, key, { nowMs, dueMs })], "keysRotated")
  }
  // Other regions are told at once.
  if (isRotationDue(key, nowMs)) {
    await rotate(host, reads, key, nowMs)
    return void note(clearing, due, "keysRotated")
  }
  const after = asOf(key, nowMs)
  return after === key ? write([]) : write([{ kind: "key", before: key, after }], "keysExpired")
}

interface Failed {
  readonly due: AgendaEntry
  readonly cause: unknown
}

/** Commits what was decided, all at once. Answers what others came before, and what failed. */
async function commitAll(clearing: Clearing, writes: readonly Decided[]) {
  const lost: AgendaEntry[] = []
  const failed: Failed[] = []
  // The first must not leave alone: with the others it is one commit, and one flush of the disk.
  const endDeciding = clearing.host.desk.deciding()
  const commits = writes.map(({ due, changes, reads }) =>
    clearing.host.commit(changes, reads, { remove: [due.key] }),
  )
  endDeciding()
  for (const [i, result] of (await Promise.allSettled(commits)).entries()) {
    const { due, settled } = writes[i] as Decided
    if (result.status === "rejected") failed.push({ due, cause: result.reason })
    else if (!result.value) lost.push(due)
    else note(clearing, due, settled)
  }
  return { lost, failed }
}

/**
 * Tries each of them alone: what is committed together fails together, for the fault of one. Ends
 * early when none succeeds.
 */
async function settleAlone(clearing: Clearing, failed: readonly Failed[]): Promise<void> {
  const { unsettled } = clearing.cleared
  let inARow = 0
  for (const { due, cause } of failed) {
    const { length: before } = unsettled
    if (inARow >= hopeless) leave(clearing, due, cause)
    else await settleGroup(clearing, [due])
    inARow = unsettled.length > before ? inARow + 1 : 0
  }
}

/**
 * Settles some entries together. Answers the one that could not be finished within the budget;
 * those behind it are as they were.
 */
async function settleGroup(
  clearing: Clearing,
  group: readonly AgendaEntry[],
): Promise<AgendaEntry | undefined> {
  let unfinished: AgendaEntry | undefined
  let waiting = group
  // What others are at work on all the time is left to them, and to another sweep.
  for (let attempts = 0; attempts < limits.commitAttemptsMax; ) {
    const writes: Decided[] = []
    if (waiting.length > 1) await readAhead(clearing, waiting)
    for (const due of waiting) {
      await clearing.host.rest()
      try {
        const decided = await decide(clearing, due)
        if (decided !== undefined) writes.push(decided)
        else if (clearing.budget.items <= 0) unfinished = due
      } catch (error) {
        leave(clearing, due, error)
      }
      if (unfinished !== undefined) break
    }
    const { lost, failed } = await commitAll(clearing, writes)
    const [first, ...others] = failed
    if (first !== undefined && others.length === 0) leave(clearing, first.due, first.cause)
    else await settleAlone(clearing, failed)
    if (lost.length === 0 || unfinished !== undefined) return unfinished
    if (lost.length === waiting.length) attempts += 1
    waiting = lost
  }
  return undefined
}

/** Clears up what is due on the agenda, as far as the budget goes. */
export async function clearAgenda(
  host: Host,
  { budget, after: start }: { readonly budget: Budget; readonly after: string | undefined },
): Promise<Cleared> {
  const none = { keysDeleted: 0, keysExpired: 0, keysRotated: 0, lateMs: 0 }
  const cleared: Cleared = { ...none, unreadable: [], unsettled: [] }
  const clearing = { host, nowMs: host.clock(), budget, cleared }
  let after = start
  for (;;) {
    await host.rest()
    const page = await host.storage.list({ prefix: agendaPrefix, after, limit: groupMax })
    const entries = page.entries.flatMap(({ key }) => parseAgendaKey(key) ?? [])
    const due = entries.filter(({ dueMs }) => dueMs <= clearing.nowMs)
    const group = due.slice(0, Math.max(0, budget.items))
    budget.items -= group.length
    const { length: failuresBefore } = cleared.unsettled
    const unfinished = await settleGroup(clearing, group)
    const failures = cleared.unsettled.length - failuresBefore
    const isHopeless = failures >= hopeless && failures === group.length
    const done = unfinished === undefined ? group : group.slice(0, group.indexOf(unfinished))
    after = done.at(-1)?.key ?? after
    const isCut = done.length < due.length || isHopeless
    if (isCut) return { ...cleared, next: after ?? agendaPrefix }
    if (!page.more || due.length < entries.length) return cleared
    after = page.entries.at(-1)?.key
  }
}
