import type { Envelope, SealedText } from "@keywright/core/envelope"
import { Kysely, SqliteDialect } from "kysely"
import type Database from "libsql"
import { sealedColumns } from "./sealed-columns.js"

export interface Tables {
  readonly customers: { readonly id: string; readonly email: SealedText }
}

/** Customers whose address nobody reads in the database, or moves to another row. */
export async function openCustomers(database: Database.Database, envelope: Envelope) {
  const email = envelope.field({
    context: { table: "customers", column: "email" },
    perValue: ["id"],
  })
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: database as never }),
    plugins: [sealedColumns({ customers: { email } })],
  })
  await db.schema
    .createTable("customers")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("email", "text", (column) => column.notNull())
    .execute()
  return {
    db,
    email,
    async add(id: string, address: string): Promise<void> {
      const row = { id, email: await email.seal(address, { id }) }
      await db.insertInto("customers").values(row).execute()
    },
    async emailOf(id: string): Promise<string | undefined> {
      const row = await db
        .selectFrom("customers")
        .select("email")
        .where("id", "=", id)
        .executeTakeFirst()
      return row && email.open(row.email, { id })
    },
  }
}
