import type { Put, Storage } from "@keywright/storage"
import { keyRecordFormat } from "../formats/records.js"
import type { Change } from "../model/changes.js"
import { eventOf, newsOf } from "../model/events.js"
import { newUuid } from "../model/identifiers.js"
import type { Clock } from "../ports/clock.js"
import type { Entropy } from "../ports/entropy.js"
import type { EventSink, KmsEvent } from "../ports/events.js"
import type { Place } from "../vocabulary/arns.js"
import { storageChange } from "./entries.js"
import type { ReadSet } from "./records.js"

/** Entries that go with a change, and that it does not follow from. */
interface More {
  readonly put?: readonly Put[]
  readonly remove?: readonly string[]
}

/**
 * Writes what is proposed, if everything that was read is as it was, and tells of what that means
 * for keys. False when something has changed: then nothing is written.
 */
export type Commit = (changes: readonly Change[], reads: ReadSet, more?: More) => Promise<boolean>

interface CommitParts {
  readonly storage: Storage
  readonly place: Place
  readonly clock: Clock
  readonly entropy: Entropy
  readonly events: EventSink | undefined
}

/** The engine neither waits for a sink nor minds what becomes of the event there. */
function tell(events: EventSink, event: KmsEvent): void {
  try {
    Promise.resolve(events(event)).catch(() => undefined)
  } catch {
    return
  }
}

export function createCommit({ storage, place, clock, entropy, events }: CommitParts): Commit {
  const eventsOf = (changes: readonly Change[], reads: ReadSet): readonly KmsEvent[] => {
    if (events === undefined) return []
    const nowMs = clock()
    return changes.flatMap((change) => {
      if (change.kind !== "key" || change.before === undefined) return []
      const { account } = change.before
      // A change starts from the key as time has left it; what time has done is news too.
      const stored = reads.recall<typeof change.before>(keyRecordFormat.keyOf(change.before))
      return newsOf(stored ?? change.before, change.after, nowMs).map((news) =>
        eventOf(news, { id: newUuid(entropy), nowMs, place, account }),
      )
    })
  }

  return async (changes, reads, { put = [], remove = [] } = {}) => {
    const change = storageChange(changes, reads.expectations())
    const written = new Set(change.put.map(({ key }) => key))
    const removed = new Set([...change.remove, ...remove.filter((key) => !written.has(key))])
    const told = eventsOf(changes, reads)
    const whole = { expect: change.expect, put: [...change.put, ...put], remove: [...removed] }
    if (!(await storage.commit(whole))) return false
    if (events !== undefined) for (const event of told) tell(events, event)
    return true
  }
}
