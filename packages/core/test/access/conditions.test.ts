import { describe, expect, it } from "vitest"
import type { RequestContext } from "../../src/model/caller.js"
import {
  account,
  aliasArnOf,
  alice,
  app,
  keyArnOf,
  otherAccount,
  rootOf,
} from "../support/accounts.js"
import { identityOf, keyPolicyOf } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"

const denied = "AccessDeniedException"

type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A key that all may use, but where the condition holds. */
async function keyUnless(condition: Condition, context?: RequestContext) {
  const world = await openWorld()
  const KeyId = await world.newKey({
    Tags: [{ TagKey: "team", TagValue: "red" }],
    Policy: keyPolicyOf(
      {},
      {
        Effect: "Deny",
        Action: ["kms:Encrypt", "kms:DescribeKey", "kms:Decrypt"],
        Condition: condition,
      },
    ),
  })
  await world.root.createAlias({ AliasName: "alias/red", TargetKeyId: KeyId })
  const client = world.kms.as(world.kms.administrator, context)
  return { ...world, KeyId, client }
}

const Plaintext = Uint8Array.of(1)

/** A condition, the context of a request, and whether the condition holds. */
const seen: readonly (readonly [string, Condition, RequestContext, boolean])[] = [
  [
    "kms:ViaService",
    { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
    { viaService: "s3.us-east-1.amazonaws.com" },
    true,
  ],
  [
    "kms:ViaService",
    { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
    {},
    false,
  ],
  [
    "kms:ViaService",
    { StringNotEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
    {},
    true,
  ],
  ["kms:CallerAccount", { StringEquals: { "kms:CallerAccount": account } }, {}, true],
  ["aws:ResourceTag", { StringEquals: { "aws:ResourceTag/team": "red" } }, {}, false],
  ["aws:ResourceTag", { Null: { "aws:ResourceTag/team": "true" } }, {}, true],
  ["kms:ResourceAliases", { Null: { "kms:ResourceAliases": "true" } }, {}, true],
  ["kms:KeySpec", { StringEquals: { "kms:KeySpec": "SYMMETRIC_DEFAULT" } }, {}, true],
  ["kms:KeyOrigin", { StringEquals: { "kms:KeyOrigin": "AWS_KMS" } }, {}, true],
  ["kms:MultiRegion", { Bool: { "kms:MultiRegion": "false" } }, {}, true],
  ["kms:MultiRegionKeyType", { Null: { "kms:MultiRegionKeyType": "true" } }, {}, true],
  ["aws:PrincipalArn", { ArnEquals: { "aws:PrincipalArn": rootOf(account) } }, {}, true],
  ["aws:PrincipalAccount", { StringEquals: { "aws:PrincipalAccount": account } }, {}, true],
  ["aws:ResourceAccount", { StringEquals: { "aws:ResourceAccount": account } }, {}, true],
  ["aws:RequestedRegion", { StringEquals: { "aws:RequestedRegion": "us-east-1" } }, {}, true],
  [
    "aws:SecureTransport",
    { Bool: { "aws:SecureTransport": "false" } },
    { secureTransport: false },
    true,
  ],
  ["aws:SecureTransport", { Bool: { "aws:SecureTransport": "false" } }, {}, false],
  ["aws:CurrentTime", { DateGreaterThan: { "aws:CurrentTime": "2026-01-15T11:59:59Z" } }, {}, true],
  [
    "aws:CurrentTime",
    { DateGreaterThan: { "aws:CurrentTime": "2026-01-15T12:00:01Z" } },
    {},
    false,
  ],
  ["aws:EpochTime", { NumericLessThan: { "aws:EpochTime": "1" } }, {}, false],
  [
    "a key of the host",
    { StringEquals: { "aws:MultiFactorAuthPresent": "true" } },
    { conditionKeys: { "aws:MultiFactorAuthPresent": true } },
    true,
  ],
  [
    "what the engine knows, against the host",
    { StringEquals: { "kms:CallerAccount": otherAccount } },
    { conditionKeys: { "kms:CallerAccount": otherAccount } },
    false,
  ],
]

describe("a condition", () => {
  it("on the source address sees it, but not behind a VPC endpoint", async () => {
    const condition = { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }
    for (const [context, ending] of [
      [{ sourceIp: "203.0.113.7" }, "OK"],
      [{ sourceIp: "198.51.100.1" }, denied],
      [{}, denied],
      [{ sourceIp: "203.0.113.7", sourceVpce: "vpce-1" }, denied],
    ] as const) {
      const { client, KeyId } = await keyUnless(condition, context)
      expect([context, await outcomeOf(client.describeKey({ KeyId }))]).toEqual([context, ending])
    }
  })

  it.each(seen)("on %s (%o) with %o is seen: %s", async (_, condition, context, holds) => {
    const { client, KeyId } = await keyUnless(condition, context)
    expect(await outcomeOf(client.describeKey({ KeyId }))).toBe(holds ? denied : "OK")
  })

  it("on kms:RequestAlias sees the alias by name and by ARN, and nothing for an id", async () => {
    const world = await openWorld({
      identities: {
        [alice]: identityOf({ Condition: { StringEquals: { "kms:RequestAlias": "alias/red" } } }),
      },
    })
    const { root, kms, newKey } = world
    const KeyId = await newKey()
    await root.createAlias({ AliasName: "alias/red", TargetKeyId: KeyId })
    await root.createAlias({ AliasName: "alias/blue", TargetKeyId: KeyId })
    const client = kms.as(alice)
    for (const [named, ending] of [
      ["alias/red", "OK"],
      [aliasArnOf("alias/red"), "OK"],
      ["alias/blue", denied],
      [KeyId, denied],
      [keyArnOf(KeyId), denied],
    ] as const) {
      expect([named, await outcomeOf(client.describeKey({ KeyId: named }))]).toEqual([
        named,
        ending,
      ])
      const encrypting = client.encrypt({ KeyId: named, Plaintext })
      expect([named, await outcomeOf(encrypting)]).toEqual([named, ending])
    }
    const CiphertextBlob = blobIn(await client.encrypt({ KeyId: "alias/red", Plaintext }))
    await expectRefusal(client.decrypt({ CiphertextBlob }), denied)
    await client.decrypt({ CiphertextBlob, KeyId: "alias/red" })
  })

  it("on kms:ResourceAliases sees the aliases of now", async () => {
    const only = { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/red" } }
    const { root, kms, newKey } = await openWorld({
      identities: { [alice]: identityOf({ Condition: only }) },
    })
    const [KeyId, other] = [await newKey(), await newKey()]
    const ending = () => outcomeOf(kms.as(alice).describeKey({ KeyId }))
    expect(await ending()).toBe(denied)
    await root.createAlias({ AliasName: "alias/red", TargetKeyId: KeyId })
    expect(await ending()).toBe("OK")
    await root.updateAlias({ AliasName: "alias/red", TargetKeyId: other })
    expect(await ending()).toBe(denied)
    await root.updateAlias({ AliasName: "alias/red", TargetKeyId: KeyId })
    expect(await ending()).toBe("OK")
    await root.deleteAlias({ AliasName: "alias/red" })
    expect(await ending()).toBe(denied)
  })

  it("on a tag sees the tags of now in an identity policy", async () => {
    const only = { StringEquals: { "aws:ResourceTag/team": "red" } }
    const { root, kms, newKey } = await openWorld({
      identities: { [alice]: identityOf({ Condition: only }) },
    })
    const KeyId = await newKey({ Tags: [{ TagKey: "team", TagValue: "red" }] })
    const client = kms.as(alice)
    await client.describeKey({ KeyId })
    await root.tagResource({ KeyId, Tags: [{ TagKey: "team", TagValue: "blue" }] })
    await expectRefusal(client.describeKey({ KeyId }), denied)
  })

  it("on the encryption context sees its pairs, and does not match without them", async () => {
    const world = await openWorld()
    const { kms, newKey } = world
    const KeyId = await newKey({
      Policy: keyPolicyOf(
        { Principal: { AWS: rootOf(account) } },
        {
          Principal: { AWS: alice },
          Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"],
          Condition: {
            StringEquals: { "kms:EncryptionContext:Tenant": "42" },
            "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["Tenant", "tenant", "x"] },
          },
        },
      ),
    })
    const client = kms.as(alice)
    for (const [EncryptionContext, ending] of [
      [{ Tenant: "42" }, "OK"],
      [{ tenant: "42" }, "OK"],
      [{ Tenant: "42", x: "1" }, "OK"],
      [{ Tenant: "42", y: "1" }, denied],
      [{ Tenant: "43" }, denied],
      [{ Tenant: "42 " }, denied],
      [{}, denied],
      [undefined, denied],
      [{ Tenant: "42", tenant: "43" }, denied],
    ] as const) {
      const encrypting = client.encrypt({ KeyId, Plaintext, EncryptionContext })
      expect([EncryptionContext, await outcomeOf(encrypting)]).toEqual([EncryptionContext, ending])
      const making = client.generateDataKey({ KeyId, KeySpec: "AES_128", EncryptionContext })
      expect([EncryptionContext, await outcomeOf(making)]).toEqual([EncryptionContext, ending])
    }
    const CiphertextBlob = blobIn(
      await client.encrypt({ KeyId, Plaintext, EncryptionContext: { Tenant: "42" } }),
    )
    await client.decrypt({ CiphertextBlob, EncryptionContext: { Tenant: "42" } })
    await expectRefusal(client.decrypt({ CiphertextBlob }), denied)
  })

  it("on the encryption context of ReEncrypt sees each side its own", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const only = (Action: string, value: string) =>
      keyPolicyOf(
        { Action: ["kms:PutKeyPolicy", "kms:Encrypt"] },
        { Action, Condition: { StringEquals: { "kms:EncryptionContext:side": value } } },
      )
    const KeyId = await newKey({ Policy: only("kms:ReEncryptFrom", "from") })
    const DestinationKeyId = await newKey({ Policy: only("kms:ReEncryptTo", "to") })
    const from = { side: "from" }
    const reply = await root.encrypt({ KeyId, Plaintext, EncryptionContext: from })
    const CiphertextBlob = blobIn(reply)
    const move = (to: Record<string, string>) =>
      root.reEncrypt({
        CiphertextBlob,
        DestinationKeyId,
        SourceEncryptionContext: from,
        DestinationEncryptionContext: to,
      })
    await move({ side: "to" })
    await expectRefusal(move({ side: "from" }), denied)
  })

  it("on kms:EncryptionAlgorithm sees the default", async () => {
    const { client, KeyId } = await keyUnless({
      StringEquals: { "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT" },
    })
    await expectRefusal(client.encrypt({ KeyId, Plaintext }), denied)
    await client.describeKey({ KeyId })
  })

  it("on the waiting period sees the default", async () => {
    const { root, newKey } = await openWorld()
    const Policy = keyPolicyOf(
      {},
      {
        Effect: "Deny",
        Action: "kms:ScheduleKeyDeletion",
        Condition: { NumericLessThan: { "kms:ScheduleKeyDeletionPendingWindowInDays": "30" } },
      },
    )
    const KeyId = await newKey({ Policy })
    await expectRefusal(root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 29 }), denied)
    await root.scheduleKeyDeletion({ KeyId })
  })

  it("on the tags of the request sees those of TagResource and UntagResource", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({
      Policy: keyPolicyOf(
        {},
        {
          Effect: "Deny",
          Action: ["kms:TagResource", "kms:UntagResource"],
          Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": "team" } },
        },
        {
          Effect: "Deny",
          Action: "kms:TagResource",
          Condition: { StringEquals: { "aws:RequestTag/stage": "prod" } },
        },
      ),
    })
    const tag = (TagKey: string, TagValue: string) =>
      root.tagResource({ KeyId, Tags: [{ TagKey, TagValue }] })
    await expectRefusal(tag("team", "x"), denied)
    await expectRefusal(root.untagResource({ KeyId, TagKeys: ["team"] }), denied)
    await expectRefusal(tag("stage", "prod"), denied)
    await tag("stage", "test")
  })

  it("on the tags of a principal sees those that the directory gives", async () => {
    const { kms, newKey } = await openWorld({
      identities: {
        [app]: {
          ...identityOf({
            Condition: {
              StringEquals: { "aws:ResourceTag/team": "$" + "{aws:PrincipalTag/team}" },
            },
          }),
          tags: { Team: "red" },
        },
      },
    })
    const red = await newKey({ Tags: [{ TagKey: "team", TagValue: "red" }] })
    const blue = await newKey({ Tags: [{ TagKey: "team", TagValue: "blue" }] })
    await kms.as(app).describeKey({ KeyId: red })
    await expectRefusal(kms.as(app).describeKey({ KeyId: blue }), denied)
  })
})
