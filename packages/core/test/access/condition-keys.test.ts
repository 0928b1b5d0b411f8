import { beforeAll, describe, expect, it } from "vitest"
import { account, app, otherAccount, userOf } from "../support/accounts.js"
import { dayMs, startMs } from "../support/clock.js"
import { identityOf, keyPolicyOf } from "../support/policies.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { newKey, openWorld, type World } from "../support/world.js"

/*
 * Every condition key of AWS KMS, in the request that it belongs to: a permission that asks for
 * its value is given, and one that asks for another value is not.
 *
 * Source: Service Authorization Reference, AWS KMS.
 */

const one = Uint8Array.of(1)
const grantee = userOf(account, "grantee")
const service = "dynamodb.us-east-1.amazonaws.com"
const SourceArn = `arn:aws:dynamodb:us-east-1:${account}:table/t`
const validTo = new Date(startMs + 10 * dayMs)

/** The keys that the requests are about, by name. */
const ids: Record<string, string> = {}
let world: World
let CiphertextBlob: Uint8Array
let GrantToken: string | undefined

const grantWith = (more: object) => ({
  Operations: ["Decrypt"],
  GranteePrincipal: grantee,
  ...more,
})
const importWith = (more: object) => ({ ImportToken: one, EncryptedKeyMaterial: one, ...more })

interface Case {
  readonly key: string
  readonly operator?: string
  readonly value: unknown
  readonly other: unknown
  readonly operation: string
  /** The key that `KeyId` names; none where the operation names keys otherwise. */
  readonly of?: string
  readonly input?: () => object
  readonly viaService?: string
}

const encrypt = {
  operation: "Encrypt",
  of: "symmetric",
  input: () => ({ Plaintext: one }),
} as const
const createKey = { operation: "CreateKey" } as const
const createGrant = (more: object) => ({
  operation: "CreateGrant",
  of: "symmetric",
  input: () => grantWith(more),
})

/** The grant is one with the encryption context of tenant 42. */
const retireGrant = { operation: "RetireGrant", input: () => ({ GrantToken }) }

const cases: readonly Case[] = [
  {
    key: "kms:BypassPolicyLockoutSafetyCheck",
    operator: "Bool",
    value: "true",
    other: "false",
    operation: "PutKeyPolicy",
    of: "symmetric",
    input: () => ({ Policy: "{}", BypassPolicyLockoutSafetyCheck: true }),
  },
  { key: "kms:CallerAccount", value: account, other: otherAccount, ...encrypt },
  { key: "kms:CustomerMasterKeySpec", value: "SYMMETRIC_DEFAULT", other: "RSA_2048", ...encrypt },
  { key: "kms:CustomerMasterKeySpec", value: "SYMMETRIC_DEFAULT", other: "SM2", ...createKey },
  { key: "kms:CustomerMasterKeyUsage", value: "ENCRYPT_DECRYPT", other: "SIGN_VERIFY", ...encrypt },
  {
    key: "kms:CustomerMasterKeyUsage",
    value: "ENCRYPT_DECRYPT",
    other: "SIGN_VERIFY",
    ...createKey,
  },
  {
    key: "kms:DataKeyPairSpec",
    value: "RSA_2048",
    other: "RSA_4096",
    operation: "GenerateDataKeyPair",
    of: "symmetric",
    input: () => ({ KeyPairSpec: "RSA_2048" }),
  },
  { key: "kms:EncryptionAlgorithm", value: "SYMMETRIC_DEFAULT", other: "SM2PKE", ...encrypt },
  {
    key: "kms:EncryptionContext:tenant",
    value: "42",
    other: "43",
    ...encrypt,
    input: () => ({ Plaintext: one, EncryptionContext: { tenant: "42" } }),
  },
  {
    key: "kms:EncryptionContext:tenant",
    value: "42",
    other: "43",
    ...createGrant({ Constraints: { EncryptionContextSubset: { tenant: "42" } } }),
  },
  {
    key: "kms:EncryptionContextKeys",
    operator: "ForAnyValue:StringEquals",
    value: ["tenant"],
    other: ["order"],
    ...encrypt,
    input: () => ({ Plaintext: one, EncryptionContext: { tenant: "42", user: "7" } }),
  },
  {
    key: "kms:ExpirationModel",
    value: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    other: "KEY_MATERIAL_EXPIRES",
    operation: "ImportKeyMaterial",
    of: "imported",
    input: () => importWith({ ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }),
  },
  {
    key: "kms:GrantConstraintSourceArn",
    operator: "ArnEquals",
    value: SourceArn,
    other: `${SourceArn}2`,
    ...createGrant({ Constraints: { SourceArn } }),
  },
  {
    key: "kms:GrantConstraintType",
    value: "EncryptionContextEquals",
    other: "EncryptionContextSubset",
    ...createGrant({ Constraints: { EncryptionContextEquals: { a: "b" } } }),
  },
  {
    key: "kms:GrantConstraintType",
    value: "EncryptionContextSubset",
    other: "EncryptionContextEquals",
    ...retireGrant,
  },
  { key: "kms:EncryptionContext:tenant", value: "42", other: "43", ...retireGrant },
  {
    key: "kms:EncryptionContextKeys",
    operator: "ForAnyValue:StringEquals",
    value: ["tenant"],
    other: ["stage"],
    ...retireGrant,
  },
  {
    key: "kms:GrantIsForAWSResource",
    operator: "Bool",
    value: "true",
    other: "false",
    ...createGrant({}),
    viaService: service,
  },
  {
    key: "kms:GrantOperations",
    operator: "ForAllValues:StringEquals",
    value: ["Decrypt", "Encrypt"],
    other: ["Encrypt"],
    ...createGrant({}),
  },
  { key: "kms:GranteePrincipal", value: grantee, other: app, ...createGrant({}) },
  {
    key: "kms:GranteeServicePrincipal",
    value: service,
    other: "s3.amazonaws.com",
    ...createGrant({ GranteePrincipal: undefined, GranteeServicePrincipal: service }),
  },
  {
    key: "kms:RetiringPrincipal",
    value: grantee,
    other: app,
    ...createGrant({ RetiringPrincipal: grantee }),
  },
  {
    key: "kms:RetiringServicePrincipal",
    value: service,
    other: "s3.amazonaws.com",
    ...createGrant({ RetiringServicePrincipal: service }),
  },
  {
    key: "kms:KeyAgreementAlgorithm",
    value: "ECDH",
    other: "X",
    operation: "DeriveSharedSecret",
    of: "agreement",
    input: () => ({ KeyAgreementAlgorithm: "ECDH", PublicKey: one }),
  },
  { key: "kms:KeyOrigin", value: "AWS_KMS", other: "EXTERNAL", ...encrypt },
  { key: "kms:KeyOrigin", value: "AWS_KMS", other: "EXTERNAL", ...createKey },
  { key: "kms:KeySpec", value: "SYMMETRIC_DEFAULT", other: "HMAC_256", ...encrypt },
  { key: "kms:KeySpec", value: "SYMMETRIC_DEFAULT", other: "HMAC_256", ...createKey },
  { key: "kms:KeyUsage", value: "ENCRYPT_DECRYPT", other: "SIGN_VERIFY", ...encrypt },
  { key: "kms:KeyUsage", value: "ENCRYPT_DECRYPT", other: "SIGN_VERIFY", ...createKey },
  {
    key: "kms:MacAlgorithm",
    value: "HMAC_SHA_256",
    other: "HMAC_SHA_512",
    operation: "GenerateMac",
    of: "hmac",
    input: () => ({ Message: one, MacAlgorithm: "HMAC_SHA_256" }),
  },
  {
    key: "kms:MessageType",
    value: "DIGEST",
    other: "RAW",
    operation: "Sign",
    of: "signing",
    input: () => ({ Message: one, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" }),
  },
  { key: "kms:MultiRegion", operator: "Bool", value: "false", other: "true", ...encrypt },
  { key: "kms:MultiRegion", operator: "Bool", value: "false", other: "true", ...createKey },
  {
    key: "kms:MultiRegionKeyType",
    value: "PRIMARY",
    other: "REPLICA",
    ...encrypt,
    of: "primary",
  },
  {
    key: "kms:PrimaryRegion",
    value: "eu-west-1",
    other: "us-east-1",
    operation: "UpdatePrimaryRegion",
    of: "primary",
    input: () => ({ PrimaryRegion: "eu-west-1" }),
  },
  {
    key: "kms:ReEncryptOnSameKey",
    operator: "Bool",
    value: "true",
    other: "false",
    operation: "ReEncrypt",
    input: () => ({ CiphertextBlob, DestinationKeyId: ids["symmetric"] }),
  },
  {
    key: "kms:RequestAlias",
    value: "alias/x",
    other: "alias/y",
    operation: "Encrypt",
    input: () => ({ KeyId: "alias/x", Plaintext: one }),
  },
  {
    key: "kms:ResourceAliases",
    operator: "ForAnyValue:StringEquals",
    value: ["alias/x"],
    other: ["alias/y"],
    ...encrypt,
  },
  {
    key: "kms:RotationPeriodInDays",
    operator: "NumericEquals",
    value: "200",
    other: "365",
    operation: "EnableKeyRotation",
    of: "symmetric",
    input: () => ({ RotationPeriodInDays: 200 }),
  },
  {
    key: "kms:ScheduleKeyDeletionPendingWindowInDays",
    operator: "NumericEquals",
    value: "30",
    other: "7",
    operation: "ScheduleKeyDeletion",
    of: "symmetric",
  },
  {
    key: "kms:SigningAlgorithm",
    value: "ECDSA_SHA_256",
    other: "ECDSA_SHA_384",
    operation: "Verify",
    of: "signing",
    input: () => ({ Message: one, Signature: one, SigningAlgorithm: "ECDSA_SHA_256" }),
  },
  {
    key: "kms:TrailingDaysWithoutKeyUsage",
    operator: "NumericEquals",
    value: "5",
    other: "4",
    operation: "DisableKey",
    of: "symmetric",
  },
  {
    key: "kms:ValidTo",
    operator: "DateEquals",
    value: validTo.toISOString(),
    other: new Date(startMs).toISOString(),
    operation: "ImportKeyMaterial",
    of: "imported",
    input: () => importWith({ ValidTo: validTo, ExpirationModel: "KEY_MATERIAL_EXPIRES" }),
  },
  {
    key: "kms:ViaService",
    value: service,
    other: "s3.us-east-1.amazonaws.com",
    ...encrypt,
    viaService: service,
  },
  ...(["WrappingAlgorithm", "WrappingKeySpec"] as const).map((member) => ({
    key: `kms:${member}`,
    value: member === "WrappingKeySpec" ? "RSA_2048" : "RSAES_OAEP_SHA_256",
    other: "SM2PKE",
    operation: "GetParametersForImport",
    of: "imported",
    input: () => ({ WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" }),
  })),
  { key: "aws:ResourceTag/team", value: "red", other: "blue", ...encrypt },
  {
    key: "aws:RequestTag/team",
    value: "red",
    other: "blue",
    operation: "CreateKey",
    input: () => ({ Tags: [{ TagKey: "team", TagValue: "red" }] }),
  },
  {
    key: "aws:RequestTag/team",
    value: "green",
    other: "red",
    operation: "TagResource",
    of: "symmetric",
    input: () => ({ Tags: [{ TagKey: "team", TagValue: "green" }] }),
  },
  {
    key: "aws:TagKeys",
    operator: "ForAllValues:StringEquals",
    value: ["team"],
    other: ["cost"],
    operation: "UntagResource",
    of: "symmetric",
    input: () => ({ TagKeys: ["team"] }),
  },
]

beforeAll(async () => {
  world = await openWorld()
  const { root, clock } = world
  const Tags = [{ TagKey: "team", TagValue: "red" }]
  ids["symmetric"] = await newKey(root, { Tags })
  ids["primary"] = await newKey(root, { MultiRegion: true })
  ids["imported"] = await newKey(root, { Origin: "EXTERNAL" })
  ids["hmac"] = await newKey(root, { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" })
  const curve = { KeySpec: "ECC_NIST_P256" } as const
  ids["signing"] = await newKey(root, { ...curve, KeyUsage: "SIGN_VERIFY" })
  ids["agreement"] = await newKey(root, { ...curve, KeyUsage: "KEY_AGREEMENT" })
  await root.createAlias({ AliasName: "alias/x", TargetKeyId: ids["symmetric"] })
  CiphertextBlob = blobIn(await root.encrypt({ KeyId: ids["symmetric"], Plaintext: one }))
  const constraints = { Constraints: { EncryptionContextSubset: { tenant: "42" } } }
  const asked = {
    KeyId: ids["symmetric"],
    Operations: ["Decrypt" as const],
    GranteePrincipal: grantee,
  }
  GrantToken = (await root.createGrant({ ...asked, ...constraints })).GrantToken
  clock.advanceDays(5)
})

/** How the call would be decided for somebody who may do all on that one condition. */
async function effectOf({ operation, of, input, viaService }: Case, condition: object) {
  const { storage, clock } = world
  const identities = { [app]: identityOf({ Condition: condition as never }) }
  const { kms } = await openWorld({ storage, clock, identities })
  const context = viaService === undefined ? {} : { viaService }
  const KeyId = of === undefined ? {} : { KeyId: ids[of] }
  const call = { ...KeyId, ...input?.() }
  return (await kms.explain({ principal: app, context }, operation, call)).effect
}

describe("a permission on a condition", () => {
  it.each(cases.map((one) => [one.key, one.operation, one] as const))(
    "%s of %s is given for its value, and for no other",
    async (_, __, one) => {
      const { key, operator = "StringEquals", value, other } = one
      expect(await effectOf(one, { [operator]: { [key]: value } })).toBe("allow")
      expect(await effectOf(one, { [operator]: { [key]: other } })).toBe("implicitDeny")
    },
  )

  it("on a pair of the encryption context called __proto__ is judged as on any other", async () => {
    const { root, newKey } = await openWorld()
    const Condition = { StringEquals: { "kms:EncryptionContext:__proto__": "x" } }
    const KeyId = await newKey({
      Policy: keyPolicyOf({}, { Effect: "Deny", Action: "kms:Encrypt", Condition }),
    })
    const encrypt = (context: string) =>
      root.encrypt({ KeyId, Plaintext: Uint8Array.of(1), EncryptionContext: JSON.parse(context) })
    await encrypt('{"__proto__":"y"}')
    await expectRefusal(encrypt('{"__proto__":"x"}'), "AccessDeniedException")
  })

  it.each(["constructor", "toString", "__proto__"])("named %s is absent", async (key) => {
    for (const asked of [createGrant({}), encrypt]) {
      const one = { ...asked, key, value: "", other: "" }
      const onKey = (value: string) => Object.fromEntries([[key, value]])
      expect(await effectOf(one, { StringEquals: onKey("x") })).toBe("implicitDeny")
      expect(await effectOf(one, { Null: onKey("true") })).toBe("allow")
    }
  })

  it("that is about another operation is not met", async () => {
    const absent = [
      "kms:RequestAlias",
      "kms:EncryptionContextKeys",
      "kms:ViaService",
      "kms:TrailingDaysWithoutKeyUsage",
      "kms:GrantIsForAWSResource",
      "kms:MultiRegionKeyType",
      "aws:RequestTag/team",
    ]
    const one = { ...encrypt, key: "", value: "", other: "" }
    for (const key of absent) {
      expect([key, await effectOf(one, { Null: { [key]: "true" } })]).toEqual([key, "allow"])
      expect([key, await effectOf(one, { Null: { [key]: "false" } })]).toEqual([
        key,
        "implicitDeny",
      ])
    }
  })
})
