import type { Change, Expectation } from "../contract.js"
import { type Connection, integerOf, toStorageError } from "./driver.js"
import type { Patience } from "./patience.js"

/** Group commit: changes that wait together are written in one transaction, one after another. */
export interface CommitQueue {
  /** Settles when the transaction that holds the change is on disk, or is not. */
  add(change: Change): Promise<boolean>
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
  /** How many transactions may have changed the store through this queue, and not quietly. */
  writes(): number
}

interface Waiting {
  readonly change: Change
  readonly resolve: (held: boolean) => void
  readonly reject: (error: unknown) => void
}

/** The changes of one transaction. It blocks the process, and more gain nothing. */
const groupMax = 100

export function createCommitQueue(connection: Connection, patience: Patience): CommitQueue {
  const apply = prepareApply(connection)
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let writes = 0
  /** What the first commit wrote must be in the file itself: a lost log is no empty store then. */
  let isInLogAlone = false

  async function flushGroup(group: readonly Waiting[]): Promise<void> {
    const changes = group.map(({ change }) => change)
    try {
      const { held, isFirst } = await patience(() =>
        connection.transaction("begin immediate", () => {
          if (changes.some(({ quiet = false }) => !quiet)) writes += 1
          return apply(changes)
        }),
      )
      isInLogAlone ||= isFirst
      if (isInLogAlone) isInLogAlone = !checkpoint(connection)
      group.forEach(({ resolve }, index) => {
        resolve(held[index] === true)
      })
    } catch (cause) {
      // A commit that failed may still have reached the disk.
      writes += 1
      const error = toStorageError(cause)
      for (const { reject } of group) reject(error)
    }
  }

  async function flushAll(): Promise<void> {
    while (waiting.length > 0) {
      // Callers that were woken together get here within a few turns of one another.
      for (let seen = 0; seen < waiting.length; ) {
        seen = waiting.length
        await undefined
      }
      await flushGroup(waiting.splice(0, groupMax))
    }
    running = undefined
  }

  return {
    add(change) {
      return new Promise((resolve, reject) => {
        waiting.push({ change, resolve, reject })
        running ??= flushAll()
      })
    },
    idle: async () => {
      await running
    },
    writes: () => writes,
  }
}

/** Copies the log into the file. False when others are in the way. */
function checkpoint(connection: Connection): boolean {
  try {
    return integerOf(connection.prepare("pragma wal_checkpoint(full)").get(), "busy") === 0
  } catch {
    // The commit stands all the same, and the next one tries again.
    return false
  }
}

/** Applies changes in order inside a transaction; says for each whether its expectations held. */
function prepareApply(connection: Connection) {
  const counter = connection.prepare("select revision from keywright_store")
  const count = connection.prepare("update keywright_store set revision = ?")
  const revisionOf = connection.prepare("select revision from keywright_entry where key = ?")
  // Of several at once: what a driver makes of a statement costs more than SQLite's part in it.
  const changed = connection.prepare(
    "select count(*) as changed from json_each(?) as expected left join keywright_entry as entry " +
      "on entry.key = json_extract(expected.value, '$[0]') " +
      "where entry.revision is not json_extract(expected.value, '$[1]')",
  )
  const put = connection.prepare(
    "insert into keywright_entry (key, revision, value) values (?, ?, ?) " +
      "on conflict (key) do update set revision = excluded.revision, value = excluded.value",
  )
  const remove = connection.prepare(
    "delete from keywright_entry where key in (select value from json_each(?))",
  )

  function isAsExpected({ key, revision }: Expectation): boolean {
    const row = revisionOf.get(key) ?? undefined
    return (row === undefined ? undefined : integerOf(row, "revision")) === revision
  }

  function holds({ expect }: Change): boolean {
    if (expect.length < 2) return expect.every(isAsExpected)
    const expected = expect.map(({ key, revision }) => [key, revision])
    return integerOf(changed.get(JSON.stringify(expected)), "changed") === 0
  }

  return (changes: readonly Change[]) => {
    const before = integerOf(counter.get(), "revision")
    let revision = before
    const held = changes.map((change) => {
      if (!holds(change)) return false
      if (change.put.length + change.remove.length === 0) return true
      revision += 1
      for (const { key, value } of change.put) put.run(key, revision, value)
      if (change.remove.length > 0) remove.run(JSON.stringify(change.remove))
      return true
    })
    // Besides naming revisions this makes every commit change a page: SQLite skips writing, and
    // with it the flush, when the new bytes of a page equal the old.
    if (revision !== before) count.run(revision)
    return { held, isFirst: before === 0 && revision > 0 }
  }
}
