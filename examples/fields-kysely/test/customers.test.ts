import { createEnvelope, kmsKeys } from "@keywright/core/envelope"
import { createTestKms, type TestKms } from "@keywright/testing"
import { sql } from "kysely"
import Database from "libsql"
import { afterEach, beforeEach, expect, test } from "vitest"
import { openCustomers } from "../src/customers.js"

let kit: TestKms
let database: Database.Database
let customers: Awaited<ReturnType<typeof openCustomers>>

beforeEach(async () => {
  kit = await createTestKms()
  const client = kit.client()
  const { KeyMetadata } = await client.createKey({})
  const keys = kmsKeys(client, { keyId: KeyMetadata.Arn })
  database = new Database(":memory:")
  customers = await openCustomers(database, createEnvelope({ keys }))
})

afterEach(() => kit.close())

const rowsIn = () => database.prepare("select * from customers").all()

test("the application reads what the database cannot", async () => {
  await customers.add("7", "alice@example.com")
  expect(await customers.emailOf("7")).toBe("alice@example.com")
  expect(await customers.emailOf("8")).toBeUndefined()
  expect(JSON.stringify(rowsIn())).not.toContain("alice")
})

test("plaintext is stopped by types and by the plugin, however it is written", async () => {
  const { db } = customers
  await customers.add("7", "alice@example.com")
  const email = "alice@example.com" as never
  const attempts = [
    db.insertInto("customers").values({ id: "8", email }),
    db.insertInto("customers").values([{ id: "8", email: sql<never>`'alice'` }]),
    db.updateTable("customers").set({ email }).where("id", "=", "7"),
    db.updateTable("customers").set("email", email),
    db
      .insertInto("customers")
      .values({ id: "7", email: await customers.email.seal("bob", { id: "7" }) })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ email })),
  ]
  for (const attempt of attempts) {
    await expect(attempt.execute()).rejects.toThrow("was not sealed")
  }
  expect(rowsIn()).toHaveLength(1)
  expect(await customers.emailOf("7")).toBe("alice@example.com")
})

test("a value that was moved to another row does not open", async () => {
  await customers.add("7", "alice@example.com")
  await customers.add("8", "bob@example.com")
  database.exec("update customers set email = (select email from customers where id = '7')")
  expect(await customers.emailOf("7")).toBe("alice@example.com")
  await expect(customers.emailOf("8")).rejects.toMatchObject({ name: "EnvelopeError" })
})
