import { createDecipheriv, createHmac } from "node:crypto"
import { afterAll, expect, it } from "vitest"
import { kmsMlKemKeys } from "../../../src/envelope/keys/agreement/kms-ml-kem-keys.js"
import { encodeContext } from "../../../src/envelope/message/encryption-context.js"
import { keyArnOf } from "../../support/accounts.js"
import { openWorld } from "../../support/world.js"
import { expectNoKey, unwrapWith, wrapRequest } from "../support/key-requests.js"

const world = await openWorld()
const { KeyMetadata } = await world.root.createKey({
  KeySpec: "ML_KEM_768",
  KeyUsage: "ENCAPSULATE_DECAPSULATE",
})
const keyId = keyArnOf(KeyMetadata?.KeyId ?? "")
const options = { keyId, parameterSet: "ML-KEM-768" } as const
afterAll(() => world.kms.close())

const field = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

it("a data key is wrapped as the specification says, byte for byte", async () => {
  const request = wrapRequest()
  const { dataKey, encryptedDataKeys, terms } = await kmsMlKemKeys(world.root, options).wrap(
    request,
  )
  const [{ providerId, providerInfo, ciphertext }] = encryptedDataKeys as [
    (typeof encryptedDataKeys)[number],
  ]
  expect(providerId).toBe("aws-kms-ml-kem")
  expect(Buffer.from(providerInfo)).toEqual(
    Buffer.concat([Uint8Array.of(1), field(Buffer.from(keyId))]),
  )
  expect(ciphertext).toHaveLength(1088 + 32 + dataKey.length + 16)

  const { SharedSecret } = await world.root.decapsulate({
    KeyId: keyId,
    EncapsulationAlgorithm: "ML_KEM",
    SharedSecretCiphertextBlob: ciphertext.slice(0, 1088),
  })
  const info = Buffer.concat([
    field(Buffer.from("AWS-KMS-ML-KEM-KEY-DERIVATION")),
    field(Buffer.from("ML-KEM-768")),
    field(Buffer.from("HMAC_SHA384")),
    field(Buffer.from(keyId)),
    field(Uint8Array.of(1)),
    field(encodeContext(terms.context)),
  ])
  const salt = ciphertext.slice(1088, 1120)
  // SP 800-108, counter mode: counter, label, a zero byte, nonce, and the length in bits.
  const message = Buffer.concat([
    Uint8Array.of(0, 0, 0, 1),
    info,
    Uint8Array.of(0),
    salt,
    Uint8Array.of(0, 0, 1, 0),
  ])
  const key = createHmac("sha384", SharedSecret ?? "")
    .update(message)
    .digest()
    .subarray(0, 32)
  const opened = createDecipheriv("aes-256-gcm", key, Buffer.alloc(12))
  opened.setAAD(info)
  opened.setAuthTag(ciphertext.slice(-16))
  const plain = Buffer.concat([opened.update(ciphertext.slice(1120, -16)), opened.final()])
  expect(plain).toEqual(Buffer.from(dataKey))
})

it("a secret that the KMS shortens or leaves out is not believed", async () => {
  const { root } = world
  const wrapped = await kmsMlKemKeys(root, options).wrap(wrapRequest())
  for (const SharedSecret of [undefined, new Uint8Array(16), new Uint8Array(64)]) {
    const lying = {
      encapsulate: async (input: Parameters<typeof root.encapsulate>[0]) => ({
        ...(await root.encapsulate(input)),
        SharedSecret,
      }),
      decapsulate: async () => ({ SharedSecret }),
    }
    const keys = kmsMlKemKeys(lying, options)
    await expect(keys.wrap(wrapRequest())).rejects.toMatchObject({ reason: "keys" })
    expect(await unwrapWith(keys, wrapped)).toBeUndefined()
  }
})

it("a ciphertext of another length than the parameter set has is not believed", async () => {
  for (const SharedSecretCiphertextBlob of [undefined, new Uint8Array(768)]) {
    const lying = {
      encapsulate: async () => ({ SharedSecret: new Uint8Array(32), SharedSecretCiphertextBlob }),
      decapsulate: async () => ({}),
    }
    const wrapping = kmsMlKemKeys(lying, options).wrap(wrapRequest())
    await expect(wrapping).rejects.toSatisfy(
      ({ reason, cause }) => reason === "keys" && cause === undefined,
    )
  }
})

it("what a secret was encapsulated from is wiped", async () => {
  const { PublicKey = new Uint8Array() } = await world.root.getPublicKey({ KeyId: keyId })
  const drawn: Uint8Array[] = []
  const entropy = (target: Uint8Array) => {
    drawn.push(target)
    return target.fill(drawn.length)
  }
  const { dataKey } = await kmsMlKemKeys(world.root, { ...options, publicKey: PublicKey }).wrap(
    wrapRequest({ entropy }),
  )
  // The data key, the seed and the salt.
  expect(drawn).toEqual([dataKey, new Uint8Array(32), new Uint8Array(32).fill(3)])
})

it("a data key under another parameter set or key is left to others", async () => {
  const wrapped = await kmsMlKemKeys(world.root, options).wrap(wrapRequest())
  const other = kmsMlKemKeys(world.root, { ...options, parameterSet: "ML-KEM-1024" })
  await expectNoKey(unwrapWith(other, wrapped))
})

it.each([
  ["an alias", { keyId: "alias/own" }, /`keyId` must be the ARN of a key/],
  ["an unknown parameter set", { parameterSet: "ML-KEM-2048" as never }, /`parameterSet` must be/],
  ["a key of another set", { publicKey: new Uint8Array(800) }, /is not a public key of that/],
])("refuses %s", (_, wrong, words) => {
  expect(() => kmsMlKemKeys(world.root, { ...options, ...wrong })).toThrow(words)
})
