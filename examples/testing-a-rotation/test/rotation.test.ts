import { KMSClient } from "@aws-sdk/client-kms"
import { createOrderVault, type OrderVault } from "@keywright/example-order-vault"
import { createTestKms, type TestKms } from "@keywright/testing"
import { afterEach, beforeEach, expect, test } from "vitest"

const order = { id: "o-1", tenant: "acme", card: "4111 1111 1111 1111" }
const key = { alias: "alias/orders", rotation: { periodDays: 365 } }

let kit: TestKms
let vault: OrderVault

beforeEach(async () => {
  kit = await createTestKms({ now: new Date("2026-03-01T09:00:00Z"), fixtures: { keys: [key] } })
  vault = createOrderVault(new KMSClient(kit.sdk()))
})

afterEach(() => kit.close())

/** The key material that the last call used. */
const usedMaterial = () => kit.calls.at(-1)?.keyMaterialIds[0]

test("an order that was sealed before a rotation opens after it, with the older material", async () => {
  const sealed = await vault.seal(order)
  const first = usedMaterial()

  expect(await kit.clock.runUntil("KeyRotation")).toEqual(new Date("2027-03-01T09:00:00Z"))
  expect(await vault.open("acme", sealed)).toEqual(order)
  expect(usedMaterial()).toBe(first)

  await vault.seal(order)
  expect(usedMaterial()).not.toBe(first)
})

test("ten years of rotations leave every order readable", async () => {
  const sealed: Uint8Array[] = []
  for (let year = 0; year < 10; year += 1) {
    sealed.push(await vault.seal({ ...order, id: `o-${year}` }))
    await kit.clock.runUntil("KeyRotation")
  }
  const opened = await Promise.all(sealed.map((blob) => vault.open("acme", blob)))
  expect(opened.map(({ id }) => id)).toEqual(sealed.map((_, year) => `o-${year}`))
})

test("an order that is encrypted anew after a rotation no longer needs the older material", async () => {
  const sealed = await vault.seal(order)
  await kit.client().rotateKeyOnDemand({ KeyId: await keyId() })
  const EncryptionContext = { purpose: "orders", tenant: order.tenant }
  const { CiphertextBlob = new Uint8Array() } = await kit.client().reEncrypt({
    CiphertextBlob: sealed,
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId: "alias/orders",
    DestinationEncryptionContext: EncryptionContext,
  })
  expect(await vault.open("acme", CiphertextBlob)).toEqual(order)
  const renewed = usedMaterial()
  await vault.open("acme", sealed)
  expect(usedMaterial()).not.toBe(renewed)
})

test("an order is lost when the waiting time of its key has passed, and not a day before", async () => {
  const sealed = await vault.seal(order)
  const KeyId = await keyId()
  await kit.client().scheduleKeyDeletion({ KeyId, PendingWindowInDays: 30 })
  await expect(vault.open("acme", sealed)).rejects.toMatchObject({
    name: "KMSInvalidStateException",
  })

  kit.clock.advance({ days: 29 })
  await kit.client().cancelKeyDeletion({ KeyId })
  await kit.client().enableKey({ KeyId })
  expect(await vault.open("acme", sealed)).toEqual(order)

  await kit.client().scheduleKeyDeletion({ KeyId, PendingWindowInDays: 30 })
  await kit.clock.runUntil("KeyDeletion")
  await expect(vault.open("acme", sealed)).rejects.toMatchObject({ name: "NotFoundException" })
})

async function keyId(): Promise<string> {
  const { KeyMetadata } = await kit.client().describeKey({ KeyId: "alias/orders" })
  return KeyMetadata.KeyId
}
