import { afterAll, beforeAll, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import { catalogue } from "../../src/operations/catalogue.js"
import { account, roleOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { importMaterial, quickHsm } from "../support/importing.js"
import { clusterId, clusterOf, hsmStoreInput, xksStoreInput } from "../support/key-stores.js"
import { optionalMembersOf, seenAbsent } from "../support/whole-replies.js"
import { newKey } from "../support/world.js"
import { connectSilentRegion } from "../support/writes.js"
import { openXksProxy, type XksProxyServer } from "../support/xks-proxy.js"

/*
 * That a member is there in every reply is checked wherever a test of this package gets one. Here
 * are the others: whoever reads a type is not asked to doubt what is always there.
 */

const Plaintext = Uint8Array.of(1, 2, 3)
const oaep = "RSAES_OAEP_SHA_256"
const hmac = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const

let proxy: XksProxyServer
let kms: Kms
let root: KmsClient

beforeAll(async () => {
  proxy = await openXksProxy()
  proxy.nowMs = () => Date.now()
  kms = await openHost({
    hsm: quickHsm(),
    keyStores: { [clusterId]: clusterOf() },
    xks: proxy.xks,
  })
  root = kms.as(kms.administrator)
})

afterAll(async () => {
  await kms.close()
  await proxy.close()
})

/** Secrets under a key pair, whose key material has no name in a reply. */
async function useSecrets(): Promise<void> {
  const KeyId = await newKey(root)
  const pair = await newKey(root, { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" })
  const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })
  const under = { DestinationKeyId: pair, DestinationEncryptionAlgorithm: oaep } as const
  const moved = await root.reEncrypt({ CiphertextBlob, ...under })
  const from = { SourceKeyId: pair, SourceEncryptionAlgorithm: oaep } as const
  await root.reEncrypt({ ...from, CiphertextBlob: moved.CiphertextBlob, DestinationKeyId: KeyId })
  const opened = { KeyId: pair, EncryptionAlgorithm: oaep } as const
  await root.decrypt({ ...opened, CiphertextBlob: moved.CiphertextBlob })
  await root.generateDataKey({ KeyId, KeySpec: "AES_256" })
  await root.generateDataKeyPair({ KeyId, KeyPairSpec: "ECC_NIST_P256" })
  await root.generateRandom({ NumberOfBytes: 1 })
  await root.getPublicKey({ KeyId: pair })
}

async function agree(): Promise<void> {
  const kind = { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" } as const
  const KeyId = await newKey(root, kind)
  const { PublicKey } = await root.getPublicKey({ KeyId })
  await root.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey })
  const signing = { KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" } as const
  await root.getPublicKey({ KeyId: await newKey(root, signing) })
}

/** Keys that were never used, rotated, described or deleted. */
async function lookAtKeys(): Promise<void> {
  const KeyId = await newKey(root)
  await root.getKeyLastUsage({ KeyId })
  await root.getKeyRotationStatus({ KeyId })
  await root.listKeyRotations({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" })
  await root.listKeyPolicies({ KeyId })
  await root.listResourceTags({ KeyId })
  await root.listKeys({})
  await root.listAliases({})
  await newKey(root, hmac)
  await newKey(root, { KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" })
}

async function importHmac(): Promise<void> {
  const KeyId = await newKey(root, { Origin: "EXTERNAL", ...hmac })
  await importMaterial(root, KeyId)
  await root.describeKey({ KeyId })
  await root.deleteImportedKeyMaterial({ KeyId })
}

async function grant(): Promise<void> {
  const KeyId = await newKey(root)
  const Operations = ["Decrypt" as const]
  const RetiringPrincipal = roleOf(account)
  const context = { a: "b" }
  const toService = { GranteeServicePrincipal: "dynamodb.amazonaws.com" }
  const SourceArn = `arn:aws:dynamodb:us-east-1:${account}:table/orders`
  const constrained = [
    { EncryptionContextEquals: context },
    { EncryptionContextSubset: context },
    { SourceArn },
  ]
  for (const Constraints of [undefined, ...constrained]) {
    const isOurs = Constraints?.SourceArn === undefined
    const grantee = isOurs ? { GranteePrincipal: RetiringPrincipal } : toService
    await root.createGrant({ KeyId, Operations, ...grantee, RetiringPrincipal, Constraints })
  }
  await root.createGrant({ KeyId, Operations, GranteePrincipal: RetiringPrincipal })
  await root.listGrants({ KeyId })
  await root.listRetirableGrants({ RetiringPrincipal })
}

async function relate(): Promise<void> {
  await connectSilentRegion(kms)
  const KeyId = await newKey(root, { MultiRegion: true })
  await root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  const { KeyState } = await root.scheduleKeyDeletion({ KeyId })
  expect(KeyState).toBe("PendingReplicaDeletion")
}

async function makeStores(): Promise<void> {
  await root.createCustomKeyStore(hsmStoreInput())
  await root.createCustomKeyStore(xksStoreInput(proxy))
  await root.describeCustomKeyStores({})
}

it("leaves no member open that every reply has", async () => {
  await useSecrets()
  await agree()
  await lookAtKeys()
  await importHmac()
  await grant()
  await relate()
  await makeStores()
  const open = Object.entries(catalogue).flatMap(([name, row]) =>
    optionalMembersOf(row.reply(), name),
  )
  expect(open).toContain("KeyMetadata.DeletionDate")
  expect(open.filter((path) => !seenAbsent.has(path))).toEqual([])
})
