import { createTestKms, type TestKms } from "@keywright/testing"
import { afterEach, beforeEach, expect, test } from "vitest"
import { createDocumentVault, type DocumentVault } from "../src/document-vault.js"

const id = "6d9f2c5e-1a57-4c1e-9d53-0c6f3f6f7a11"
const otherId = "0f3b7a52-8f0e-4a63-b1ad-5f2d9d0a4c22"
const arnOf = (keyId: string) => `arn:aws:kms:us-east-1:111122223333:key/${keyId}`

const contract = new TextEncoder().encode("We deliver on Monday. ".repeat(1000))

let kit: TestKms
let vault: DocumentVault

beforeEach(async () => {
  kit = await createTestKms({ fixtures: { keys: [{ id }, { id: otherId }] } })
  vault = createDocumentVault(arnOf(id), kit.sdk())
})

afterEach(() => kit.close())

test("a document of any size comes back as it was", async () => {
  const sealed = await vault.seal("acme", contract)
  expect(new Uint8Array(await vault.open("acme", sealed))).toEqual(contract)
})

test("a hundred documents of a customer cost one call to KMS", async () => {
  for (let count = 0; count < 100; count += 1) await vault.seal("acme", contract)
  await vault.seal("globex", contract)
  const generated = kit.calls.filter(({ operation }) => operation === "GenerateDataKey")
  expect(generated.map(({ input }) => input["EncryptionContext"])).toMatchObject([
    { customer: "acme" },
    { customer: "globex" },
  ])
})

test("a document of one customer does not open as that of another", async () => {
  const sealed = await vault.seal("acme", contract)
  await expect(vault.open("globex", sealed)).rejects.toThrow("about another customer")
})

test("a document that was changed does not open", async () => {
  const sealed = await vault.seal("acme", contract)
  const middle = sealed.length >> 1
  const changed = sealed.with(middle, (sealed[middle] ?? 0) ^ 1)
  await expect(vault.open("acme", changed)).rejects.toThrow()
  await vault.open("acme", sealed)
})

test("a vault opens nothing that is under a key which it was not given", async () => {
  const sealed = await createDocumentVault(arnOf(otherId), kit.sdk()).seal("acme", contract)
  const calls = kit.calls.length
  await expect(vault.open("acme", sealed)).rejects.toThrow()
  expect(kit.calls).toHaveLength(calls)
})

test("a disabled key stops new documents", async () => {
  await kit.client().disableKey({ KeyId: id })
  await expect(vault.seal("acme", contract)).rejects.toThrow()
  expect(kit.calls.at(-1)).toMatchObject({
    operation: "GenerateDataKey",
    error: "DisabledException",
  })
})
