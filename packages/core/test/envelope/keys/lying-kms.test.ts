import { afterAll, describe, expect, it } from "vitest"
import { kmsDiscovery } from "../../../src/envelope/keys/kms/kms-discovery.js"
import { kmsKeys, kmsMultiRegionKeys } from "../../../src/envelope/keys/kms/kms-keys.js"
import { keyArnOf } from "../../support/accounts.js"
import { openWorld } from "../../support/world.js"
import { expectNoKey, unwrapWith, wrapRequest } from "../support/key-requests.js"

const world = await openWorld()
const [keyId, otherId] = [keyArnOf(await world.newKey()), keyArnOf(await world.newKey())]
afterAll(() => world.kms.close())

type Reply = Readonly<Record<string, unknown>>

/** The real KMS, of whose replies something is changed. */
const lying = (changes: Reply) => ({
  generateDataKey: async (request: Parameters<typeof world.root.generateDataKey>[0]) => ({
    ...(await world.root.generateDataKey(request)),
    ...changes,
  }),
  decrypt: async (request: Parameters<typeof world.root.decrypt>[0]) => ({
    ...(await world.root.decrypt(request)),
    ...changes,
  }),
})

const lies: readonly (readonly [string, Reply])[] = [
  ["no key", { KeyId: undefined }],
  ["a key that is no ARN", { KeyId: "1234" }],
  ["an alias", { KeyId: keyId.replace(/key\/.*/, "alias/own") }],
  ["no plaintext", { Plaintext: undefined }],
  ["a shorter data key", { Plaintext: new Uint8Array(16) }],
  ["a longer data key", { Plaintext: new Uint8Array(64) }],
]

describe.each(lies)("a KMS that answers with %s", (_, changes) => {
  it("is not believed when it makes a data key", async () => {
    const wrapping = kmsKeys(lying(changes), { keyId }).wrap(wrapRequest())
    await expect(wrapping).rejects.toMatchObject({ name: "EnvelopeError", reason: "keys" })
  })

  it("is not believed when it unwraps one", async () => {
    const wrapped = await kmsKeys(world.root, { keyId }).wrap(wrapRequest())
    for (const keys of [kmsKeys(lying(changes), { keyId }), kmsDiscovery(lying(changes))]) {
      await expectNoKey(unwrapWith(keys, wrapped))
    }
  })
})

it("a KMS that unwraps under another key is not believed, however ours was named", async () => {
  const bare = keyId.slice(keyId.indexOf("/") + 1)
  const wrapped = await kmsKeys(world.root, { keyId }).wrap(wrapRequest())
  const client = lying({ KeyId: otherId })
  const sources = [
    kmsKeys(client, { keyId }),
    kmsKeys(client, { keyId: bare }),
    kmsMultiRegionKeys(client, { keyId }),
    kmsDiscovery(client),
  ]
  for (const keys of sources) await expectNoKey(unwrapWith(keys, wrapped))
})

it("a client that sends commands is refused with advice, before it is called", () => {
  const client = { send: async () => ({}) } as never
  expect(() => kmsKeys(client, { keyId })).toThrow("withCommands")
  expect(() => kmsDiscovery(client)).toThrow("withCommands")
})
