import { PGlite } from "@electric-sql/pglite"
import pg from "pg"
import postgres from "postgres"
import { afterAll, describe, it } from "vitest"
import { createPostgresServer, postgresPrograms } from "../../tools/src/servers/postgres-server.js"
import { type StorageCase, storageConformance } from "../src/conformance.js"
import type { Storage } from "../src/contract.js"
import { createPostgresNotices, openPostgresStorage } from "../src/postgres.js"

const programs = postgresPrograms()
const server = programs === undefined ? undefined : await createPostgresServer(programs)
afterAll(() => server?.remove())

/** Every case has a schema of its own; many handles share it. */
function check(
  name: string,
  cases: readonly StorageCase[],
  open: (schema: string) => Promise<Storage>,
): void {
  describe(name, () => {
    cases.forEach(({ name, run }, index) => {
      it(name, () => run(() => open(`case_${index}`)))
    })
  })
}

/** It computes where the tests do, as slowly as they may. */
const patience = { deadlineMs: 60_000, patienceMs: 120_000 }
/** One for all cases: it takes seconds to make. */
const pglite = new PGlite()
const shared = {
  waitReady: pglite.waitReady,
  query: pglite.query.bind(pglite),
  close: async () => undefined,
}
afterAll(() => pglite.close())

check("PostgreSQL storage on PGlite keeps the contract", storageConformance, async (schema) =>
  openPostgresStorage(shared, { schema, durability: "unchecked", ...patience }),
)

if (server === undefined) {
  describe("PostgreSQL storage on a server keeps the contract", () => {
    for (const { name } of storageConformance) it.skip(`${name} (there is no PostgreSQL)`, () => {})
  })
} else {
  check("PostgreSQL storage on pg keeps the contract", storageConformance, (schema) =>
    openPostgresStorage(new pg.Pool({ connectionString: server.url, max: 5 }), {
      schema: `pg${schema}`,
    }),
  )
  check("PostgreSQL storage on postgres keeps the contract", storageConformance, (schema) => {
    const notices = createPostgresNotices()
    const sql = postgres(server.url, { onnotice: notices.tell, max: 5 })
    return openPostgresStorage(sql, { schema: `j${schema}`, notices })
  })
}
