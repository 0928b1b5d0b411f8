import { beforeAll, describe, it } from "vitest"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import {
  account,
  aliasArnOf,
  alice,
  keyArnOf,
  otherAccount,
  rootOf,
  unknownKeyId,
} from "../support/accounts.js"
import { keyPolicyOf } from "../support/policies.js"
import { readRecord, tamper } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

/*
 * Two faults at once: the one that comes first in the order of the service is the one that is
 * told. Source of the order: recordings and measurements of AWS KMS.
 */

let world: World
const ids: Record<string, string> = {}
let blob: Uint8Array
let damaged: Uint8Array

async function keyWith(members: object): Promise<string> {
  const id = await world.newKey()
  const key = `key/${account}/${id}`
  const record = await readRecord(world.storage, key)
  await tamper(world.storage, key, { ...record, value: { ...record.value, ...members } })
  return id
}

beforeAll(async () => {
  world = await openWorld()
  const { root, newKey } = world
  ids["good"] = await newKey()
  ids["disabled"] = await newKey()
  await root.disableKey({ KeyId: ids["disabled"] })
  ids["pending"] = await newKey()
  await root.scheduleKeyDeletion({ KeyId: ids["pending"] })
  const signing = { keySpec: "RSA_2048", keyUsage: "SIGN_VERIFY" }
  ids["disabledSigning"] = await keyWith({ ...signing, state: "Disabled" })
  const rsa = { keySpec: "RSA_2048", keyUsage: "ENCRYPT_DECRYPT" }
  ids["disabledRsa"] = await keyWith({ ...rsa, state: "Disabled" })
  ids["rsa"] = await keyWith(rsa)
  blob = blobIn(await root.encrypt({ KeyId: ids["good"], Plaintext: Uint8Array.of(1) }))
  damaged = blob.slice()
  damaged[80] = (damaged[80] ?? 0) ^ 1
  await root.createAlias({ AliasName: "alias/taken", TargetKeyId: ids["good"] })
})

const one = Uint8Array.of(1)
const lockedPolicy = keyPolicyOf({ Principal: { AWS: alice } })

type Pair = readonly [
  first: string,
  second: string,
  operation: string,
  input: () => object,
  name: KmsErrorName,
  principal?: string,
]

const pairs: readonly Pair[] = [
  [
    "validation",
    "the form of an identifier",
    "Encrypt",
    () => ({ KeyId: "my-key" }),
    "ValidationException",
  ],
  [
    "validation",
    "an alias where none may be",
    "TagResource",
    () => ({ KeyId: "alias/x" }),
    "ValidationException",
  ],
  [
    "validation",
    "existence",
    "Encrypt",
    () => ({ KeyId: unknownKeyId, Plaintext: new Uint8Array(0) }),
    "ValidationException",
  ],
  [
    "validation",
    "authorization",
    "Encrypt",
    () => ({ KeyId: ids["good"] }),
    "ValidationException",
    alice,
  ],
  [
    "validation",
    "state",
    "Encrypt",
    () => ({ KeyId: ids["disabled"], Plaintext: new Uint8Array(4097) }),
    "ValidationException",
  ],
  [
    "validation",
    "a tag that is reserved",
    "TagResource",
    () => ({ KeyId: ids["good"], Tags: [{ TagKey: "aws:x", TagValue: "v".repeat(257) }] }),
    "ValidationException",
  ],
  [
    "an alias where none may be",
    "authorization",
    "DisableKey",
    () => ({ KeyId: "alias/taken" }),
    "InvalidArnException",
    alice,
  ],
  [
    "an alias where none may be",
    "existence",
    "DisableKey",
    () => ({ KeyId: "alias/unknown" }),
    "InvalidArnException",
  ],
  [
    "an alias where none may be",
    "another Region",
    "DisableKey",
    () => ({ KeyId: "arn:aws:kms:eu-west-1:111122223333:alias/x" }),
    "InvalidArnException",
  ],
  [
    "the form of an identifier",
    "authorization",
    "Encrypt",
    () => ({ KeyId: "my-key", Plaintext: one }),
    "NotFoundException",
    alice,
  ],
  [
    "existence",
    "authorization",
    "Encrypt",
    () => ({ KeyId: unknownKeyId, Plaintext: one }),
    "NotFoundException",
    alice,
  ],
  [
    "existence of the second key",
    "authorization",
    "ReEncrypt",
    () => ({ CiphertextBlob: blob, DestinationKeyId: unknownKeyId }),
    "NotFoundException",
    alice,
  ],
  [
    "existence",
    "cross-member checks",
    "GenerateDataKey",
    () => ({ KeyId: unknownKeyId }),
    "NotFoundException",
  ],
  [
    "authorization",
    "existence, of a foreign key",
    "Encrypt",
    () => ({ KeyId: keyArnOf(unknownKeyId), Plaintext: one }),
    "AccessDeniedException",
    rootOf(otherAccount),
  ],
  [
    "authorization",
    "cross-member checks",
    "GenerateDataKey",
    () => ({ KeyId: ids["good"] }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "cross-member checks",
    "GenerateRandom",
    () => ({}),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "the kind of key",
    "CreateKey",
    () => ({ KeySpec: "RSA_2048" }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "usage",
    "Encrypt",
    () => ({ KeyId: ids["disabledSigning"], Plaintext: one }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "state",
    "Encrypt",
    () => ({ KeyId: ids["disabled"], Plaintext: one }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "state",
    "ScheduleKeyDeletion",
    () => ({ KeyId: ids["pending"] }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "ciphertext",
    "Decrypt",
    () => ({ CiphertextBlob: damaged }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "a dry run",
    "Encrypt",
    () => ({ KeyId: ids["good"], Plaintext: one, DryRun: true }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "a policy that is malformed",
    "PutKeyPolicy",
    () => ({ KeyId: ids["good"], Policy: "{" }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "a policy name",
    "GetKeyPolicy",
    () => ({ KeyId: ids["good"], PolicyName: "other" }),
    "AccessDeniedException",
    alice,
  ],
  [
    "authorization",
    "tags",
    "TagResource",
    () => ({ KeyId: ids["good"], Tags: [{ TagKey: "aws:x", TagValue: "" }] }),
    "AccessDeniedException",
    alice,
  ],
  [
    "cross-member checks",
    "state",
    "GenerateDataKey",
    () => ({ KeyId: ids["disabled"] }),
    "ValidationException",
  ],
  [
    "cross-member checks",
    "usage",
    "GenerateDataKey",
    () => ({ KeyId: ids["disabledSigning"] }),
    "ValidationException",
  ],
  [
    "usage",
    "state",
    "Encrypt",
    () => ({ KeyId: ids["disabledSigning"], Plaintext: one }),
    "InvalidKeyUsageException",
  ],
  [
    "state",
    "algorithm",
    "Encrypt",
    () => ({ KeyId: ids["disabledRsa"], Plaintext: one }),
    "DisabledException",
  ],
  [
    "state",
    "algorithm",
    "Encrypt",
    () => ({ KeyId: ids["pending"], Plaintext: one, EncryptionAlgorithm: "SM2PKE" }),
    "KMSInvalidStateException",
  ],
  [
    "state",
    "tags",
    "TagResource",
    () => ({ KeyId: ids["pending"], Tags: [{ TagKey: "aws:x", TagValue: "" }] }),
    "KMSInvalidStateException",
  ],
  [
    "state",
    "a dry run",
    "Encrypt",
    () => ({ KeyId: ids["disabled"], Plaintext: one, DryRun: true }),
    "DisabledException",
  ],
  [
    "algorithm",
    "a dry run",
    "Encrypt",
    () => ({ KeyId: ids["rsa"], Plaintext: one, DryRun: true }),
    "InvalidKeyUsageException",
  ],
  [
    "ciphertext",
    "a dry run",
    "Decrypt",
    () => ({ CiphertextBlob: damaged, DryRun: true }),
    "InvalidCiphertextException",
  ],
  [
    "the form of the ciphertext",
    "algorithm",
    "Decrypt",
    () => ({ CiphertextBlob: one, KeyId: ids["rsa"] }),
    "InvalidCiphertextException",
  ],
  [
    "another key",
    "usage",
    "Decrypt",
    () => ({ CiphertextBlob: blob, KeyId: ids["disabledSigning"] }),
    "IncorrectKeyException",
  ],
  [
    "another key",
    "state",
    "Decrypt",
    () => ({ CiphertextBlob: blob, KeyId: ids["disabled"] }),
    "IncorrectKeyException",
  ],
  [
    "another key",
    "damage behind the header",
    "Decrypt",
    () => ({ CiphertextBlob: damaged, KeyId: ids["rsa"] }),
    "IncorrectKeyException",
  ],
  [
    "the source key",
    "the destination key",
    "ReEncrypt",
    () => ({ CiphertextBlob: blob, SourceKeyId: ids["rsa"], DestinationKeyId: ids["disabled"] }),
    "IncorrectKeyException",
  ],
  [
    "the state of the destination",
    "ciphertext",
    "ReEncrypt",
    () => ({ CiphertextBlob: damaged, DestinationKeyId: ids["disabled"] }),
    "DisabledException",
  ],
  [
    "the kind of key",
    "tags",
    "CreateKey",
    () => ({ KeyUsage: "SIGN_VERIFY", Tags: [{ TagKey: "aws:x", TagValue: "" }] }),
    "ValidationException",
  ],
  [
    "tags",
    "the policy",
    "CreateKey",
    () => ({ Tags: [{ TagKey: "aws:x", TagValue: "" }], Policy: "{" }),
    "TagException",
  ],
  [
    "the form of a policy",
    "the lockout check",
    "CreateKey",
    () => ({ Policy: `${lockedPolicy}}` }),
    "MalformedPolicyDocumentException",
  ],
  [
    "a reserved alias",
    "authorization",
    "DeleteAlias",
    () => ({ AliasName: "alias/aws/s3" }),
    "NotAuthorizedException",
    alice,
  ],
  [
    "authorization",
    "an alias that is taken",
    "CreateAlias",
    () => ({ AliasName: "alias/taken", TargetKeyId: ids["good"] }),
    "AccessDeniedException",
    alice,
  ],
  [
    "state",
    "an alias that is taken",
    "CreateAlias",
    () => ({ AliasName: "alias/taken", TargetKeyId: ids["pending"] }),
    "KMSInvalidStateException",
  ],
  [
    "the state of the new key",
    "its kind",
    "UpdateAlias",
    () => ({ AliasName: "alias/taken", TargetKeyId: ids["pending"] }),
    "KMSInvalidStateException",
  ],
  [
    "authorization",
    "the marker",
    "ListKeys",
    () => ({ Marker: "x" }),
    "AccessDeniedException",
    alice,
  ],
]

describe("of two faults", () => {
  const cases = pairs.map(([first, second, operation, input, name, principal]) => ({
    first,
    second,
    operation,
    input,
    name,
    principal,
  }))

  it.each(cases)("$first comes before $second: $operation", async (one) => {
    const { operation, input, name, principal } = one
    await expectRefusal(world.call(operation, input(), principal), name)
  })

  it("the words of the first are told", async () => {
    await expectRefusal(
      world.call("DescribeKey", { KeyId: aliasArnOf("alias/unknown") }, alice),
      "NotFoundException",
      `Alias ${aliasArnOf("alias/unknown")} is not found.`,
    )
  })
})
