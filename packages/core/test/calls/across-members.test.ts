import { beforeAll, describe, expect, it } from "vitest"
import { HsmError } from "../../src/ports/hsm.js"
import { alice, app } from "../support/accounts.js"
import { quickHsm } from "../support/importing.js"
import { expectRefusal, outcomeOf, refusalOf } from "../support/refusals.js"
import { openWorld, type World } from "../support/world.js"

/* Members that do not go together, or of which one is needed, in the words of the refusal. */

let world: World
let symmetric: string
let pair: string
const one = Uint8Array.of(1)

beforeAll(async () => {
  world = await openWorld({ hsm: quickHsm() })
  symmetric = await world.newKey()
  pair = await world.newKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" })
})

type Refused = readonly [operation: string, input: () => object, name: string, message: string]

const retiring = "Specify either RetiringPrincipal or RetiringServicePrincipal."
const lengths = "Please specify either number of bytes or key spec."
const external = { Origin: "EXTERNAL" } as const
const token = { ImportToken: one, EncryptedKeyMaterial: one }

const refused: readonly Refused[] = [
  ["ListRetirableGrants", () => ({}), "ValidationException", retiring],
  [
    "ListRetirableGrants",
    () => ({ RetiringPrincipal: alice, RetiringServicePrincipal: "logs.us-east-1.amazonaws.com" }),
    "ValidationException",
    retiring,
  ],
  ["GenerateDataKey", () => ({ KeyId: symmetric }), "ValidationException", lengths],
  [
    "GenerateDataKeyWithoutPlaintext",
    () => ({ KeyId: symmetric, NumberOfBytes: 1, KeySpec: "AES_256" }),
    "ValidationException",
    lengths,
  ],
  ["GenerateRandom", () => ({}), "ValidationException", ""],
  ["GetKeyPolicy", () => ({ KeyId: symmetric, PolicyName: "mine" }), "NotFoundException", ""],
  [
    "PutKeyPolicy",
    () => ({ KeyId: symmetric, PolicyName: "mine", Policy: "{}" }),
    "NotFoundException",
    "",
  ],
  ["ImportKeyMaterial", () => ({ KeyId: symmetric, ...token }), "ValidationException", ""],
  [
    "ImportKeyMaterial",
    () => ({
      KeyId: symmetric,
      ...token,
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
      ValidTo: new Date(),
    }),
    "ValidationException",
    "",
  ],
  [
    "DescribeCustomKeyStores",
    () => ({ CustomKeyStoreId: "cks-1", CustomKeyStoreName: "mine" }),
    "ValidationException",
    "Specify either CustomKeyStoreId or CustomKeyStoreName, not both.",
  ],
  [
    "CreateKey",
    () => ({ KeySpec: "RSA_2048", CustomerMasterKeySpec: "RSA_2048" }),
    "ValidationException",
    "",
  ],
  ["CreateKey", () => ({ KeySpec: "RSA_2048" }), "ValidationException", ""],
  [
    "CreateKey",
    () => ({ KeySpec: "HMAC_256", KeyUsage: "SIGN_VERIFY" }),
    "ValidationException",
    "",
  ],
  [
    "CreateKey",
    () => ({ KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY", ...external }),
    "ValidationException",
    "",
  ],
  ["GetPublicKey", () => ({ KeyId: symmetric }), "UnsupportedOperationException", ""],
  ["EnableKeyRotation", () => ({ KeyId: pair }), "UnsupportedOperationException", ""],
  ["RotateKeyOnDemand", () => ({ KeyId: pair }), "UnsupportedOperationException", ""],
  [
    "Encrypt",
    () => ({
      KeyId: pair,
      Plaintext: new Uint8Array(191),
      EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
    }),
    "ValidationException",
    "",
  ],
  [
    "Encrypt",
    () => ({
      KeyId: pair,
      Plaintext: one,
      EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
      EncryptionContext: { a: "b" },
    }),
    "ValidationException",
    "",
  ],
  ["GenerateDataKey", () => ({ KeyId: pair, NumberOfBytes: 1 }), "InvalidKeyUsageException", ""],
  ["RevokeGrant", () => ({ KeyId: symmetric, GrantId: "short" }), "InvalidGrantIdException", ""],
  ["ListGrants", () => ({ KeyId: symmetric, GrantId: "short" }), "InvalidGrantIdException", ""],
  ["Decrypt", () => ({ CiphertextBlob: one }), "InvalidCiphertextException", ""],
  [
    "TagResource",
    () => ({ KeyId: symmetric, Tags: [{ TagKey: "aws:a", TagValue: "" }] }),
    "TagException",
    "",
  ],
]

describe("a call whose members do not go together", () => {
  it.each(refused)("%s is refused (%#)", async (operation, input, name, message) => {
    const error = await refusalOf(world.call(operation, input()))
    expect(error.name).toBe(name)
    if (message !== "") expect(error.message).toBe(message)
  })

  it("is refused once for what is no bytes, whatever its length", async () => {
    for (const Plaintext of ["", "abc", 7, [], {}]) {
      const { message } = await refusalOf(world.call("Encrypt", { KeyId: symmetric, Plaintext }))
      expect(message, JSON.stringify(Plaintext)).toMatch(/^1 validation error detected/)
    }
  })

  it("goes through with one of two that exclude each other", async () => {
    const { root } = world
    expect(await outcomeOf(root.listRetirableGrants({ RetiringPrincipal: app }))).toBe("OK")
    expect(await outcomeOf(root.generateDataKey({ KeyId: symmetric, NumberOfBytes: 1 }))).toBe("OK")
    expect(await outcomeOf(root.getKeyPolicy({ KeyId: symmetric, PolicyName: "default" }))).toBe(
      "OK",
    )
    const algorithm = { EncryptionAlgorithm: "RSAES_OAEP_SHA_256" } as const
    const Plaintext = new Uint8Array(190)
    expect(await outcomeOf(root.encrypt({ KeyId: pair, Plaintext, ...algorithm }))).toBe("OK")
    const empty = { ...algorithm, EncryptionContext: {} }
    expect(await outcomeOf(root.encrypt({ KeyId: pair, Plaintext, ...empty }))).toBe("OK")
  })
})

describe("a plaintext that only the HSM knows", () => {
  const to = { DestinationEncryptionAlgorithm: "RSAES_OAEP_SHA_256" } as const

  it("is refused when it is longer than what the key pair takes", async () => {
    const { root } = world
    const blob = async (lengthBytes: number) =>
      (await root.encrypt({ KeyId: symmetric, Plaintext: new Uint8Array(lengthBytes) }))
        .CiphertextBlob
    const moved = async (lengthBytes: number) =>
      root.reEncrypt({ CiphertextBlob: await blob(lengthBytes), DestinationKeyId: pair, ...to })
    expect(await outcomeOf(moved(190))).toBe("OK")
    await expectRefusal(moved(191), "ValidationException", /190/)
  })

  it("is not what an HSM fails at when it is away", async () => {
    const hsm = quickHsm()
    const away = {
      ...hsm,
      reEncrypt: () => {
        throw new HsmError("unavailable", "away")
      },
    }
    const { root, newKey } = await openWorld({ hsm: away })
    const KeyId = await newKey()
    const DestinationKeyId = await newKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" })
    const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext: one })
    const moving = root.reEncrypt({ CiphertextBlob, DestinationKeyId, ...to })
    await expectRefusal(moving, "KeyUnavailableException")
  })
})
