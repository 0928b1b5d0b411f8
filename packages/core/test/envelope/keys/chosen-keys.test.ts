import { expect, it } from "vitest"
import { createEnvelope } from "../../../src/envelope/index.js"
import { keysByContext } from "../../../src/envelope/keys/keys-by-context.js"
import { kmsKeys } from "../../../src/envelope/keys/kms/kms-keys.js"
import { rawAesKeys } from "../../../src/envelope/keys/raw/raw-aes-keys.js"
import { keyArnOf } from "../../support/accounts.js"
import { openWorld } from "../../support/world.js"
import { context, unwrapWith, wrapRequest } from "../support/key-requests.js"

const keysOf = (tenant: string) =>
  rawAesKeys({ namespace: "tests", name: tenant, key: new Uint8Array(32).fill(tenant.length) })

it("the keys of a signed message are chosen by the pairs of the caller alone", async () => {
  const asked: unknown[] = []
  const keys = keysByContext((context) => {
    asked.push(context)
    return keysOf(context["tenant"] ?? "")
  })
  const envelope = createEnvelope({ keys })
  const context = { tenant: "42" }
  const { message } = await envelope.encrypt(new Uint8Array(9), { context })
  await envelope.decrypt(message, { expectContext: context })
  expect(asked).toEqual([context, context])
})

it("a context that has no keys is refused by its reason", async () => {
  const envelope = createEnvelope({ keys: keysByContext(() => undefined) })
  await expect(envelope.encrypt(new Uint8Array(9))).rejects.toMatchObject({ reason: "context" })
})

it("a client that remembers its replies hands out the same data key, and never zeros", async () => {
  const world = await openWorld()
  const keyId = keyArnOf(await world.newKey())
  const request = { KeyId: keyId, NumberOfBytes: 32, EncryptionContext: { ...context } }
  const made = await world.root.generateDataKey(request)
  const opened = await world.root.decrypt({
    CiphertextBlob: made.CiphertextBlob,
    EncryptionContext: { ...context },
  })
  const keys = kmsKeys(
    { generateDataKey: async () => made, decrypt: async () => opened },
    { keyId },
  )
  for (let turn = 0; turn < 2; turn += 1) {
    const wrapped = await keys.wrap(wrapRequest())
    const dataKey = wrapped.dataKey.slice()
    wrapped.dataKey.fill(0)
    const unwrapped = await unwrapWith(keys, wrapped)
    expect(unwrapped).toEqual(dataKey)
    expect(dataKey.some((byte) => byte !== 0)).toBe(true)
    unwrapped?.fill(0)
  }
  await world.kms.close()
})
