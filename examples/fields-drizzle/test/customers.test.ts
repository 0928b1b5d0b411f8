import { createEnvelope, type KeySource, kmsKeys } from "@keywright/core/envelope"
import { createTestKms, type TestKms } from "@keywright/testing"
import Database from "libsql"
import { afterEach, beforeEach, expect, test } from "vitest"
import { createCustomers } from "../src/customers.js"

let kit: TestKms
let database: Database.Database

beforeEach(async () => {
  kit = await createTestKms()
  database = new Database(":memory:")
})

afterEach(async () => {
  database.close()
  await kit.close()
})

async function keysOf(): Promise<KeySource> {
  const client = kit.client()
  const { KeyMetadata } = await client.createKey({})
  return kmsKeys(client, { keyId: KeyMetadata.Arn })
}

const rowsIn = () => database.prepare("select * from customers").all()

test("the application reads what the database cannot", async () => {
  const customers = createCustomers(database, createEnvelope({ keys: await keysOf() }))
  await customers.add("7", "alice@example.com")
  expect(await customers.emailOf("7")).toBe("alice@example.com")
  expect(JSON.stringify(rowsIn())).not.toContain("alice")
})

test("plaintext is stopped by types, by the column and by the database", async () => {
  const { db, customers } = createCustomers(database, createEnvelope({ keys: await keysOf() }))
  const email = "alice@example.com"
  // @ts-expect-error Text that was not sealed has another type.
  expect(() => db.insert(customers).values({ id: "7", email }).toSQL()).toThrow("was not sealed")
  const insert = database.prepare("insert into customers values (?, ?)")
  expect(() => insert.run("7", email)).toThrow("CHECK")
  expect(rowsIn()).toEqual([])
})

test("a value that was moved to another row does not open", async () => {
  const customers = createCustomers(database, createEnvelope({ keys: await keysOf() }))
  await customers.add("7", "alice@example.com")
  await customers.add("8", "bob@example.com")
  database.exec("update customers set email = (select email from customers where id = '7')")
  expect(await customers.emailOf("7")).toBe("alice@example.com")
  await expect(customers.emailOf("8")).rejects.toMatchObject({ name: "EnvelopeError" })
})

test("after a change of keys, values are sealed anew, and then the old key may go", async () => {
  const [old, keys] = [await keysOf(), await keysOf()]
  const field = { context: { table: "customers", column: "email" }, perValue: ["id"] as const }
  const before = createEnvelope({ keys: old }).field(field)
  const after = createEnvelope({ keys })
  const email = after.field({ ...field, previous: [old] })
  const { add, emailOf } = createCustomers(database, after)
  await add("8", "bob@example.com")
  const insert = database.prepare("insert into customers values (?, ?)")
  insert.run("7", await before.seal("alice@example.com", { id: "7" }))
  await expect(emailOf("7")).rejects.toMatchObject({ reason: "keys" })

  const rows = rowsIn() as { readonly id: string; readonly email: string }[]
  const stored = (row: { readonly email: string }) => row.email
  const context = ({ id }: { readonly id: string }) => ({ id })
  const renewed: string[] = []
  const update = database.prepare("update customers set email = ? where id = ? and email = ?")
  for await (const { row, sealed } of email.refreshAll(rows, { stored, context })) {
    update.run(sealed, row.id, row.email)
    renewed.push(row.id)
  }
  expect(renewed).toEqual(["7"])
  expect(await emailOf("7")).toBe("alice@example.com")
})
