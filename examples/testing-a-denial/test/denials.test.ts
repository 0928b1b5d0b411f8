import { KMSClient } from "@aws-sdk/client-kms"
import { createOrderVault } from "@keywright/example-order-vault"
import { createTestKms, type TestKms } from "@keywright/testing"
import { matchers } from "@keywright/testing/vitest"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { keyPolicy } from "../src/key-policy.js"

expect.extend(matchers)

const order = { id: "o-1", tenant: "acme", card: "4111 1111 1111 1111" }

const ourNetwork = { sourceIp: "203.0.113.7" }
const elsewhere = { sourceIp: "198.51.100.9" }
const shop = { principal: "arn:aws:iam::111122223333:role/Shop", context: ourNetwork }
const travellingShop = { ...shop, context: elsewhere }
const reporting = { principal: "arn:aws:iam::111122223333:role/Reporting", context: ourNetwork }

/** An identity policy as it is written in a hurry. */
const careless = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" }],
})

let kit: TestKms

beforeEach(async () => {
  kit = await createTestKms({ fixtures: { keys: [{ alias: "alias/orders", policy: keyPolicy }] } })
})

afterEach(() => kit.close())

const vaultOf = (caller: typeof shop) => createOrderVault(new KMSClient(kit.sdk({ caller })))

describe("the shop", () => {
  test("seals from anywhere and opens in our network", async () => {
    const sealed = await vaultOf(travellingShop).seal(order)
    expect(await vaultOf(shop).open("acme", sealed)).toEqual(order)
  })

  test("does not open an order from elsewhere, and one statement says so", async () => {
    const sealed = await vaultOf(shop).seal(order)
    const opening = vaultOf(travellingShop).open("acme", sealed)
    await expect(opening).toBeDeniedBy({ sid: "OpenInOurNetworkOnly" })
  })

  test("has the key for orders and for nothing else", async () => {
    const Plaintext = new TextEncoder().encode("a contract")
    for (const EncryptionContext of [undefined, { purpose: "contracts" }]) {
      const request = { KeyId: "alias/orders", Plaintext, EncryptionContext }
      const encrypting = kit.client(shop).encrypt(request)
      await expect(encrypting).toBeDeniedBy({ effect: "implicitDeny" })
    }
  })

  test("seals and opens, and does nothing else with the key", async () => {
    const EncryptionContext = { purpose: "orders" }
    const request = { KeyId: "alias/orders", KeySpec: "AES_256", EncryptionContext } as const
    const generating = kit.client(shop).generateDataKey(request)
    await expect(generating).toBeDeniedBy({ effect: "implicitDeny" })
  })
})

describe("a role that nothing names", () => {
  test("is refused because no policy allows it, which is no statement's doing", async () => {
    const sealing = vaultOf(reporting).seal(order)
    await expect(sealing).toBeDeniedBy({ effect: "implicitDeny" })
    await expect(sealing).not.toBeDeniedBy({ sid: "OpenInOurNetworkOnly" })
  })

  test("gets in by a policy of its own, because the account may delegate", async () => {
    const sealed = await vaultOf(shop).seal(order)
    const { keys } = await kit.capture()
    const identities = { [reporting.principal]: { policies: [careless] } }
    const delegating = await createTestKms({ fixtures: { keys, identities } })
    const vault = createOrderVault(new KMSClient(delegating.sdk({ caller: reporting })))
    expect(await vault.open("acme", sealed)).toEqual(order)
    await delegating.close()
  })
})

test("a refusal explains itself", async () => {
  const request = { KeyId: "alias/orders", CiphertextBlob: await vaultOf(shop).seal(order) }
  const { effect, text } = await kit.kms.explain(travellingShop, "Decrypt", request)
  expect(effect).toBe("explicitDeny")
  expect(text).toContain("NotIpAddress aws:SourceIp: wanted 203.0.113.0/24")
})
