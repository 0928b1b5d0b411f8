import type { Put } from "@keywright/storage"
import { type KeyRecord, keyRecordFormat } from "../../formats/stored/key-records.js"
import type { Change } from "../../model/changes.js"
import { eventOf, newsOf } from "../../model/events.js"
import { newUuid } from "../../model/uuids.js"
import type { Clock } from "../../ports/clock.js"
import type { Entropy } from "../../ports/entropy.js"
import type { EventSink, KmsEvent } from "../../ports/events.js"
import type { Place } from "../../vocabulary/arns.js"
import { storageChange } from "./entries.js"
import type { Tally } from "./pending.js"
import type { ReadSet } from "./read-set.js"
import type { WriteDesk } from "./write-desk.js"

/** Entries that go with a change, and that it does not follow from. */
interface More {
  readonly put?: readonly Put[]
  readonly remove?: readonly string[]
  /** Called when other calls of this host may go on deciding. */
  readonly decided?: (() => void) | undefined
}

/**
 * Writes what is proposed, if everything that was read is as it was, and tells of what that means
 * for keys. False when something has changed: then nothing is written.
 */
export type Commit = (changes: readonly Change[], reads: ReadSet, more?: More) => Promise<boolean>

interface CommitParts {
  readonly desk: Pick<WriteDesk, "submit">
  readonly place: Place
  readonly clock: Clock
  readonly entropy: Entropy
  readonly events: EventSink | undefined
}

/** The engine neither waits for a sink nor minds what becomes of the event there. */
export function tell(events: EventSink, event: KmsEvent): void {
  try {
    Promise.resolve(events(event)).catch(() => undefined)
  } catch {
    return
  }
}

/**
 * What becomes of what is stored. A call starts from a key as time has left it, and what time has
 * done to it is written, announced and told with the change.
 */
function fromStored(change: Change, reads: ReadSet): Change {
  if (change.kind !== "key" || change.before === undefined) return change
  const stored = reads.seen<KeyRecord>(keyRecordFormat.keyOf(change.before))
  return stored === undefined ? change : { ...change, before: stored }
}

const talliesOf = (change: Change): readonly Tally[] =>
  change.kind === "key count"
    ? [{ account: change.account, more: change.more, max: change.max }]
    : []

export function createCommit({ desk, place, clock, entropy, events }: CommitParts): Commit {
  const eventsOf = (changes: readonly Change[]): readonly KmsEvent[] => {
    if (events === undefined) return []
    const nowMs = clock()
    return changes.flatMap((change) => {
      if (change.kind !== "key" || change.before === undefined) return []
      const { account } = change.before
      return newsOf(change.before, change.after, nowMs).map((news) =>
        eventOf(news, { id: newUuid(entropy), nowMs, place, account }),
      )
    })
  }

  return async (proposed, reads, { put = [], remove = [], decided } = {}) => {
    const changes = proposed.map((change) => fromStored(change, reads))
    const change = storageChange(changes, reads.expectations(), new Set(reads.keys()))
    const written = new Set(change.put.map(({ key }) => key))
    const removed = new Set([...change.remove, ...remove.filter((key) => !written.has(key))])
    const told = eventsOf(changes)
    const isWritten = await desk.submit({
      expect: change.expect,
      relied: reads.relied(),
      put: [...change.put, ...put],
      remove: [...removed],
      tallies: changes.flatMap(talliesOf),
      decided,
    })
    if (!isWritten) return false
    if (events !== undefined) for (const event of told) tell(events, event)
    return true
  }
}
