import assert from "node:assert/strict"
import { KMSClient } from "@aws-sdk/client-kms"
import { createOrderVault, type OrderVault } from "@keywright/example-order-vault"
import { createTestKms, type TestKms } from "@keywright/testing"
import { assertCalled, assertDeniedBy, assertEncryptedUnder } from "@keywright/testing/assert"
import { afterEach, beforeEach, describe, it } from "mocha"

const order = { id: "o-1", tenant: "acme", card: "4111 1111 1111 1111" }

describe("orders at rest", () => {
  let kit: TestKms
  let vault: OrderVault

  beforeEach(async () => {
    kit = await createTestKms({ fixtures: { keys: [{ alias: "alias/orders" }] } })
    vault = createOrderVault(new KMSClient(kit.sdk()))
  })

  afterEach(() => kit.close())

  it("a sealed order shows nothing and opens for its tenant", async () => {
    const sealed = await vault.seal(order)
    assertEncryptedUnder(sealed, "alias/orders", { in: kit })
    assert.ok(!Buffer.from(sealed).includes(order.card))
    assert.deepEqual(await vault.open("acme", sealed), order)
  })

  it("an order does not open for another tenant", async () => {
    const sealed = await vault.seal(order)
    await assert.rejects(vault.open("globex", sealed), { name: "InvalidCiphertextException" })
  })

  it("a role without permission seals nothing", async () => {
    const caller = "arn:aws:iam::111122223333:role/Reporting"
    const stranger = createOrderVault(new KMSClient(kit.sdk({ caller })))
    await assertDeniedBy(stranger.seal(order), { effect: "implicitDeny" })
  })

  it("the audit trail names the tenant of every order", async () => {
    await vault.open("acme", await vault.seal(order))
    const EncryptionContext = { purpose: "orders", tenant: "acme" }
    assertCalled(kit, "Encrypt", { input: { KeyId: "alias/orders", EncryptionContext }, times: 1 })
    assertCalled(kit, "Decrypt", { input: { KeyId: "alias/orders", EncryptionContext }, times: 1 })
  })
})
