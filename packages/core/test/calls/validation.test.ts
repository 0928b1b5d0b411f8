import { beforeAll, describe, expect, it } from "vitest"
import { catalogue } from "../../src/operations/catalogue.js"
import { expectRefusal, refusalOf } from "../support/refusals.js"
import { openWorld, type World } from "../support/world.js"

let world: World
let key: string

beforeAll(async () => {
  world = await openWorld()
  key = await world.newKey()
})

/** Section 2 of the facts: every operation, and the members that it cannot do without. */
const operations: Readonly<Record<string, readonly string[]>> = {
  CancelKeyDeletion: ["keyId"],
  ConnectCustomKeyStore: [],
  CreateAlias: ["aliasName", "targetKeyId"],
  CreateCustomKeyStore: [],
  CreateGrant: ["keyId", "operations"],
  CreateKey: [],
  Decapsulate: ["keyId", "sharedSecretCiphertextBlob", "encapsulationAlgorithm"],
  Decrypt: ["ciphertextBlob"],
  DeleteAlias: ["aliasName"],
  DeleteCustomKeyStore: [],
  DeleteImportedKeyMaterial: ["keyId"],
  DeriveSharedSecret: ["keyId", "keyAgreementAlgorithm", "publicKey"],
  DescribeCustomKeyStores: [],
  DescribeKey: ["keyId"],
  DisableKey: ["keyId"],
  DisableKeyRotation: ["keyId"],
  DisconnectCustomKeyStore: [],
  EnableKey: ["keyId"],
  EnableKeyRotation: ["keyId"],
  Encapsulate: ["keyId", "encapsulationAlgorithm"],
  Encrypt: ["keyId", "plaintext"],
  GenerateDataKey: ["keyId"],
  GenerateDataKeyPair: ["keyId", "keyPairSpec"],
  GenerateDataKeyPairWithoutPlaintext: ["keyId", "keyPairSpec"],
  GenerateDataKeyWithoutPlaintext: ["keyId"],
  GenerateMac: ["message", "keyId", "macAlgorithm"],
  GenerateRandom: [],
  GetKeyLastUsage: ["keyId"],
  GetKeyPolicy: ["keyId"],
  GetKeyRotationStatus: ["keyId"],
  GetParametersForImport: ["keyId", "wrappingAlgorithm", "wrappingKeySpec"],
  GetPublicKey: ["keyId"],
  ImportKeyMaterial: ["keyId", "importToken", "encryptedKeyMaterial"],
  ListAliases: [],
  ListGrants: ["keyId"],
  ListKeyPolicies: ["keyId"],
  ListKeyRotations: ["keyId"],
  ListKeys: [],
  ListResourceTags: ["keyId"],
  ListRetirableGrants: [],
  PutKeyPolicy: ["keyId", "policy"],
  ReEncrypt: ["ciphertextBlob", "destinationKeyId"],
  ReplicateKey: ["keyId", "replicaRegion"],
  RetireGrant: [],
  RevokeGrant: ["keyId", "grantId"],
  RotateKeyOnDemand: ["keyId"],
  ScheduleKeyDeletion: ["keyId"],
  Sign: ["keyId", "message", "signingAlgorithm"],
  TagResource: ["keyId", "tags"],
  UntagResource: ["keyId", "tagKeys"],
  UpdateAlias: ["aliasName", "targetKeyId"],
  UpdateCustomKeyStore: [],
  UpdateKeyDescription: ["keyId", "description"],
  UpdatePrimaryRegion: ["keyId", "primaryRegion"],
  Verify: ["keyId", "message", "signature", "signingAlgorithm"],
  VerifyMac: ["message", "keyId", "macAlgorithm", "mac"],
}

const built = Object.entries(operations)

describe("the 56 operations", () => {
  it("are all there, and no other", () => {
    const named = Object.keys(catalogue)
    expect(named.toSorted()).toEqual(Object.keys(operations).toSorted())
    expect(named).toHaveLength(56)
  })

  it.each([
    "Nothing",
    "",
    "encrypt",
    "Encrypt ",
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
  ])("%j is none of them", async (operation) => {
    await expectRefusal(world.call(operation, {}), "UnknownOperationException")
  })
})

const missing = (member: string) =>
  `Value null at '${member}' failed to satisfy constraint: Member must not be null`

/** All failures of a message, in no order: the service promises none. */
function failuresIn(message: string): string[] {
  const [, count, rest = ""] = /^(\d+) validation errors? detected: (.*)$/s.exec(message) ?? []
  const failures = rest.split("; ")
  expect(failures).toHaveLength(Number(count))
  expect(
    message.startsWith(
      count === "1" ? "1 validation error detected" : `${count} validation errors detected`,
    ),
  ).toBe(true)
  return failures.toSorted()
}

describe("a member that is missing", () => {
  it.each(built.filter(([, members]) => members.length > 0))(
    "is named by %s, together with every other",
    async (operation, members) => {
      for (const empty of [{}, null, undefined]) {
        const { name, message } = await refusalOf(world.call(operation, empty))
        expect(name).toBe("ValidationException")
        expect(failuresIn(message)).toEqual(members.map(missing).toSorted())
      }
      const given = Object.fromEntries(
        members.map((member) => [member.charAt(0).toUpperCase() + member.slice(1), null]),
      )
      const { message } = await refusalOf(world.call(operation, given))
      expect(failuresIn(message)).toEqual(members.map(missing).toSorted())
    },
  )

  it("is missing although an object inherits it", async () => {
    const input = Object.create({ KeyId: key })
    await expectRefusal(
      world.call("DescribeKey", input),
      "ValidationException",
      `1 validation error detected: ${missing("keyId")}`,
    )
  })

  it("is named beside a member that is wrong", async () => {
    const { message } = await refusalOf(
      world.call("Decrypt", { EncryptionAlgorithm: "ROT13", GrantTokens: [""] }),
    )
    expect(failuresIn(message)).toEqual(
      [
        missing("ciphertextBlob"),
        "Value 'ROT13' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy " +
          "enum value set: [RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE, SYMMETRIC_DEFAULT]",
        "Value '' at 'grantTokens.1.member' failed to satisfy constraint: Member must have length " +
          "greater than or equal to 1",
      ].toSorted(),
    )
  })
})

const failed = (value: string, at: string, constraint: string) =>
  `${value} at '${at}' failed to satisfy constraint: ${constraint}`

const cases: readonly (readonly [string, string, () => object, readonly string[]])[] = [
  [
    "a value out of its set",
    "Encrypt",
    () => ({ KeyId: key, Plaintext: Uint8Array.of(1), EncryptionAlgorithm: "AES" }),
    [
      failed(
        "Value 'AES'",
        "encryptionAlgorithm",
        "Member must satisfy enum value set: [RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE, SYMMETRIC_DEFAULT]",
      ),
    ],
  ],
  [
    "eleven grant tokens",
    "DescribeKey",
    () => ({ KeyId: key, GrantTokens: Array.from({ length: 11 }, () => "t") }),
    [failed("Value", "grantTokens", "Member must have length less than or equal to 10")],
  ],
  [
    "a grant token that is too long",
    "DescribeKey",
    () => ({ KeyId: key, GrantTokens: ["t", "t".repeat(8193)] }),
    [
      failed(
        `Value '${"t".repeat(300)}...'`,
        "grantTokens.2.member",
        "Member must have length less than or equal to 8192",
      ),
    ],
  ],
  [
    "a policy name with a dot",
    "GetKeyPolicy",
    () => ({ KeyId: key, PolicyName: "a.b" }),
    [
      failed(
        "Value 'a.b'",
        "policyName",
        "Member must satisfy regular expression pattern: ^\\w+$",
      ).replace("^\\w+$", "[\\w]+"),
    ],
  ],
  [
    "an empty marker",
    "ListKeys",
    () => ({ Marker: "" }),
    [failed("Value ''", "marker", "Member must have length greater than or equal to 1")],
  ],
  [
    "a marker of 1025 characters",
    "ListKeys",
    () => ({ Marker: "m".repeat(1025) }),
    [
      failed(
        `Value '${"m".repeat(300)}...'`,
        "marker",
        "Member must have length less than or equal to 1024",
      ),
    ],
  ],
  [
    "one number with two faults in one bound",
    "ListKeys",
    () => ({ Limit: 2 ** 60 }),
    [failed(`Value '${2 ** 60}'`, "limit", "Member must have value less than or equal to 1000")],
  ],
  [
    "an empty ciphertext and an empty key id",
    "ReEncrypt",
    () => ({ CiphertextBlob: new Uint8Array(0), DestinationKeyId: key, SourceKeyId: "" }),
    [
      failed("Value", "ciphertextBlob", "Member must have length greater than or equal to 1"),
      failed("Value ''", "sourceKeyId", "Member must have length greater than or equal to 1"),
      failed(
        "Value ''",
        "sourceKeyId",
        "Member must satisfy regular expression pattern: ^\\p{ASCII}+$",
      ),
    ],
  ],
  [
    "three members at once",
    "CreateKey",
    () => ({ KeySpec: "AES", KeyUsage: "ALL", Description: "d".repeat(8193) }),
    [],
  ],
]

describe("what fails its constraints", () => {
  it.each(cases)("is told apart: %s", async (_, operation, input, expected) => {
    const { name, message } = await refusalOf(world.call(operation, input()))
    expect(name).toBe("ValidationException")
    const failures = failuresIn(message)
    if (expected.length > 0) expect(failures).toEqual(expected.toSorted())
    else expect(failures).toHaveLength(3)
  })
})

describe("a message", () => {
  it("shows the beginning of a value that is longer than anybody reads", async () => {
    for (const length of [301, 8_193, 1_000_000]) {
      await expectRefusal(
        world.call("CreateKey", { Description: "", KeyUsage: "K".repeat(length) }),
        "ValidationException",
        /^1 validation error detected: Value 'K{300}\.\.\.' at 'keyUsage' failed/,
      )
    }
    const whole = world.call("CreateKey", { KeyUsage: "K".repeat(300) })
    await expectRefusal(whole, "ValidationException", /Value 'K{300}' at/)
    const emoji = world.call("CreateKey", { KeyUsage: `K${"\u{1f511}".repeat(200)}` })
    const { message } = await expectRefusal(emoji, "ValidationException")
    expect(message.isWellFormed()).toBe(true)
  })
})
