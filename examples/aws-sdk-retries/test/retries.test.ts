import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms"
import { createOrderVault } from "@keywright/example-order-vault"
import { createTestKms } from "@keywright/testing"
import { describe, expect, test } from "vitest"

const order = { id: "o-1", tenant: "acme", card: "4111 1111 1111 1111" }

const openKit = () => createTestKms({ fixtures: { keys: [{ alias: "alias/orders" }] } })

// Faults strike below the retries of the SDK, and each test has a KMS of its own: the tests may
// run at the same time while the client waits between its attempts.
describe.concurrent("a client of the AWS SDK as it comes", () => {
  test("tries a throttled call again", async () => {
    const kit = await openKit()
    const vault = createOrderVault(new KMSClient(kit.sdk()))
    kit.faults.plan([{ fault: "throttle", operation: "Encrypt", count: 2 }])
    await vault.seal(order)
    expect(kit.calls.map(({ fault }) => fault)).toEqual(["throttle", "throttle", undefined])
    await kit.close()
  })

  test("gives up after three attempts and throws what KMS said", async () => {
    const kit = await openKit()
    const vault = createOrderVault(new KMSClient(kit.sdk()))
    kit.faults.plan([{ fault: "throttle" }])
    await expect(vault.seal(order)).rejects.toMatchObject({
      name: "ThrottlingException",
      $metadata: { attempts: 3 },
    })
    await kit.close()
  })

  test("tries as often as it is told", async () => {
    const kit = await openKit()
    const vault = createOrderVault(new KMSClient({ ...kit.sdk(), maxAttempts: 4 }))
    kit.faults.plan([{ fault: "timeout", count: 3 }])
    await vault.seal(order)
    expect(kit.calls).toHaveLength(4)
    await kit.close()
  })

  test("reaches a region that was down for a while", async () => {
    const kit = await openKit()
    const vault = createOrderVault(new KMSClient(kit.sdk()))
    const sealed = await vault.seal(order)
    kit.faults.plan([{ fault: "region-down", region: "us-east-1", count: 2 }])
    expect(await vault.open("acme", sealed)).toEqual(order)
    await kit.close()
  })

  test("does not try again what KMS refused", async () => {
    const kit = await openKit()
    const vault = createOrderVault(new KMSClient(kit.sdk()))
    const sealed = await vault.seal(order)
    await expect(vault.open("globex", sealed)).rejects.toMatchObject({
      name: "InvalidCiphertextException",
      $metadata: { attempts: 1 },
    })
    await kit.close()
  })
})

describe.concurrent("when a reply is lost", () => {
  test("decrypting a second time does no harm", async () => {
    const kit = await openKit()
    const vault = createOrderVault(new KMSClient(kit.sdk()))
    const sealed = await vault.seal(order)
    kit.faults.plan([{ fault: "reply-lost", operation: "Decrypt", count: 1 }])
    expect(await vault.open("acme", sealed)).toEqual(order)
    expect(kit.calls.map(({ operation }) => operation)).toEqual(["Encrypt", "Decrypt", "Decrypt"])
    await kit.close()
  })

  test("creating a second time makes a second key, which nobody knows of", async () => {
    const kit = await openKit()
    kit.faults.plan([{ fault: "reply-lost", operation: "CreateKey", count: 1 }])
    await new KMSClient(kit.sdk()).send(new CreateKeyCommand({ Description: "invoices" }))
    const { Keys } = await kit.client().listKeys()
    expect(Keys).toHaveLength(3)
    await kit.close()
  })
})
