import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms"
import { createMemoryKms } from "@keywright/core/memory"
import { describe, expect, it } from "vitest"
import { createTestKms } from "../../src/index.js"
import { matchers } from "../../src/matchers.js"
import type {} from "../../src/vitest.js"
import { elsewhere, nobody, office, openOrders, orders, plain } from "./orders.js"

expect.extend(matchers)

/** What an assertion that must fail says. */
async function failureOf(assertion: () => unknown): Promise<string> {
  try {
    await assertion()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error("the assertion holds")
}

const rejectionOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

describe("toBeDeniedBy", () => {
  it("finds the statement behind an error of our own client", async () => {
    const { kit } = await openOrders()
    const error = await rejectionOf(kit.client(elsewhere).encrypt(plain))
    expect(error).toBeDeniedBy({ sid: "Office" })
    expect(error).toBeDeniedBy({ sid: "Office", document: "keyPolicy", effect: "explicitDeny" })
    expect(error).toBeDeniedBy()
    expect(error).not.toBeDeniedBy({ sid: "Use" })
    expect(error).not.toBeDeniedBy({ sid: "Office", document: "scp" })
    expect(error).not.toBeDeniedBy({ effect: "implicitDeny" })
  })

  it("finds the statement behind an error of the AWS SDK", async () => {
    const { kit } = await openOrders()
    const client = new KMSClient(kit.sdk({ caller: elsewhere }))
    const call = client.send(new EncryptCommand(plain))
    await expect(call).toBeDeniedBy({ sid: "Office" })
    await expect(call).rejects.toBeDeniedBy({ sid: "Office" })
    await expect(call).not.toBeDeniedBy({ sid: "Use" })
  })

  it("also finds a statement that another one forestalled", async () => {
    const { kit } = await openOrders()
    await expect(kit.client(elsewhere).encrypt(plain)).toBeDeniedBy({ sid: "NoTest" })
  })

  it("finds what is missing where nothing allows", async () => {
    const { kit } = await openOrders()
    const call = kit.client({ ...office, principal: nobody }).encrypt(plain)
    await expect(call).toBeDeniedBy({ document: "identityPolicy", effect: "implicitDeny" })
    await expect(call).not.toBeDeniedBy({ sid: "Office" })
  })

  it("follows the cause of an error, and finds a call by its request id in a kit", async () => {
    const { kit } = await openOrders()
    const cause = await rejectionOf(kit.client(elsewhere).encrypt(plain))
    expect(new Error("no order", { cause })).toBeDeniedBy({ sid: "Office" })
    const direct = await rejectionOf(
      kit.kms.call(elsewhere, "Encrypt", plain).catch((error: Error) => {
        throw Object.assign(new Error("no order"), { requestId: Object(error).requestId })
      }),
    )
    expect(() => expect(direct).not.toBeDeniedBy()).toThrow("no test kit has seen")
    expect(direct).toBeDeniedBy({ sid: "Office", in: kit })
    expect(kit.calls.at(-1)).toBeDeniedBy({ sid: "Office" })
  })

  it("says why it failed, with the whole decision", async () => {
    const { kit } = await openOrders()
    const error = await rejectionOf(kit.client(elsewhere).encrypt(plain))
    const message = await failureOf(() => expect(error).toBeDeniedBy({ sid: "Audit" }))
    expect(message).toContain('to be denied by statement "Audit"')
    expect(message).toContain("DENIED (explicit): kms:Encrypt on arn:aws:kms:us-east-1")
    expect(message).toContain("yes NotIpAddress aws:SourceIp: wanted 203.0.113.0/24")
    const allowed = kit.client(office).encrypt(plain)
    expect(await failureOf(() => expect(allowed).toBeDeniedBy())).toContain("it was allowed")
    const gone = kit.client(office).describeKey({ KeyId: "alias/gone" })
    expect(await failureOf(() => expect(gone).toBeDeniedBy())).toContain("NotFoundException")
  })

  it("says so when no kit has seen the call", async () => {
    const kms = await createMemoryKms()
    const call = kms.as(nobody).listKeys()
    expect(await failureOf(() => expect(call).toBeDeniedBy())).toContain("no test kit has seen")
    for (const subject of [undefined, "text", 7, new Error("other"), {}, Promise.resolve()]) {
      await failureOf(() => expect(subject).toBeDeniedBy())
      await failureOf(() => expect(subject).not.toBeDeniedBy())
    }
    await expect(async () => expect({}).toBeDeniedBy({ in: {} })).rejects.toThrow(TypeError)
  })

  it("knows a kind of document that there is not from one that did not deny", async () => {
    const { kit } = await openOrders()
    const error = await rejectionOf(kit.client(elsewhere).encrypt(plain))
    const document = "keyPolicies" as "keyPolicy"
    expect(() => expect(error).not.toBeDeniedBy({ document })).toThrow("`document` must be one of")
    expect(error).not.toBeDeniedBy({ document: "identityPolicy" })
  })

  it("keeps kits apart, also those of one seed", async () => {
    const [first, second] = [await openOrders({ seed: "s" }), await openOrders({ seed: "s" })]
    const denied = await rejectionOf(first.kit.client(elsewhere).encrypt(plain))
    const failed = await rejectionOf(second.kit.client(office).encrypt({ ...plain, KeyId: "x" }))
    expect(denied).toBeDeniedBy({ sid: "Office" })
    expect(failed).not.toBeDeniedBy()
  })
})

describe("toHaveUsedKey", () => {
  it("knows the key of a reply by id, ARN, metadata and alias", async () => {
    const { kit, KeyId, Arn } = await openOrders()
    const reply = await kit.client(office).encrypt(plain)
    for (const key of [KeyId, Arn, { KeyId, Arn }, "alias/orders"]) {
      expect(reply).toHaveUsedKey(key)
    }
    const alias = Arn.replace(/key\/.*/, "alias/orders")
    expect(reply).toHaveUsedKey(alias)
    expect(reply).not.toHaveUsedKey(alias.replace("111122223333", "444455556666"))
    expect(reply).not.toHaveUsedKey(Arn.replace("us-east-1", "eu-west-1"))
    expect(reply).not.toHaveUsedKey("alias/other")
    expect(kit).toHaveUsedKey("alias/orders")
  })

  it("knows the key and the material of a reply of the AWS SDK", async () => {
    const { kit, root, KeyId, Arn } = await openOrders()
    const client = new KMSClient(kit.sdk({ caller: office }))
    const { CiphertextBlob } = await client.send(new EncryptCommand(plain))
    const reply = await client.send(new DecryptCommand({ CiphertextBlob }))
    const { KeyMetadata } = await root.describeKey({ KeyId })
    const material = KeyMetadata?.CurrentKeyMaterialId ?? ""
    expect(material).toMatch(/^[0-9a-f]{64}$/)
    expect(reply).toHaveUsedKey(Arn, { material })
    expect(reply).toHaveUsedKey("alias/orders", { in: kit, material })
    expect(reply).not.toHaveUsedKey(Arn, { material: "0".repeat(64) })
    const message = await failureOf(() => expect(reply).toHaveUsedKey("alias/orders"))
    expect(message).toContain("only a test kit knows what alias/orders stands for")
    expect(() => expect(reply).not.toHaveUsedKey("alias/orders")).toThrow(TypeError)
  })

  it("does not count a call that failed", async () => {
    const { kit, Arn } = await openOrders()
    const error = await rejectionOf(kit.client(elsewhere).encrypt(plain))
    expect(error).not.toHaveUsedKey(Arn)
  })
})

describe("toBeEncryptedUnder", () => {
  it("reads the key and the material from a ciphertext", async () => {
    const { kit, root, KeyId, Arn } = await openOrders()
    const reply = await kit.client(office).encrypt(plain)
    const { CiphertextBlob } = reply
    const { KeyMetadata } = await root.describeKey({ KeyId })
    const material = KeyMetadata?.CurrentKeyMaterialId ?? ""
    expect(CiphertextBlob).toBeEncryptedUnder(KeyId)
    expect(CiphertextBlob).toBeEncryptedUnder(Arn, { material })
    expect(CiphertextBlob).toBeEncryptedUnder("alias/orders", { in: kit })
    expect(reply).toBeEncryptedUnder("alias/orders")
    await expect(kit.client(office).encrypt(plain)).toBeEncryptedUnder("alias/orders")
    expect(CiphertextBlob).not.toBeEncryptedUnder(Arn.replace("111122223333", "444455556666"))
    await kit.kms.as(kit.kms.administrator).rotateKeyOnDemand({ KeyId })
    const next = await kit.client(office).encrypt(plain)
    expect(next.CiphertextBlob).not.toBeEncryptedUnder(KeyId, { material })
  })

  it("says what a ciphertext is under, and what is none", async () => {
    const { kit, KeyId } = await openOrders()
    const { CiphertextBlob } = await kit.client(office).encrypt(plain)
    const message = await failureOf(() => expect(CiphertextBlob).toBeEncryptedUnder("other"))
    expect(message).toContain(`it is under ${KeyId} of 111122223333`)
    const none = await failureOf(() => expect(Uint8Array.of(1)).toBeEncryptedUnder(KeyId))
    expect(none).toContain("1 bytes is no ciphertext")
    expect(() => expect(Uint8Array.of(1)).not.toBeEncryptedUnder(KeyId)).toThrow(TypeError)
  })
})

describe("an alias ARN", () => {
  const eastArn = "arn:aws:kms:us-east-1:111122223333:alias/app"
  const westArn = eastArn.replace("us-east-1", "eu-west-1")

  it("means the key of its own region, and no namesake elsewhere", async () => {
    const regions = ["us-east-1", "eu-west-1"]
    const keys = regions.map((region) => ({ alias: "alias/app", region }))
    const kit = await createTestKms({ regions, fixtures: { keys } })
    const reply = await kit.client().encrypt({ ...plain, KeyId: "alias/app" })
    await kit.client(undefined, "eu-west-1").describeKey({ KeyId: "alias/app" })
    expect(reply).toHaveUsedKey(eastArn)
    expect(reply).not.toHaveUsedKey(westArn)
    expect(reply).toBeEncryptedUnder(eastArn)
    expect(reply).not.toBeEncryptedUnder(westArn)
    expect(kit).toHaveCalled("Encrypt", { key: eastArn })
    expect(kit).not.toHaveCalled("Encrypt", { key: westArn })
    await kit.close()
  })

  it("means the one replica that has it, of a ciphertext that all of them can open", async () => {
    const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"] })
    const [east, west] = [kit.client(), kit.client(undefined, "eu-west-1")]
    const { KeyMetadata } = await east.createKey({ MultiRegion: true })
    const { KeyId } = KeyMetadata ?? {}
    await east.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await west.createAlias({ AliasName: "alias/app", TargetKeyId: KeyId })
    const reply = await east.encrypt({ ...plain, KeyId })
    await west.describeKey({ KeyId })
    expect(reply).toBeEncryptedUnder(westArn)
    expect(reply).toBeEncryptedUnder("alias/app")
    expect(reply).not.toBeEncryptedUnder(eastArn)
    await kit.close()
  })
})

describe("toHaveCalled", () => {
  it("finds calls by operation, caller, key, input, outcome and number", async () => {
    const { kit, Arn } = await openOrders()
    await kit.client(office).encrypt({ ...plain, EncryptionContext: { tenant: "42" } })
    await kit
      .client(elsewhere)
      .encrypt(plain)
      .catch(() => undefined)
    expect(kit).toHaveCalled("Encrypt")
    expect(kit).toHaveCalled("Encrypt", { times: 2, caller: orders, key: "alias/orders" })
    expect(kit).toHaveCalled("Encrypt", { times: 1, error: false, key: Arn })
    expect(kit).toHaveCalled("Encrypt", { times: 1, error: "AccessDeniedException" })
    expect(kit).toHaveCalled("Encrypt", { input: { EncryptionContext: { tenant: "42" } } })
    expect(kit).not.toHaveCalled("Encrypt", { input: { EncryptionContext: { tenant: "43" } } })
    expect(kit).not.toHaveCalled("Encrypt", { caller: nobody })
    const session = orders.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    expect(kit).toHaveCalled("Encrypt", { caller: `${session}/keywright`, times: 2 })
    expect(kit).not.toHaveCalled("Encrypt", { caller: `${session}/other` })
    expect(kit).toHaveCalled("Encrypt", { caller: orders.replace("role/", "role/team/") })
    expect(kit).not.toHaveCalled("CreateKey", { caller: "arn:aws:iam::111122223333:role/" })
    expect(kit).not.toHaveCalled("Decrypt")
    expect(kit).toHaveCalled("Decrypt", { times: 0 })
  })

  it("cannot tell of an operation that there is not, and of input that no call shows", async () => {
    const { kit } = await openOrders()
    await kit.client(office).encrypt(plain)
    const says = (pattern: string, message: string, input = {}) =>
      expect(() => expect(kit).not.toHaveCalled(pattern, input)).toThrow(message)
    says("encrypt", "KMS has no operation encrypt")
    says("Encrypt", "do not show `Plaintext`, only KeyId", { input: { Plaintext: undefined } })
    says("Decrypt", "do not show `Ciphertext`", { input: { Ciphertext: 1 }, times: 0 })
    expect(kit).not.toHaveCalled("Decrypt", { input: { KeyId: "alias/orders" } })
    const row = kit.kms.call(office, "Encypt", {})
    await expect(row).rejects.toMatchObject({ name: "UnknownOperationException" })
    expect(kit).toHaveCalled("Encypt", { error: "UnknownOperationException" })
  })

  it("lists the calls that there were", async () => {
    const { kit } = await openOrders()
    const message = await failureOf(() => expect(kit).toHaveCalled("Decrypt", { caller: orders }))
    expect(message).toContain(`expected Decrypt by ${orders}; found 0 of them among`)
    expect(message).toContain("1 × CreateKey by arn:aws:iam::111122223333:root")
    const none = await failureOf(() => expect({ calls: [] }).toHaveCalled("Decrypt"))
    expect(none).toContain("expected a test kit")
    expect(() => expect({ calls: [] }).not.toHaveCalled("Decrypt")).toThrow(TypeError)
  })
})

describe("what a kit hangs on errors and replies", () => {
  it("is neither printed nor compared nor copied", async () => {
    const { kit } = await openOrders()
    const reply = await kit.client(office).describeKey({ KeyId: "alias/orders" })
    expect(reply).toStrictEqual({ ...reply })
    expect(Reflect.ownKeys({ ...reply })).toEqual(["KeyMetadata", "$metadata"])
    expect(JSON.stringify(kit.calls)).not.toContain("testimony")
  })
})
