import { StorageError } from "../storage-error.js"
import type { Client } from "./client.js"
import { noStandby } from "./failures.js"
import { format, formatSql, schemaSql, serverSql } from "./sql.js"

const isUndefinedTable = (error: unknown): boolean =>
  ((error as { cause?: { code?: unknown } }).cause?.code ?? undefined) === "42P01"

/** The server must be one on which a commit that is answered stands. */
async function checkServer({ run }: Client, durability: string): Promise<void> {
  const [server] = await run(serverSql, [])
  const says = (setting: string) => String(server?.[setting])
  if (Number(server?.["version"]) < 130_000) {
    throw new StorageError("failed", "PostgreSQL must be of version 13 or newer")
  }
  if (durability === "unchecked") return
  for (const setting of ["fsync", "full_page_writes"]) {
    if (says(setting) === "on") continue
    throw new StorageError("failed", `PostgreSQL runs with \`${setting}\` = \`${says(setting)}\``)
  }
  if (durability === "replicated" && says("standbys") === "") throw noStandby()
}

interface Found {
  readonly format: number
  readonly isCurrent: boolean
}

async function storeIn({ run }: Client, schema: string): Promise<Found | undefined> {
  try {
    const [row] = await run(formatSql(schema), [])
    return { format: Number(row?.["format"]), isCurrent: row?.["current"] === true }
  } catch (error) {
    if (isUndefinedTable(error)) return undefined
    throw error
  }
}

/**
 * Makes the store where there is none, and what an older host did not make in it. Throws where
 * there is one of another format.
 */
export async function openSchema(
  client: Client,
  schema: string,
  durability: string,
): Promise<void> {
  await checkServer(client, durability)
  let found = await storeIn(client, schema)
  if (found === undefined || (found.format === format && !found.isCurrent)) {
    await client.run(schemaSql(schema), [])
    found = await storeIn(client, schema)
  }
  if (found?.format === format) return
  const says = `the store has format ${found?.format}, this version reads ${format}`
  throw new StorageError("format", says)
}
