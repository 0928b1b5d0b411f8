import { KMSClient } from "@aws-sdk/client-kms"
import { createOrderVault, type OrderVault } from "@keywright/example-order-vault"
import { createTestKms, type TestKms } from "@keywright/testing"
import { afterEach, beforeEach, expect, test } from "vitest"
import { firstThatAnswers } from "../src/first-that-answers.js"

const order = { id: "o-1", tenant: "acme", card: "4111 1111 1111 1111" }
const regions = ["us-east-1", "eu-west-1"]

let kit: TestKms
let vault: OrderVault

/** A multi-Region key with a replica, under the same alias in both regions. */
beforeEach(async () => {
  kit = await createTestKms({ regions })
  const { KeyMetadata } = await kit.client().createKey({ MultiRegion: true })
  const KeyId = KeyMetadata.KeyId
  await kit.client().replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  for (const region of regions) {
    const administrator = kit.client(undefined, region)
    await administrator.createAlias({ AliasName: "alias/orders", TargetKeyId: KeyId })
  }
  // One attempt for each region: who has a second region need not wait for the first.
  const clientIn = (region: string) => new KMSClient({ ...kit.sdk(region), maxAttempts: 1 })
  vault = firstThatAnswers(regions.map((region) => createOrderVault(clientIn(region))))
})

afterEach(() => kit.close())

const regionsOf = (operation: string) =>
  kit.calls.filter((call) => call.operation === operation).map(({ region }) => region)

test("an order that one region sealed is opened by the other while the first is down", async () => {
  const sealed = await vault.seal(order)
  kit.faults.plan([{ fault: "region-down", region: "us-east-1" }])
  expect(await vault.open("acme", sealed)).toEqual(order)
  expect(regionsOf("Decrypt")).toEqual(["us-east-1", "eu-west-1"])
})

test("what was sealed during the outage opens in the first region when it is back", async () => {
  kit.faults.plan([{ fault: "region-down", region: "us-east-1" }])
  const sealed = await vault.seal(order)
  kit.faults.clear()
  expect(await vault.open("acme", sealed)).toEqual(order)
  expect(regionsOf("Decrypt")).toEqual(["us-east-1"])
})

test("a region whose HSMs are gone is passed over as well", async () => {
  kit.faults.plan([{ fault: "hsm-down", region: "us-east-1" }])
  const sealed = await vault.seal(order)
  expect(sealed.length).toBeGreaterThan(0)
  expect(kit.calls.map(({ fault }) => fault)).toContain("hsm-down")
})

test("when no region answers, the error says what each of them said", async () => {
  kit.faults.plan([
    { fault: "region-down", region: "us-east-1" },
    { fault: "timeout", region: "eu-west-1" },
  ])
  await expect(vault.seal(order)).rejects.toMatchObject({
    message: "no region answers",
    errors: [{ code: "ECONNREFUSED" }, { name: "TimeoutError" }],
  })
})

test("a refusal is final: no second region is asked", async () => {
  const sealed = await vault.seal(order)
  const opening = vault.open("globex", sealed)
  await expect(opening).rejects.toMatchObject({ name: "InvalidCiphertextException" })
  expect(regionsOf("Decrypt")).toEqual(["us-east-1"])
})
