import { KMSClient, ListKeysCommand } from "@aws-sdk/client-kms"
import { expect as jestExpect } from "expect"
import { describe, expect, it } from "vitest"
import {
  assertCalled,
  assertDeniedBy,
  assertEncryptedUnder,
  assertUsedKey,
} from "../../src/assert.js"
import { matchers } from "../../src/jest-globals.js"
import { elsewhere, nobody, office, openOrders, plain } from "./orders.js"

jestExpect.extend(matchers)

describe("the matchers in jest", () => {
  it("hold and fail as in vitest", async () => {
    const { kit, Arn } = await openOrders()
    const client = new KMSClient(kit.sdk({ caller: nobody }))
    await jestExpect(client.send(new ListKeysCommand())).toBeDeniedBy({
      document: "identityPolicy",
    })
    const reply = await kit.client(office).encrypt(plain)
    jestExpect(reply).toHaveUsedKey(Arn)
    jestExpect(reply).toBeEncryptedUnder("alias/orders")
    jestExpect(reply).not.toBeDeniedBy()
    jestExpect(kit).toHaveCalled("Encrypt", { times: 1 })
    expect(() => jestExpect(kit).toHaveCalled("Decrypt")).toThrow("found 0 of them among")
    const denied = kit.client(elsewhere).encrypt(plain)
    await expect(async () => {
      await jestExpect(denied).toBeDeniedBy({ sid: "Use" })
    }).rejects.toThrow("DENIED (explicit)")
  })
})

describe("the plain assertions", () => {
  it("return where they hold and throw an AssertionError where they do not", async () => {
    const { kit, KeyId } = await openOrders()
    const reply = await kit.client(office).encrypt(plain)
    assertUsedKey(reply, KeyId)
    assertEncryptedUnder(reply.CiphertextBlob, KeyId)
    assertCalled(kit, "Encrypt", { caller: office.principal })
    const failure = expect.objectContaining({ name: "AssertionError" })
    expect(() => assertUsedKey(reply, "other")).toThrow(failure)
    expect(() => assertEncryptedUnder(reply, "other")).toThrow(failure)
    expect(() => assertCalled(kit, "Decrypt")).toThrow(failure)
    expect(() => assertDeniedBy(reply)).toThrow(failure)
  })

  it("given a promise, return one", async () => {
    const { kit } = await openOrders()
    const denied = kit.client(elsewhere).encrypt(plain)
    await assertDeniedBy(denied, { sid: "Office" })
    await expect(assertDeniedBy(denied, { sid: "Use" })).rejects.toThrow("DENIED (explicit)")
  })
})
