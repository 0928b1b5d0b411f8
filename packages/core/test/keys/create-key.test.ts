import { defaultKeyPolicy } from "@keywright/policy"
import { describe, expect, it } from "vitest"
import type { KmsOptions } from "../../src/kms-options.js"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { account, keyArnOf, roleOf, rootOf, unknownKeyId, userOf } from "../support/accounts.js"
import { startMs } from "../support/clock.js"
import { identityOf, keyPolicyOf, policyOf } from "../support/policies.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { newKey, openWorld } from "../support/world.js"

const tagsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ TagKey: `k${i}`, TagValue: "v" }))

describe("CreateKey without any member", () => {
  it("makes an enabled symmetric encryption key of the caller's account", async () => {
    const { root } = await openWorld()
    const { KeyMetadata } = await root.createKey({})
    const id = KeyMetadata?.KeyId ?? ""
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(KeyMetadata).toEqual({
      AWSAccountId: account,
      KeyId: id,
      Arn: keyArnOf(id),
      CreationDate: new Date(startMs),
      Enabled: true,
      Description: "",
      KeyUsage: "ENCRYPT_DECRYPT",
      KeyState: "Enabled",
      Origin: "AWS_KMS",
      KeyManager: "CUSTOMER",
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
      KeySpec: "SYMMETRIC_DEFAULT",
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      MultiRegion: false,
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it("gives the key the default policy and no tags", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    const { Policy = "", PolicyName } = await root.getKeyPolicy({ KeyId })
    expect(PolicyName).toBe("default")
    expect(JSON.parse(Policy)).toEqual({
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [
        {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    })
    expect(Policy).toBe(defaultKeyPolicy(account, "aws"))
    expect((await root.listResourceTags({ KeyId })).Tags).toEqual([])
  })

  it("makes another key each time", async () => {
    const { newKey } = await openWorld()
    const ids = await Promise.all(Array.from({ length: 20 }, () => newKey()))
    expect(new Set(ids).size).toBe(20)
  })
})

describe("CreateKey", () => {
  it("answers what DescribeKey answers, by any form of the identifier", async () => {
    const { root } = await openWorld()
    const { KeyMetadata } = await root.createKey({
      Description: "orders ✓",
      Tags: tagsOf(2),
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyUsage: "ENCRYPT_DECRYPT",
    })
    expect((await root.describeKey({ KeyId: KeyMetadata?.Arn ?? "" })).KeyMetadata).toEqual(
      KeyMetadata,
    )
    expect(KeyMetadata?.Description).toBe("orders ✓")
  })

  it("makes a multi-Region primary with an `mrk-` id", async () => {
    const { root } = await openWorld()
    const { KeyMetadata } = await root.createKey({ MultiRegion: true })
    const id = KeyMetadata?.KeyId ?? ""
    expect(id).toMatch(/^mrk-[0-9a-f]{32}$/)
    expect(KeyMetadata).toMatchObject({
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: "PRIMARY",
        PrimaryKey: { Arn: keyArnOf(id), Region: "us-east-1" },
        ReplicaKeys: [],
      },
    })
  })

  it("takes the deprecated CustomerMasterKeySpec for KeySpec", async () => {
    const { root } = await openWorld()
    const { KeyMetadata } = await root.createKey({ CustomerMasterKeySpec: "SYMMETRIC_DEFAULT" })
    expect(KeyMetadata).toMatchObject({
      KeySpec: "SYMMETRIC_DEFAULT",
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    })
  })

  it("takes the largest key that its limits allow, and keeps it", async () => {
    const { root, newKey } = await openWorld()
    const widest = "\u0000"
    const policy = keyPolicyOf({})
    const tags = Array.from({ length: 50 }, (_, i) => ({
      TagKey: String(i).padStart(128, "鍵"),
      TagValue: "鍵".repeat(256),
    }))
    const KeyId = await newKey({
      Description: widest.repeat(8192),
      Policy: policy + "\t".repeat(32_768 - policy.length),
      Tags: tags,
    })
    for (let i = 0; i < 50; i += 1) {
      const AliasName = `alias/${String(i).padStart(250, "a")}`
      await root.createAlias({ AliasName, TargetKeyId: KeyId })
    }
    expect((await root.listResourceTags({ KeyId })).Tags).toHaveLength(50)
    expect((await root.listAliases({ KeyId, Limit: 100 })).Aliases).toHaveLength(50)
  })

  it("makes keys in the account of the caller, whoever owns the engine", async () => {
    const { stranger } = await openWorld()
    const { KeyMetadata } = await stranger.createKey({})
    expect(KeyMetadata?.AWSAccountId).toBe("444455556666")
    expect(KeyMetadata?.Arn).toContain(":444455556666:key/")
  })
})

type Refusal = readonly [title: string, input: object, name: KmsErrorName, message: string | RegExp]

const usageMissing =
  "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."

const refusals: readonly Refusal[] = [
  [
    "a spec other than for symmetric encryption, and no usage",
    { KeySpec: "RSA_2048" },
    "ValidationException",
    usageMissing,
  ],
  ["an HMAC spec and no usage", { KeySpec: "HMAC_256" }, "ValidationException", usageMissing],
  [
    "a usage that the spec has not",
    { KeySpec: "RSA_2048", KeyUsage: "GENERATE_VERIFY_MAC" },
    "ValidationException",
    "KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec RSA_2048",
  ],
  [
    "a usage that the default spec has not",
    { KeyUsage: "SIGN_VERIFY" },
    "ValidationException",
    "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT",
  ],
  [
    "both names of the spec",
    { KeySpec: "SYMMETRIC_DEFAULT", CustomerMasterKeySpec: "SYMMETRIC_DEFAULT" },
    "ValidationException",
    "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. " +
      "CustomerMasterKeySpec is deprecated.",
  ],
  [
    "an origin that the spec has not",
    { KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY", Origin: "EXTERNAL" },
    "ValidationException",
    "KeySpec ML_DSA_44 is not supported for Origin EXTERNAL",
  ],
  [
    "a custom key store for a spec that none holds",
    { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY", Origin: "AWS_CLOUDHSM" },
    "ValidationException",
    "KeySpec RSA_2048 is not supported for Origin AWS_CLOUDHSM",
  ],
  ["a tag twice", { Tags: [...tagsOf(1), ...tagsOf(1)] }, "TagException", "Duplicate tag keys"],
  [
    "a reserved tag",
    { Tags: [{ TagKey: "aws:x", TagValue: "" }] },
    "TagException",
    "Tags beginning with aws: are reserved",
  ],
  ["51 tags", { Tags: tagsOf(51) }, "TagException", "Too many tags"],
  [
    "a tag key that is too long",
    { Tags: [...tagsOf(1), { TagKey: "k".repeat(129), TagValue: "" }] },
    "ValidationException",
    `1 validation error detected: Value '${"k".repeat(129)}' at 'tags.2.member.tagKey' failed to ` +
      "satisfy constraint: Member must have length less than or equal to 128",
  ],
  [
    "a tag value that is too long",
    { Tags: [{ TagKey: "k", TagValue: "v".repeat(257) }] },
    "ValidationException",
    `1 validation error detected: Value '${"v".repeat(257)}' at 'tags.1.member.tagValue' failed ` +
      "to satisfy constraint: Member must have length less than or equal to 256",
  ],
  ["a policy that is no JSON", { Policy: "{" }, "MalformedPolicyDocumentException", /./],
  [
    "a policy of more than 32 KB",
    { Policy: keyPolicyOf({}).padEnd(32_769, " ") },
    "LimitExceededException",
    /./,
  ],
  [
    "a policy that locks the caller out",
    { Policy: keyPolicyOf({ Principal: { AWS: userOf(account, "bob") } }) },
    "MalformedPolicyDocumentException",
    "The new key policy will not allow you to update the key policy in the future.",
  ],
  [
    "a description that is too long",
    { Description: "d".repeat(8193) },
    "ValidationException",
    /at 'description' failed to satisfy constraint: .* length less than or equal to 8192$/,
  ],
]

describe("CreateKey refuses, and makes nothing, when it is given", () => {
  it.each(refusals)("%s", async (_, input, name, message) => {
    const { call, storage } = await openWorld()
    const before = await dumpOf(storage)
    await expectRefusal(call("CreateKey", input), name, message)
    expect(await dumpOf(storage)).toEqual(before)
  })
})

describe("who may create keys", () => {
  const creator = roleOf(account, "Creator")

  it("is a matter of identity policies: without one, nobody but root", async () => {
    const { kms } = await openWorld()
    await expectRefusal(
      kms.as(userOf(account)).createKey({}),
      "AccessDeniedException",
      `User: ${userOf(account)} is not authorized to perform: kms:CreateKey on resource: * ` +
        "because no identity-based policy allows the kms:CreateKey action",
    )
  })

  it("a key with tags needs kms:TagResource as well", async () => {
    const { kms } = await openWorld({
      identities: { [creator]: identityOf({ Action: "kms:CreateKey" }) },
    })
    const client = kms.as(creator)
    await expectRefusal(
      client.createKey({ Tags: tagsOf(1) }),
      "AccessDeniedException",
      /perform: kms:TagResource because no identity-based policy allows/,
    )
    await client.createKey({})
    await client.createKey({ Tags: [] })
  })

  it.each([
    ["all keys", "*", "OK"],
    ["all keys of the region", `arn:aws:kms:us-east-1:${account}:key/*`, "OK"],
    ["all keys of every region", `arn:aws:kms:*:${account}:key/*`, "OK"],
    ["one key", `arn:aws:kms:us-east-1:${account}:key/${unknownKeyId}`, "AccessDeniedException"],
    ["another region", `arn:aws:kms:eu-west-1:${account}:key/*`, "AccessDeniedException"],
    ["aliases", `arn:aws:kms:us-east-1:${account}:alias/*`, "AccessDeniedException"],
  ])("a permission to tag %s (%s) as they are made ends in %s", async (_, Resource, outcome) => {
    const identity = identityOf(
      { Action: "kms:CreateKey" },
      { Action: "kms:TagResource", Resource },
    )
    const { kms } = await openWorld({ identities: { [creator]: identity } })
    expect(await outcomeOf(kms.as(creator).createKey({ Tags: tagsOf(1) }))).toBe(outcome)
  })

  describe("with a policy is refused to whom it would lock out", () => {
    const Policy = keyPolicyOf({ Principal: { AWS: rootOf(account) } })
    const create = { Action: "kms:CreateKey" }
    const put = { Action: "kms:PutKeyPolicy" }
    const none = policyOf({ Action: "kms:CreateKey" })
    const lockedOut = "MalformedPolicyDocumentException"
    const cases: readonly (readonly [string, string, Partial<KmsOptions>])[] = [
      ["who may only create", lockedOut, { identities: { [creator]: identityOf(create) } }],
      ["who may put policies", "OK", { identities: { [creator]: identityOf(create, put) } }],
      [
        "who may put that of another key",
        lockedOut,
        {
          identities: {
            [creator]: identityOf(create, { ...put, Resource: keyArnOf(unknownKeyId) }),
          },
        },
      ],
      [
        "whose boundary stops short",
        lockedOut,
        { identities: { [creator]: { ...identityOf(create, put), permissionsBoundary: none } } },
      ],
      [
        "whose session policy stops short",
        lockedOut,
        { identities: { [creator]: { ...identityOf(create, put), sessionPolicies: [none] } } },
      ],
      [
        "whose organization stops short",
        lockedOut,
        {
          identities: { [creator]: identityOf(create, put) },
          guardrails: { scps: [{ account, levels: [{ target: "r-root", policies: [none] }] }] },
        },
      ],
    ]

    it.each(cases)("%s: %s", async (_, outcome, options) => {
      const { kms } = await openWorld(options)
      const client = kms.as(creator)
      expect(await outcomeOf(client.createKey({ Policy }))).toBe(outcome)
      // Who gives no policy is not asked.
      await client.createKey({})
      await client.createKey({ Policy, BypassPolicyLockoutSafetyCheck: true })
    })
  })

  it("the default policy passes the lockout check for whoever may create keys", async () => {
    const { kms } = await openWorld({
      identities: { [creator]: identityOf({ Action: "kms:CreateKey" }) },
    })
    expect(await newKey(kms.as(creator))).toMatch(/^[0-9a-f-]{36}$/)
  })

  it.each([
    ["KeySpec", { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }],
    ["CustomerMasterKeySpec", { CustomerMasterKeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }],
  ] as const)("kms:KeySpec sees the spec when it is given as %s", async (_, input) => {
    const { kms } = await openWorld({
      identities: {
        [creator]: {
          policies: [
            policyOf(
              {},
              {
                Effect: "Deny",
                Action: "kms:CreateKey",
                Condition: { StringEquals: { "kms:KeySpec": "RSA_2048" } },
              },
            ),
          ],
        },
      },
    })
    await expectRefusal(
      kms.as(creator).createKey(input),
      "AccessDeniedException",
      /explicit deny in an identity-based policy$/,
    )
  })

  it.each([
    ["kms:KeyUsage", "ENCRYPT_DECRYPT", {}],
    ["kms:KeyOrigin", "AWS_KMS", {}],
    ["kms:MultiRegion", "true", { MultiRegion: true }],
    ["kms:MultiRegionKeyType", "PRIMARY", { MultiRegion: true }],
    ["kms:CustomerMasterKeySpec", "SYMMETRIC_DEFAULT", {}],
    ["aws:RequestTag/team", "red", { Tags: [{ TagKey: "team", TagValue: "red" }] }],
    ["kms:BypassPolicyLockoutSafetyCheck", "true", { BypassPolicyLockoutSafetyCheck: true }],
  ])("a deny on %s is honoured", async (key, value, input) => {
    const { kms } = await openWorld({
      identities: {
        [creator]: identityOf(
          {},
          {
            Effect: "Deny",
            Action: "kms:CreateKey",
            Condition: { StringEquals: { [key]: value } },
          },
        ),
      },
    })
    await expectRefusal(
      kms.as(creator).createKey(input),
      "AccessDeniedException",
      /explicit deny in an identity-based policy$/,
    )
  })
})
