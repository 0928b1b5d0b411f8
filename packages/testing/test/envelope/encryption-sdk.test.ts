import { generateKeyPairSync } from "node:crypto"
import {
  AlgorithmSuiteIdentifier,
  AwsKmsMrkAwareSymmetricDiscoveryKeyringNode,
  AwsKmsMrkAwareSymmetricKeyringNode,
  BranchKeyStoreNode,
  buildClient,
  CommitmentPolicy,
  type KeyringNode,
  KMS,
  KmsHierarchicalKeyRingNode,
  KmsKeyringNode,
  oaepHashSupported,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode,
} from "@aws-crypto/client-node"
import { DynamoDB, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as commands from "@aws-sdk/client-kms"
import {
  createEnvelope,
  type KeySource,
  kmsDiscovery,
  kmsKeys,
  kmsMultiRegionDiscovery,
  kmsMultiRegionKeys,
  rawAesKeys,
  rawRsaKeys,
  severalKeys,
  withCommands,
} from "@keywright/core/envelope"
import {
  branchKeys,
  branchKeysInDynamoDb,
  createBranchKeyStore,
} from "@keywright/core/envelope/branch-keys"
import { opensslRsa } from "@keywright/hsm/openssl"
import { afterAll, describe, expect, it } from "vitest"
import { createTestKms } from "../../src/index.js"
import { dynamoDbHandler } from "./dynamodb-handler.js"

/*
 * Messages go both ways between our envelopes and the unmodified AWS Encryption SDK for JavaScript,
 * for every kind of key that it knows.
 */

const id = "6d9f2c5e-1a57-4c1e-9d53-0c6f3f6f7a11"
const otherId = "0f3b7a52-8f0e-4a63-b1ad-5f2d9d0a4c22"
const kit = await createTestKms({
  regions: ["us-east-1", "eu-west-1"],
  fixtures: { keys: [{ id }, { id: otherId }] },
})
afterAll(() => kit.close())

const root = kit.client()
const arnOf = (keyId: string, region = "us-east-1") =>
  `arn:aws:kms:${region}:111122223333:key/${keyId}`
const { KeyMetadata } = await root.createKey({ MultiRegion: true })
const mrk = KeyMetadata?.KeyId ?? ""
await root.replicateKey({ KeyId: mrk, ReplicaRegion: "eu-west-1" })
for (const region of ["us-east-1", "eu-west-1", "us-east-1", "eu-west-1"]) {
  await kit.engine(region).sweep()
}

/** The clients that an envelope takes: ours, and both of the AWS SDK. */
const us = new KMS(kit.sdk())
const eu = new KMS(kit.sdk({ region: "eu-west-1" }))
const sending = withCommands(new commands.KMSClient(kit.sdk()), commands)
/** Their types do not know that members may be `undefined`: `exactOptionalPropertyTypes`. */
type TheirClient = ConstructorParameters<typeof AwsKmsMrkAwareSymmetricKeyringNode>[0]["client"]
const forTheirs = (client: KMS) => client as unknown as TheirClient
const clientProvider = () => forTheirs(us)
const discoveryFilter = { partition: "aws", accountIDs: ["111122223333"] }
const filter = { partition: "aws", accounts: ["111122223333"] }

interface Pair {
  readonly name: string
  readonly ours: KeySource
  readonly theirs: KeyringNode
  /** Which of the two only decrypts. */
  readonly reads?: "ours" | "theirs"
}

const awsKeyring = (generatorKeyId: string, ...keyIds: string[]) =>
  new KmsKeyringNode({ generatorKeyId, keyIds, clientProvider })
const strict = (keyId: string, client: Parameters<typeof kmsKeys>[0] = root) =>
  kmsKeys(client, { keyId })

const kmsPairs: Pair[] = [
  { name: "KMS, a client of ours", ours: strict(arnOf(id)), theirs: awsKeyring(arnOf(id)) },
  { name: "KMS, a KMS of the AWS SDK", ours: strict(arnOf(id), us), theirs: awsKeyring(arnOf(id)) },
  {
    name: "KMS, a KMSClient of the AWS SDK",
    ours: strict(arnOf(id), sending),
    theirs: awsKeyring(arnOf(id)),
  },
  {
    name: "two KMS keys",
    ours: severalKeys(strict(arnOf(id)), strict(arnOf(otherId))),
    theirs: awsKeyring(arnOf(id), arnOf(otherId)),
  },
  {
    name: "the second of two KMS keys",
    ours: severalKeys(strict(arnOf(otherId)), strict(arnOf(id))),
    theirs: awsKeyring(arnOf(id)),
    reads: "theirs",
  },
  {
    name: "discovery of theirs",
    ours: strict(arnOf(id)),
    theirs: new KmsKeyringNode({ discovery: true, discoveryFilter, clientProvider }),
    reads: "theirs",
  },
  {
    name: "discovery of ours",
    ours: kmsDiscovery(us, { filter }),
    theirs: awsKeyring(arnOf(id)),
    reads: "ours",
  },
  {
    name: "replicas of a multi-Region key",
    ours: kmsMultiRegionKeys(us, { keyId: arnOf(mrk) }),
    theirs: new AwsKmsMrkAwareSymmetricKeyringNode({
      client: forTheirs(eu),
      keyId: arnOf(mrk, "eu-west-1"),
    }),
  },
  {
    name: "multi-Region discovery of theirs",
    ours: kmsMultiRegionKeys(us, { keyId: arnOf(mrk) }),
    theirs: new AwsKmsMrkAwareSymmetricDiscoveryKeyringNode({
      client: forTheirs(eu),
      discoveryFilter,
    }),
    reads: "theirs",
  },
  {
    name: "multi-Region discovery of ours",
    ours: kmsMultiRegionDiscovery(eu, { region: "eu-west-1", filter }),
    theirs: awsKeyring(arnOf(mrk)),
    reads: "ours",
  },
]

const names = { namespace: "our keys", name: "größte" }
const theirNames = { keyNamespace: names.namespace, keyName: names.name }
const aes = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
} as const
const aesPairs = ([16, 24, 32] as const).map((bytes): Pair => {
  const key = new Uint8Array(new ArrayBuffer(bytes)).fill(bytes)
  return {
    name: `raw AES of ${bytes} bytes`,
    ours: rawAesKeys({ ...names, key }),
    theirs: new RawAesKeyringNode({
      ...theirNames,
      unencryptedMasterKey: key,
      wrappingSuite: aes[bytes],
    }),
  }
})

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 })
const rsaKey = {
  publicKey: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
  privateKey: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
}
/** Their library finds no hash but SHA-1 where Node words an error anew; others read all four. */
const oaepHashes =
  oaepHashSupported === true ? (["sha1", "sha256", "sha384", "sha512"] as const) : [undefined]
const rsaPairs = oaepHashes.flatMap((oaepHash = "sha1"): Pair[] => {
  const padding = `oaep-${oaepHash}` as const
  const theirs = new RawRsaKeyringNode({
    ...theirNames,
    rsaKey,
    ...(oaepHash !== "sha1" && { oaepHash }),
  })
  return [
    { name: `raw RSA ${padding}`, ours: rawRsaKeys({ ...names, padding, ...rsaKey }), theirs },
    {
      name: `raw RSA ${padding} on OpenSSL`,
      ours: rawRsaKeys({ ...names, padding, ...rsaKey, rsa: opensslRsa() }),
      theirs,
    },
  ]
})

/** One table in DynamoDB, and branch keys in it that either side made. */
const handler = dynamoDbHandler()
const store = createBranchKeyStore({
  client: us,
  keyId: arnOf(id),
  table: branchKeysInDynamoDb(new DynamoDB(handler), "BranchKeys"),
  name: "logical",
  clock: Date.now,
})
const theirStore = new BranchKeyStoreNode({
  logicalKeyStoreName: "logical",
  storage: { ddbTableName: "BranchKeys", ddbClient: new DynamoDBClient(handler) },
  keyManagement: { kmsClient: new commands.KMSClient(kit.sdk()) },
  kmsConfiguration: { identifier: arnOf(id) },
})
const branchPair = (name: string, branchKeyId: string): Pair => ({
  name,
  ours: branchKeys({ store, branchKeyId, clock: Date.now, ageMsMax: 60_000 }),
  theirs: new KmsHierarchicalKeyRingNode({ branchKeyId, keyStore: theirStore, cacheLimitTtl: 60 }),
})
const ourBranch = await store.create({ id: "tenant 42", context: { tenant: "42" } })
const { branchKeyIdentifier } = await theirStore.createKey()
const branchPairs = [
  branchPair("a branch key that we made", ourBranch),
  branchPair("a branch key that they made", branchKeyIdentifier),
]

const context = { tenant: "42", größe: "groß" }
const frameBytes = 1024
const sizes = [0, 1, frameBytes - 1, frameBytes, frameBytes + 1, 5 * frameBytes + 7]
const suites = [
  "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
  "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384",
] as const
const suiteIds = [
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
]
const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const plaintextOf = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31) % 251)

const pairs = [...kmsPairs, ...aesPairs, ...rsaPairs, ...branchPairs]
describe.each(pairs)("$name", ({ ours, theirs, reads }) => {
  const envelope = createEnvelope({ keys: ours })

  it.runIf(reads !== "ours")("we encrypt and they decrypt", async () => {
    for (const suite of suites) {
      for (const size of sizes) {
        const plaintext = plaintextOf(size)
        const { message } = await envelope.encrypt(plaintext, { context, suite, frameBytes })
        const opened = await decrypt(theirs, Buffer.from(message))
        expect(new Uint8Array(opened.plaintext)).toEqual(plaintext)
        expect(opened.messageHeader.encryptionContext).toMatchObject(context)
      }
    }
  })

  it.runIf(reads !== "theirs")("they encrypt and we decrypt", async () => {
    for (const suiteId of suiteIds) {
      for (const size of sizes) {
        const plaintext = plaintextOf(size)
        const options = { encryptionContext: context, suiteId, frameLength: frameBytes }
        const { result } = await encrypt(theirs, Buffer.from(plaintext), options)
        const opened = await envelope.decrypt(Uint8Array.from(result), { expectContext: context })
        expect(opened.plaintext).toEqual(plaintext)
      }
    }
  })
})

it("either side opens what was encrypted before the other side rotated the branch key", async () => {
  const [rotated] = [await store.create()]
  const before = branchPair("", rotated)
  const envelope = createEnvelope({ keys: before.ours })
  const plaintext = plaintextOf(99)
  const { message } = await envelope.encrypt(plaintext, { context })
  const { result } = await encrypt(before.theirs, Buffer.from(plaintext), {
    encryptionContext: context,
  })
  await theirStore.versionKey({ branchKeyIdentifier: rotated })
  await store.rotate(rotated)
  const after = branchPair("", rotated)
  const opened = await decrypt(after.theirs, Buffer.from(message))
  expect(new Uint8Array(opened.plaintext)).toEqual(plaintext)
  const fresh = createEnvelope({ keys: after.ours })
  const reopened = await fresh.decrypt(Uint8Array.from(result), { expectContext: context })
  expect(reopened.plaintext).toEqual(plaintext)
})

/*
 * Unless `utf8Sorting` is set, theirs authenticate the pairs in the order of their text and not of
 * their bytes under raw AES and branch keys, which puts capitals behind small letters.
 */
describe("a context whose pairs have two orders", () => {
  const mixed = { Department: "x", tenantId: "42", ä: "1", tenant: "y" }
  const wrappingSuite = RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING
  const key = new Uint8Array(new ArrayBuffer(32)).fill(5)
  // Theirs wipe the key that they are given.
  const raw = () => ({ ...theirNames, unencryptedMasterKey: key.slice(), wrappingSuite })
  const branch = { branchKeyId: ourBranch, keyStore: theirStore, cacheLimitTtl: 60 }
  const sources = [
    {
      name: "raw AES",
      ours: rawAesKeys({ ...names, key }),
      theirs: new RawAesKeyringNode(raw()),
      strict: new RawAesKeyringNode({ ...raw(), utf8Sorting: true }),
    },
    {
      name: "branch keys",
      ours: branchKeys({ store, branchKeyId: ourBranch, clock: Date.now, ageMsMax: 60_000 }),
      theirs: new KmsHierarchicalKeyRingNode(branch),
      strict: new KmsHierarchicalKeyRingNode({ ...branch, utf8Sorting: true }),
    },
  ]

  it.each(sources)("is read in both from $name, and written as specified", async (source) => {
    const envelope = createEnvelope({ keys: source.ours })
    const plaintext = plaintextOf(100)
    for (const theirs of [source.theirs, source.strict]) {
      const { result } = await encrypt(theirs, Buffer.from(plaintext), { encryptionContext: mixed })
      const opened = await envelope.decrypt(Uint8Array.from(result), { expectContext: mixed })
      expect(opened.plaintext).toEqual(plaintext)
      await expect(
        envelope.decrypt(Uint8Array.from(result), { expectContext: { ...mixed, ä: "2" } }),
      ).rejects.toMatchObject({ reason: "context" })
    }
    const { message } = await envelope.encrypt(plaintext, { context: mixed })
    const opened = await decrypt(source.strict, Buffer.from(message))
    expect(new Uint8Array(opened.plaintext)).toEqual(plaintext)
    await expect(decrypt(source.theirs, Buffer.from(message))).rejects.toThrow(
      /Unable to decrypt data key|unencryptedDataKey has not been set/,
    )
  })
})
