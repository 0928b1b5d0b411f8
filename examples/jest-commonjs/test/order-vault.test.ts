import { KMSClient } from "@aws-sdk/client-kms"
import { afterEach, beforeEach, expect, test } from "@jest/globals"
import { createTestKms, type TestKms } from "@keywright/testing"
import { matchers } from "@keywright/testing/jest-globals"
import { createOrderVault, type OrderVault } from "../src/order-vault.js"

expect.extend(matchers)

const order = { id: "o-1", tenant: "acme", card: "4111 1111 1111 1111" }

let kit: TestKms
let vault: OrderVault

beforeEach(async () => {
  kit = await createTestKms({ fixtures: { keys: [{ alias: "alias/orders" }] } })
  vault = createOrderVault(new KMSClient(kit.sdk()))
})

afterEach(() => kit.close())

test("a sealed order shows nothing and opens for its tenant", async () => {
  const sealed = await vault.seal(order)
  expect(sealed).toBeEncryptedUnder("alias/orders", { in: kit })
  expect(Buffer.from(sealed).includes(order.card)).toBe(false)
  expect(await vault.open("acme", sealed)).toEqual(order)
})

test("an order does not open for another tenant", async () => {
  const sealed = await vault.seal(order)
  const opening = vault.open("globex", sealed)
  await expect(opening).rejects.toMatchObject({ name: "InvalidCiphertextException" })
})

test("a role without permission seals nothing", async () => {
  const caller = "arn:aws:iam::111122223333:role/Reporting"
  const stranger = createOrderVault(new KMSClient(kit.sdk({ caller })))
  await expect(stranger.seal(order)).toBeDeniedBy({ effect: "implicitDeny" })
})

test("the audit trail names the tenant of every order", async () => {
  await vault.open("acme", await vault.seal(order))
  const EncryptionContext = { purpose: "orders", tenant: "acme" }
  const input = { KeyId: "alias/orders", EncryptionContext }
  expect(kit).toHaveCalled("Encrypt", { input, times: 1 })
  expect(kit).toHaveCalled("Decrypt", { input, times: 1 })
})
