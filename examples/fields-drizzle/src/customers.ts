import type { Envelope } from "@keywright/core/envelope"
import { eq } from "drizzle-orm"
import { sqliteTable, text } from "drizzle-orm/sqlite-core"
import { drizzle } from "drizzle-orm/sqlite-proxy"
import type Database from "libsql"
import { sealedText } from "./sealed-text.js"

/** Customers whose address nobody reads in the database, or moves to another row. */
export function createCustomers(database: Database.Database, envelope: Envelope) {
  const email = envelope.field({
    context: { table: "customers", column: "email" },
    perValue: ["id"],
  })
  const customers = sqliteTable("customers", {
    id: text("id").primaryKey(),
    email: sealedText(email)("email").notNull(),
  })
  const db = drizzle(async (sql, parameters, method) => {
    const statement = database.prepare(sql)
    if (method === "run") {
      statement.run(...parameters)
      return { rows: [] }
    }
    const rows = statement.raw().all(...parameters) as unknown[][]
    return { rows: method === "get" ? (rows[0] ?? []) : rows }
  })
  // The database itself refuses what was not sealed, whoever writes it.
  database.exec(
    "create table customers (id text primary key, email text not null check (email glob 'kw1:*'))",
  )
  return {
    db,
    customers,
    email,
    async add(id: string, address: string): Promise<void> {
      await db.insert(customers).values({ id, email: await email.seal(address, { id }) })
    },
    async emailOf(id: string): Promise<string | undefined> {
      const [row] = await db.select().from(customers).where(eq(customers.id, id))
      return row && email.open(row.email, { id })
    },
  }
}
