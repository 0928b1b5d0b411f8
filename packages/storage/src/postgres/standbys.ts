import type { Client } from "./client.js"
import { isOfReplication, noStandby, notReplicated } from "./failures.js"
import type { Statement } from "./sql.js"

/*
 * A primary shows a commit when a standby has it. One that was killed and is back, or of whose
 * processes one was killed, shows all that it has on its disk, and one that was a standby all that
 * had come to it: perhaps no other server has that, and with the next change of the primary it
 * would be gone, seen and lost.
 */

/** Waits for a standby that were cancelled: the server tells of them beside a success. */
export function createWaits() {
  let cancelled = 0
  return {
    hear: (notice: unknown): void => {
      if (isOfReplication(notice)) cancelled += 1
    },
    cancelled: () => cancelled,
  }
}

export type Waits = ReturnType<typeof createWaits>

/**
 * Believes no answer of a primary before a standby has caught up with it: once for each name
 * of a primary, which the statement `awaken` answers when one has.
 */
export function confirmed({ run }: Client, waits: Waits, awaken: Statement): Client {
  let known: unknown
  let confirming: Promise<unknown> | undefined

  async function caughtUp(): Promise<unknown> {
    const before = waits.cancelled()
    const [row] = await run(awaken, [])
    if (row?.["standbys"] === "") throw noStandby()
    if (waits.cancelled() !== before) throw notReplicated()
    return row?.["started"]
  }

  async function confirm(): Promise<unknown> {
    confirming ??= caughtUp().finally(() => {
      confirming = undefined
    })
    return confirming
  }

  return {
    run: async (statement, parameters) => {
      for (;;) {
        const rows = await run(statement, parameters)
        const started = rows[0]?.["started"]
        if (started === known) return rows
        known = await confirm()
        if (started === known) return rows
        // It was not this one that was caught up with: it may be gone, and what it said with it.
      }
    },
  }
}
