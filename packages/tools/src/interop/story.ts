import { constants, createPublicKey, publicEncrypt, randomBytes } from "node:crypto"
import type { Answer, Caller, Reply } from "./caller.js"

/*
 * One story in which every operation of AWS KMS has its part, for a client that is told what to
 * call. What has to agree is checked; where an operation has nothing to do on this host, it has to
 * arrive as the refusal of AWS KMS that it is.
 */

type Ask = (operation: string, input: object) => Promise<Reply>

interface Told {
  readonly ask: Ask
  /** What has to be refused by this name. */
  readonly refused: (name: string, operation: string, input: object) => Promise<void>
  readonly same: (what: string, a: unknown, b: unknown) => void
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
const Plaintext = base64(Buffer.from("an order, 注文"))
const Message = base64(Buffer.from("a message"))
const EncryptionContext = { tenant: "42", Größe: "10 µm" }
const account = "111122223333"
const GranteePrincipal = `arn:aws:iam::${account}:role/Reader`

async function newKey(ask: Ask, input: object = {}): Promise<string> {
  const { KeyMetadata } = await ask("CreateKey", input)
  return (KeyMetadata as Reply)["KeyId"] as string
}

async function encryption({ ask, refused, same }: Told): Promise<void> {
  const KeyId = await newKey(ask, {
    Description: "Aufträge, 注文, 🔑",
    Tags: [{ TagKey: "team", TagValue: "orders" }],
  })
  const { CiphertextBlob } = await ask("Encrypt", { KeyId, Plaintext, EncryptionContext })
  const opened = await ask("Decrypt", { CiphertextBlob, EncryptionContext })
  same("what was encrypted", opened["Plaintext"], Plaintext)
  await refused("InvalidCiphertextException", "Decrypt", { CiphertextBlob })
  const again = await ask("ReEncrypt", {
    CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId: await newKey(ask),
  })
  const moved = await ask("Decrypt", { CiphertextBlob: again["CiphertextBlob"] })
  same("what was encrypted again", moved["Plaintext"], Plaintext)

  const dataKey = await ask("GenerateDataKey", { KeyId, KeySpec: "AES_256" })
  const known = await ask("Decrypt", { CiphertextBlob: dataKey["CiphertextBlob"] })
  same("a data key", known["Plaintext"], dataKey["Plaintext"])
  await ask("GenerateDataKeyWithoutPlaintext", { KeyId, NumberOfBytes: 48 })
  const pair = { KeyId, KeyPairSpec: "ECC_NIST_P256" }
  await ask("GenerateDataKeyPair", pair)
  await ask("GenerateDataKeyPairWithoutPlaintext", pair)
  const random = await ask("GenerateRandom", { NumberOfBytes: 33 })
  same("the length of random bytes", Buffer.from(String(random["Plaintext"]), "base64").length, 33)
  await ask("GetKeyLastUsage", { KeyId })
}

async function signatures({ ask, same }: Told): Promise<void> {
  const signing = {
    KeyId: await newKey(ask, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
    ...{ Message, SigningAlgorithm: "ECDSA_SHA_256" },
  }
  const { Signature } = await ask("Sign", signing)
  await ask("GetPublicKey", { KeyId: signing.KeyId })
  const verified = await ask("Verify", { ...signing, Signature })
  same("a signature", verified["SignatureValid"], true)
  const hmac = {
    KeyId: await newKey(ask, { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }),
    ...{ Message, MacAlgorithm: "HMAC_SHA_256" },
  }
  const { Mac } = await ask("GenerateMac", hmac)
  same("a MAC", (await ask("VerifyMac", { ...hmac, Mac }))["MacValid"], true)
}

async function agreement({ ask, same }: Told): Promise<void> {
  const agreeing = { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" }
  const [one, other] = [await newKey(ask, agreeing), await newKey(ask, agreeing)]
  const derive = async (KeyId: string, of: string) => {
    const { PublicKey } = await ask("GetPublicKey", { KeyId: of })
    return ask("DeriveSharedSecret", { KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey })
  }
  const secrets = [await derive(one, other), await derive(other, one)]
  same("a shared secret", secrets[0]?.["SharedSecret"], secrets[1]?.["SharedSecret"])
}

async function encapsulation({ ask, same }: Told): Promise<void> {
  const mlKem = {
    KeyId: await newKey(ask, { KeySpec: "ML_KEM_768", KeyUsage: "ENCAPSULATE_DECAPSULATE" }),
    EncapsulationAlgorithm: "ML_KEM",
  }
  const { SharedSecretCiphertextBlob, SharedSecretPlaintext } = await ask("Encapsulate", mlKem)
  const opened = await ask("Decapsulate", { ...mlKem, SharedSecretCiphertextBlob })
  same("an encapsulated secret", opened["SharedSecretPlaintext"], SharedSecretPlaintext)
}

async function lifeOfAKey({ ask, refused, same }: Told): Promise<void> {
  const KeyId = await newKey(ask)
  await ask("UpdateKeyDescription", { KeyId, Description: "a new one" })
  await ask("DisableKey", { KeyId })
  await refused("DisabledException", "Encrypt", { KeyId, Plaintext })
  await ask("EnableKey", { KeyId })
  await ask("EnableKeyRotation", { KeyId, RotationPeriodInDays: 90 })
  const status = await ask("GetKeyRotationStatus", { KeyId })
  // A client of 2023 knows of no period.
  same("the period of rotation", status["RotationPeriodInDays"] ?? 90, 90)
  await ask("DisableKeyRotation", { KeyId })
  await ask("RotateKeyOnDemand", { KeyId })
  await ask("ListKeyRotations", { KeyId })
  await ask("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 })
  await ask("CancelKeyDeletion", { KeyId })
  const described = await ask("DescribeKey", { KeyId })
  same("the state of a key", (described["KeyMetadata"] as Reply)["KeyState"], "Disabled")
  await refused("NotFoundException", "DescribeKey", { KeyId: "alias/none" })
  await ask("ListKeys", { Limit: 3 })

  const { Policy } = await ask("GetKeyPolicy", { KeyId, PolicyName: "default" })
  await ask("PutKeyPolicy", { KeyId, PolicyName: "default", Policy })
  await ask("ListKeyPolicies", { KeyId })
  await ask("TagResource", { KeyId, Tags: [{ TagKey: "team", TagValue: "orders" }] })
  const { Tags } = await ask("ListResourceTags", { KeyId })
  same("the tags of a key", JSON.stringify(Tags), '[{"TagKey":"team","TagValue":"orders"}]')
  await ask("UntagResource", { KeyId, TagKeys: ["team"] })
}

async function aliasesAndGrants({ ask, same }: Told): Promise<void> {
  const KeyId = await newKey(ask)
  const AliasName = `alias/${randomBytes(8).toString("hex")}`
  await ask("CreateAlias", { AliasName, TargetKeyId: KeyId })
  await ask("UpdateAlias", { AliasName, TargetKeyId: await newKey(ask) })
  await ask("ListAliases", { Limit: 5 })
  await ask("DeleteAlias", { AliasName })
  const grant = {
    ...{ KeyId, GranteePrincipal, RetiringPrincipal: GranteePrincipal },
    Operations: ["Encrypt", "Decrypt"],
    Constraints: { EncryptionContextSubset: EncryptionContext },
  }
  const { GrantId } = await ask("CreateGrant", grant)
  const { Grants } = await ask("ListGrants", { KeyId })
  same("a grant", (Grants as readonly Reply[])[0]?.["GrantId"], GrantId)
  await ask("ListRetirableGrants", { RetiringPrincipal: GranteePrincipal })
  await ask("RevokeGrant", { KeyId, GrantId })
  const { GrantToken } = await ask("CreateGrant", grant)
  await ask("RetireGrant", { GrantToken })
}

async function imports({ ask, same }: Told): Promise<void> {
  const KeyId = await newKey(ask, { Origin: "EXTERNAL" })
  const wrapping = { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" }
  const { ImportToken, PublicKey } = await ask("GetParametersForImport", { KeyId, ...wrapping })
  const spki = Buffer.from(String(PublicKey), "base64")
  const key = createPublicKey({ key: spki, format: "der", type: "spki" })
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const wrapped = publicEncrypt({ key, padding, oaepHash: "sha256" }, randomBytes(32))
  const ValidTo = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 19)}Z`
  await ask("ImportKeyMaterial", {
    ...{ KeyId, ImportToken, EncryptedKeyMaterial: base64(wrapped), ValidTo },
    ExpirationModel: "KEY_MATERIAL_EXPIRES",
  })
  const { KeyMetadata } = await ask("DescribeKey", { KeyId })
  const until = (KeyMetadata as Reply)["ValidTo"]
  // The AWS CLI says seconds.
  const untilMs = typeof until === "number" ? until * 1000 : Date.parse(String(until))
  same("when material expires", untilMs, Date.parse(ValidTo))
  await ask("DeleteImportedKeyMaterial", { KeyId })
}

/** What this host has no use for: other regions, and key stores behind a proxy. */
async function elsewhere({ ask, refused }: Told): Promise<void> {
  const KeyId = await newKey(ask, { MultiRegion: true })
  const other = "us-east-1"
  await refused("ValidationException", "ReplicateKey", { KeyId, ReplicaRegion: other })
  await refused("NotFoundException", "UpdatePrimaryRegion", { KeyId, PrimaryRegion: other })
  await refused("ValidationException", "CreateCustomKeyStore", {
    ...{ CustomKeyStoreName: "none", CloudHsmClusterId: "cluster-1a23b4cdefg" },
    ...{ TrustAnchorCertificate: "none", KeyStorePassword: "kmsPswd" },
  })
  await ask("DescribeCustomKeyStores", {})
  const store = { CustomKeyStoreId: "cks-1234567890abcdef0" }
  for (const operation of ["Connect", "Disconnect", "Delete", "Update"]) {
    await refused("CustomKeyStoreNotFoundException", `${operation}CustomKeyStore`, store)
  }
}

/** Each with an operation that not every client knows, or that all of them do. */
const chapters: readonly (readonly [operation: string, chapter: (told: Told) => Promise<void>])[] =
  [
    ["Encrypt", encryption],
    ["Sign", signatures],
    ["DeriveSharedSecret", agreement],
    ["Encapsulate", encapsulation],
    ["EnableKey", lifeOfAKey],
    ["CreateAlias", aliasesAndGrants],
    ["ImportKeyMaterial", imports],
    ["ReplicateKey", elsewhere],
  ]

const shown = (answer: Answer): string =>
  JSON.stringify(answer.refused ?? answer.failed ?? answer.reply)

/** Which operations a client was seen to call, and what did not go as it should. */
export interface Heard {
  readonly called: ReadonlySet<string>
  readonly failures: readonly string[]
}

export async function tellStory(caller: Caller, known: ReadonlySet<string>): Promise<Heard> {
  const called = new Set<string>()
  const failures: string[] = []
  const told: Told = {
    ask: async (operation, input) => {
      if (!known.has(operation)) return {}
      const answer = await caller.ask({ service: "kms", operation, input })
      if (answer.reply === undefined) throw new Error(`${operation}: ${shown(answer)}`)
      called.add(operation)
      return answer.reply
    },
    refused: async (name, operation, input) => {
      const answer = await caller.ask({ service: "kms", operation, input })
      if (answer.refused === name) called.add(operation)
      else failures.push(`${operation} should be refused with ${name}: ${shown(answer)}`)
    },
    same: (what, a, b) => {
      if (a !== b) failures.push(`${what}: ${String(a)} is not ${String(b)}`)
    },
  }
  for (const [operation, chapter] of chapters) {
    if (!known.has(operation)) continue
    await chapter(told).catch((error: Error) => failures.push(error.message))
  }
  return { called, failures }
}
