import { EncryptCommand, KMSClient } from "@aws-sdk/client-kms"
import { expect, test } from "vitest"
import { matchers } from "../../src/matchers.js"
import type {} from "../../src/vitest.js"
import { elsewhere, office, openOrders, plain } from "./orders.js"

expect.extend(matchers)

const rejectionOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

test("an error tells of its call when a restored seed gave the request id once more", async () => {
  const { kit } = await openOrders({ seed: "s" })
  const before = kit.snapshot()
  const denied = await rejectionOf(kit.client(elsewhere).encrypt(plain))
  await kit.restore(before)
  const reply = await kit.client(office).encrypt(plain)
  expect(denied).toMatchObject({ requestId: reply.$metadata.requestId })
  expect(denied).toBeDeniedBy({ sid: "NoTest" })
  expect(kit.calls.at(-2)).toBeDeniedBy({ sid: "NoTest", in: kit })
  expect(reply).not.toBeDeniedBy()
  expect(reply).toHaveUsedKey("alias/orders")
})

test("a reply keeps its key when a restored seed gives its request id to a refusal", async () => {
  const { kit } = await openOrders({ seed: "s" })
  const before = kit.snapshot()
  const reply = await kit.client(office).encrypt(plain)
  await kit.restore(before)
  const client = new KMSClient(kit.sdk({ caller: elsewhere }))
  const denied = await rejectionOf(client.send(new EncryptCommand(plain)))
  expect(reply).toHaveUsedKey("alias/orders")
  expect(reply).not.toBeDeniedBy()
  expect(denied).toBeDeniedBy({ sid: "NoTest" })
})

test("a kit has not seen the calls of a fork, whose request ids may be the same", async () => {
  const { kit } = await openOrders({ seed: "s" })
  const fork = await kit.fork()
  const denied = await rejectionOf(fork.client(elsewhere).encrypt(plain))
  await kit.client(office).encrypt(plain)
  expect(denied).toBeDeniedBy({ sid: "Office" })
  expect(() => expect(denied).not.toBeDeniedBy({ in: kit })).toThrow("no test kit has seen")
})
