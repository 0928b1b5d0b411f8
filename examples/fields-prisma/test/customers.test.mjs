import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createEnvelope, kmsKeys } from "@keywright/core/envelope"
import { createTestKms } from "@keywright/testing"
import { PrismaLibSQL } from "@prisma/adapter-libsql"
import Database from "libsql"
import { afterEach, beforeEach, expect, test } from "vitest"
import { sealedFields } from "../dist/src/sealed-fields.js"

/** What `prisma generate` wrote, which the compiler does not see. */
const generated = new URL("../dist/generated/client.ts", import.meta.url).href
const { PrismaClient } = await import(generated)

let kit
let folder
let database
let plain
let prisma

beforeEach(async () => {
  kit = await createTestKms()
  const client = kit.client()
  const { KeyMetadata } = await client.createKey({})
  const envelope = createEnvelope({ keys: kmsKeys(client, { keyId: KeyMetadata.Arn }) })
  const email = envelope.field({
    context: { table: "Customer", column: "email" },
    perValue: ["id"],
  })
  folder = mkdtempSync(join(tmpdir(), "fields-prisma-"))
  const path = join(folder, "customers.db")
  database = new Database(path)
  database.exec(
    `create table Customer (
      id text primary key not null,
      email text not null check (email glob 'kw1:*'),
      notes integer not null default 0
    )`,
  )
  plain = new PrismaClient({ adapter: new PrismaLibSQL({ url: `file:${path}` }) })
  prisma = plain.$extends(sealedFields({ Customer: { email } }))
})

afterEach(async () => {
  await plain.$disconnect()
  database.close()
  rmSync(folder, { recursive: true })
  await kit.close()
})

const alice = { id: "7", email: "alice@example.com" }
const bob = { id: "8", email: "bob@example.com" }
const stored = () => JSON.stringify(database.prepare("select * from Customer").all())

test("the application reads what the database cannot", async () => {
  expect(await prisma.customer.create({ data: alice })).toMatchObject(alice)
  await prisma.customer.createMany({ data: [bob] })
  expect(stored()).not.toMatch(/alice|bob/)
  const all = await prisma.customer.findMany({ orderBy: { id: "asc" } })
  expect(all).toMatchObject([alice, bob])
  const where = { id: "7" }
  await prisma.customer.update({ where, data: { email: { set: "new@example.com" } } })
  await prisma.customer.update({ where, data: { notes: 3 } })
  expect(await prisma.customer.findUnique({ where })).toEqual({
    id: "7",
    email: "new@example.com",
    notes: 3,
  })
  const create = { id: "9", email: "carol@example.com" }
  await prisma.customer.upsert({ where: { id: "9" }, create, update: {} })
  expect(await prisma.customer.count()).toBe(3)
  expect(stored()).not.toMatch(/new@|carol/)
})

test("a client without the extension writes no plaintext: the database refuses it", async () => {
  await expect(plain.customer.create({ data: alice })).rejects.toThrow()
  expect(stored()).toBe("[]")
  await prisma.customer.create({ data: alice })
  const read = await plain.customer.findUnique({ where: { id: "7" } })
  expect(read.email).toMatch(/^kw1:/)
})

test("what cannot be done with a sealed column is refused", async () => {
  await prisma.customer.create({ data: alice })
  const email = "alice@example.com"
  await expect(prisma.customer.findFirst({ where: { email } })).rejects.toThrow("searched")
  const nested = { OR: [{ NOT: { email } }] }
  await expect(prisma.customer.findMany({ where: nested })).rejects.toThrow("searched")
  await expect(prisma.customer.updateMany({ data: { email } })).rejects.toThrow("not for a model")
  await expect(prisma.customer.findMany({ select: { email: true } })).rejects.toThrow("its id")
})

test("a value that was moved to another row does not open", async () => {
  await prisma.customer.createMany({ data: [alice, bob] })
  database.exec("update Customer set email = (select email from Customer where id = '7')")
  expect(await prisma.customer.findUnique({ where: { id: "7" } })).toMatchObject(alice)
  await expect(prisma.customer.findUnique({ where: { id: "8" } })).rejects.toMatchObject({
    name: "EnvelopeError",
  })
})
