import { createHash } from "node:crypto"

/*
 * A story that uses keys of every kind in every way, told by a kit with a seed, and what the
 * digest of everything that it answers must be: on every run, on every version of Node.
 */

export const expected = "eeeb1a893d447ebaf923d8a5099f3851dc94110e2f6cdd65b02b0bd1e3dc681a"

const message = new Uint8Array(32).fill(7)
const EncryptionContext = { tenant: "42" }

/** How keys of each kind are used, once made. */
const uses = {
  ENCRYPT_DECRYPT: async (app, KeyId, [EncryptionAlgorithm]) => {
    const encrypted = await app.encrypt({ KeyId, Plaintext: message, EncryptionAlgorithm })
    return [encrypted, await app.decrypt({ KeyId, EncryptionAlgorithm, ...encrypted })]
  },
  SIGN_VERIFY: async (app, KeyId, algorithms) => {
    const signed = []
    for (const SigningAlgorithm of algorithms.filter((name) => !/_PH_|384|512$/.test(name))) {
      signed.push(await app.sign({ KeyId, SigningAlgorithm, Message: message }))
    }
    return [...signed, await app.getPublicKey({ KeyId })]
  },
  GENERATE_VERIFY_MAC: async (app, KeyId, [MacAlgorithm]) => [
    await app.generateMac({ KeyId, MacAlgorithm, Message: message }),
  ],
  KEY_AGREEMENT: async (app, KeyId) => [await app.getPublicKey({ KeyId })],
  ENCAPSULATE_DECAPSULATE: async (app, KeyId, [EncapsulationAlgorithm]) => {
    const given = { KeyId, EncapsulationAlgorithm }
    const encapsulated = await app.encapsulate(given)
    const { SharedSecretCiphertextBlob } = encapsulated
    return [encapsulated, await app.decapsulate({ ...given, SharedSecretCiphertextBlob })]
  },
}

const kinds = [
  ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"],
  ["HMAC_384", "GENERATE_VERIFY_MAC"],
  ["ECC_NIST_P256", "SIGN_VERIFY"],
  ["ECC_NIST_P384", "KEY_AGREEMENT"],
  ["ECC_NIST_P521", "SIGN_VERIFY"],
  ["ECC_SECG_P256K1", "SIGN_VERIFY"],
  ["ECC_NIST_EDWARDS25519", "SIGN_VERIFY"],
  ["SM2", "ENCRYPT_DECRYPT"],
  ["SM2", "SIGN_VERIFY"],
  ["ML_DSA_44", "SIGN_VERIFY"],
  ["ML_KEM_512", "ENCAPSULATE_DECAPSULATE"],
  ["RSA_2048", "ENCRYPT_DECRYPT"],
  ["RSA_2048", "SIGN_VERIFY"],
]

async function useEveryKind(app) {
  const replies = []
  for (const [KeySpec, KeyUsage] of kinds) {
    const made = await app.createKey({ KeySpec, KeyUsage })
    const { KeyMetadata } = made
    const algorithms = Object.entries(KeyMetadata).find(([name]) => name.endsWith("Algorithms"))
    replies.push(made, ...(await uses[KeyUsage](app, KeyMetadata.KeyId, algorithms?.[1] ?? [])))
  }
  return replies
}

async function liveAYear({ clock, client }) {
  const app = client()
  const { KeyMetadata } = await app.createKey({ MultiRegion: true })
  const { KeyId } = KeyMetadata
  await app.enableKeyRotation({ KeyId })
  const grant = await app.createGrant({
    KeyId,
    GranteePrincipal: "arn:aws:iam::111122223333:role/App",
    Operations: ["Decrypt"],
  })
  const replica = await app.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  await clock.runUntil("KeyRotation")
  return [
    grant,
    replica,
    await app.generateDataKey({ KeyId, KeySpec: "AES_256", EncryptionContext }),
    await app.generateDataKeyPair({ KeyId, KeyPairSpec: "ECC_NIST_P256" }),
    await client(undefined, "eu-west-1").encrypt({ KeyId, Plaintext: message }),
    await app.generateRandom({ NumberOfBytes: 100 }),
    await app.listKeyRotations({ KeyId }),
  ]
}

/** Tells the story; answers the digest of everything that was answered and recorded. */
export async function tellSeedStory(createTestKms, seed = "a story") {
  const kit = await createTestKms({ seed, regions: ["us-east-1", "eu-west-1"] })
  const replies = [await useEveryKind(kit.client()), await liveAYear(kit), kit.events]
  await kit.close()
  const json = JSON.stringify(replies, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
  )
  return createHash("sha256").update(json).digest("hex")
}
