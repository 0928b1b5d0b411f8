import { askPatiently, type Waiting } from "../patience.js"
import type { Parameter, Row, Session } from "./database.js"
import { isPassing, isStandby, toStorageError } from "./failures.js"
import type { Statement } from "./sql.js"

/** Runs statements, again and again while no primary answers. */
export interface Client {
  /**
   * Runs a statement that does no harm when it runs twice. Throws a `StorageError` when there was
   * no answer within the patience of the host.
   */
  run(statement: Statement, parameters: Parameter[]): Promise<readonly Row[]>
}

export const createClient = (session: Session, waiting: Waiting): Client => ({
  run: (statement, parameters) =>
    askPatiently(waiting, {
      attempt: async (giveUp) => {
        const rows = await session.run(statement, parameters, giveUp)
        // It answers like a primary, and may be behind.
        if (rows[0]?.["started"] === null) throw isStandby()
        return rows
      },
      isPassing,
      toStorageError,
      name: "PostgreSQL",
    }),
})
