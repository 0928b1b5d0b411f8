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

async function formatOf({ run }: Client, schema: string): Promise<number | undefined> {
  try {
    const [row] = await run(formatSql(schema), [])
    return Number(row?.["format"])
  } catch (error) {
    if (isUndefinedTable(error)) return undefined
    throw error
  }
}

/** Makes the store where there is none. Throws where there is one of another format. */
export async function openSchema(
  client: Client,
  schema: string,
  durability: string,
): Promise<void> {
  await checkServer(client, durability)
  let found = await formatOf(client, schema)
  if (found === undefined) {
    await client.run(schemaSql(schema), [])
    found = await formatOf(client, schema)
  }
  if (found === format) return
  throw new StorageError("format", `the store has format ${found}, this version reads ${format}`)
}
