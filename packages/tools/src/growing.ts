import { writeFileSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { openPostgresStorage } from "@keywright/storage/postgres"
import pg from "pg"
import { machineWords } from "./bench/figures.js"
import { measure } from "./growing/measure.js"
import { cellTable, parametersTable, placementTable, routeTable } from "./growing/simulate.js"
import { root } from "./paths.js"
import { readPage, replaceBetweenMarkers } from "./reference/pages.js"
import { createPostgresServer, postgresPrograms } from "./servers/postgres-server.js"

/*
 * Measures one host and one store on this machine, and simulates what cells of them carry. With
 * `--write` the tables go into the page that explains them.
 */

const page = "docs/concepts/growing.md"

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } })
const programs = postgresPrograms()
if (programs === undefined) {
  process.stderr.write("there is no PostgreSQL on this machine, whose figures are needed\n")
  process.exit(1)
}

const server = await createPostgresServer(programs, ["synchronous_commit=on"])
process.once("exit", server.remove)
const found = await measure("PostgreSQL", (stalenessMs) =>
  openPostgresStorage(new pg.Pool({ connectionString: server.url, max: 16 }), { stalenessMs }),
)
server.remove()

const load = loadavg()[0]?.toFixed(1)
const parts = {
  parameters: `${machineWords()}; load ${load} at the end.\n\n${parametersTable(found)}`,
  cell: cellTable(found),
  routes: routeTable(found),
  placement: placementTable(),
}
for (const part of Object.values(parts)) process.stdout.write(`${part}\n\n`)
if (values.write) {
  const text = Object.entries(parts).reduce(
    (before, [name, part]) => replaceBetweenMarkers(before, name, part),
    readPage(page) ?? "",
  )
  writeFileSync(join(root, page), text)
}
process.exit(0)
