import { describe, expect, it } from "vitest"
import {
  account,
  aliasArnOf,
  keyArnOf,
  otherAccount,
  roleOf,
  rootOf,
  unknownKeyId,
  userOf,
} from "../support/accounts.js"
import { startMs } from "../support/clock.js"
import { keyPolicyOf } from "../support/policies.js"
import { expectRefusal, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"

const Plaintext = Uint8Array.of(1, 2, 3)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe("the audit event of a call that was allowed", () => {
  it("says who did what to which key, when, where and why", async () => {
    const { kms, root, newKey, events } = await openWorld()
    const KeyId = await newKey()
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    const client = kms.as(kms.administrator, { sourceIp: "203.0.113.7", sourceVpce: "vpce-1" })
    const reply = await client.encrypt({
      KeyId: "alias/x",
      Plaintext,
      EncryptionContext: { tenant: "42" },
    })
    const event = events.at(-1)
    expect(event).toMatchObject({
      eventId: expect.stringMatching(uuid),
      requestId: reply.$metadata.requestId,
      eventTime: new Date(startMs),
      eventName: "Encrypt",
      region: "us-east-1",
      userIdentity: { type: "Root", arn: rootOf(account), accountId: account },
      sourceIp: "203.0.113.7",
      vpcEndpointId: "vpce-1",
      readOnly: true,
      resources: [{ arn: keyArnOf(KeyId), accountId: account }],
      keyMaterialIds: [expect.stringMatching(/^[0-9a-f]{64}$/)],
      decisions: [{ effect: "allow" }],
    })
    expect(event?.errorCode).toBeUndefined()
    expect(event?.errorMessage).toBeUndefined()
    expect(event?.eventId).not.toBe(event?.requestId)
  })

  it("says what TLS agreed on, where the host knows it", async () => {
    const { kms, events } = await openWorld()
    const tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }
    await kms.as(kms.administrator, { tls: { ...tls, group: "X25519MLKEM768" } }).listKeys({})
    expect(events.at(-1)?.tlsDetails).toEqual({
      ...{ tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" },
      keyExchange: "X25519MLKEM768",
    })
    await kms.as(kms.administrator).listKeys({})
    expect(events.at(-1)).not.toHaveProperty("tlsDetails")
  })

  it("is one for each call, in their order", async () => {
    const { root, newKey, events } = await openWorld()
    const KeyId = await newKey()
    await root.disableKey({ KeyId })
    await root.enableKey({ KeyId })
    await root.listKeys({})
    expect(events.map(({ eventName, readOnly }) => [eventName, readOnly])).toEqual([
      ["CreateKey", false],
      ["DisableKey", false],
      ["EnableKey", false],
      ["ListKeys", true],
    ])
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(4)
  })

  it("is one also when the change had to be made twice", async () => {
    const { root, newKey, events } = await openWorld()
    const KeyId = await newKey()
    const count = events.length
    await Promise.all(
      [1, 2, 3].map((i) => root.tagResource({ KeyId, Tags: [{ TagKey: `${i}`, TagValue: "" }] })),
    )
    expect(events.length - count).toBe(3)
    for (const event of events.slice(count)) {
      expect(event.decisions).toHaveLength(1)
      expect(event.resources).toHaveLength(1)
    }
  })

  it("names both keys of ReEncrypt and the key that CreateKey made", async () => {
    const { root, newKey, events } = await openWorld()
    const KeyId = await newKey()
    expect(events.at(-1)?.resources).toEqual([{ arn: keyArnOf(KeyId), accountId: account }])
    const DestinationKeyId = await newKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    await root.reEncrypt({ CiphertextBlob, DestinationKeyId })
    const event = events.at(-1)
    expect(event?.resources.map(({ arn }) => arn)).toEqual([
      keyArnOf(KeyId),
      keyArnOf(DestinationKeyId),
    ])
    expect(event?.keyMaterialIds).toHaveLength(2)
    expect(event?.decisions).toHaveLength(2)
  })

  it.each([
    [userOf(account), {}, "IAMUser", userOf(account)],
    [roleOf(account), {}, "AssumedRole", `arn:aws:sts::${account}:assumed-role/App/keywright`],
    [
      roleOf(account),
      { sessionName: "s1" },
      "AssumedRole",
      `arn:aws:sts::${account}:assumed-role/App/s1`,
    ],
    [
      `arn:aws:sts::${account}:federated-user/bob`,
      {},
      "FederatedUser",
      `arn:aws:sts::${account}:federated-user/bob`,
    ],
    ["s3.amazonaws.com", {}, "AWSService", "s3.amazonaws.com"],
  ] as const)("knows %s with %o as %s", async (principal, context, type, arn) => {
    const { kms, events } = await openWorld()
    await refusalOf(kms.as(principal, context).listKeys({}))
    expect(events.at(-1)?.userIdentity).toEqual({ type, arn, accountId: account })
  })
})

type Shown = readonly (readonly [operation: string, input: object, parameters: object])[]

const context = { tenant: "42" }
const algorithm = { encryptionAlgorithm: "SYMMETRIC_DEFAULT" }
const Policy = keyPolicyOf({})
const Tags = [{ TagKey: "a", TagValue: "b" }]

/** What uses of keys show: the facts' table of request parameters. */
const shownByUses = (KeyId: string, other: string, CiphertextBlob: Uint8Array): Shown => [
  [
    "Encrypt",
    { KeyId, Plaintext, EncryptionContext: context, GrantTokens: [] },
    { keyId: KeyId, encryptionContext: context, ...algorithm },
  ],
  [
    "Encrypt",
    { KeyId, Plaintext, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" },
    { keyId: KeyId, ...algorithm },
  ],
  ["Decrypt", { CiphertextBlob }, algorithm],
  [
    "ReEncrypt",
    { CiphertextBlob, DestinationKeyId: other, DestinationEncryptionContext: context },
    {
      destinationKeyId: other,
      destinationEncryptionContext: context,
      sourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      destinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    },
  ],
  [
    "GenerateDataKey",
    { KeyId, KeySpec: "AES_256", EncryptionContext: context },
    { keyId: KeyId, keySpec: "AES_256", encryptionContext: context },
  ],
  [
    "GenerateDataKeyWithoutPlaintext",
    { KeyId, NumberOfBytes: 9 },
    { keyId: KeyId, numberOfBytes: 9 },
  ],
  ["GenerateRandom", { NumberOfBytes: 9 }, { numberOfBytes: 9 }],
]

/** What the management of keys shows. */
const shownByManagement = (KeyId: string, other: string): Shown => [
  [
    "CreateKey",
    { Description: "d", Policy, Tags, MultiRegion: true, KeySpec: "SYMMETRIC_DEFAULT" },
    {
      description: "d",
      policy: Policy,
      tags: Tags,
      multiRegion: true,
      keySpec: "SYMMETRIC_DEFAULT",
    },
  ],
  [
    "PutKeyPolicy",
    { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true },
    { keyId: KeyId, policy: Policy, bypassPolicyLockoutSafetyCheck: true },
  ],
  ["GetKeyPolicy", { KeyId, PolicyName: "default" }, { keyId: KeyId, policyName: "default" }],
  ["TagResource", { KeyId, Tags }, { keyId: KeyId, tags: Tags }],
  ["UntagResource", { KeyId, TagKeys: ["a"] }, { keyId: KeyId, tagKeys: ["a"] }],
  ["UpdateKeyDescription", { KeyId, Description: "d" }, { keyId: KeyId, description: "d" }],
  [
    "CreateAlias",
    { AliasName: "alias/x", TargetKeyId: KeyId },
    { aliasName: "alias/x", targetKeyId: KeyId },
  ],
  ["DescribeKey", { KeyId: aliasArnOf("alias/x") }, { keyId: aliasArnOf("alias/x") }],
  [
    "UpdateAlias",
    { AliasName: "alias/x", TargetKeyId: other },
    { aliasName: "alias/x", targetKeyId: other },
  ],
  ["ListAliases", { KeyId: other, Limit: 5 }, { keyId: other, limit: 5 }],
  ["DeleteAlias", { AliasName: "alias/x" }, { aliasName: "alias/x" }],
  [
    "ScheduleKeyDeletion",
    { KeyId, PendingWindowInDays: 7 },
    { keyId: KeyId, pendingWindowInDays: 7 },
  ],
  ["CancelKeyDeletion", { KeyId }, { keyId: KeyId }],
  ["ListKeys", {}, {}],
]

describe("the request parameters of an event", () => {
  it("are what the operation may show and nothing else", async () => {
    const { call, root, newKey, events } = await openWorld()
    const KeyId = await newKey()
    const other = await newKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const shown = [...shownByUses(KeyId, other, CiphertextBlob), ...shownByManagement(KeyId, other)]
    for (const [operation, input, parameters] of shown) {
      await call(operation, { ...input, Unknown: "not shown" })
      const event = events.at(-1)
      expect([operation, event?.eventName, event?.requestParameters]).toEqual([
        operation,
        operation,
        parameters,
      ])
    }
  })

  it("say that a call was a dry run", async () => {
    const { root, newKey, events } = await openWorld()
    const KeyId = await newKey()
    await refusalOf(root.encrypt({ KeyId, Plaintext, DryRun: true }))
    expect(events.at(-1)).toMatchObject({
      errorCode: "DryRunOperationException",
      requestParameters: { keyId: KeyId, dryRun: true },
      keyMaterialIds: [],
    })
  })

  it("are those of the moment of the call", async () => {
    const { root, newKey, events } = await openWorld()
    const KeyId = await newKey()
    const EncryptionContext = { a: "b" }
    await root.encrypt({ KeyId, Plaintext, EncryptionContext })
    EncryptionContext.a = "changed"
    expect(events.at(-1)?.requestParameters).toMatchObject({ encryptionContext: { a: "b" } })
  })
})

describe("the audit event of a call that was refused", () => {
  it.each([
    ["DescribeKey", {}, "ValidationException", userOf(account)],
    ["DescribeKey", { KeyId: unknownKeyId }, "NotFoundException", userOf(account)],
    ["DisableKey", { KeyId: "alias/x" }, "InvalidArnException", userOf(account)],
    ["ListKeys", {}, "AccessDeniedException", userOf(account)],
    ["ListKeys", { Marker: "x" }, "InvalidMarkerException", rootOf(account)],
    ["Sing", {}, "UnknownOperationException", rootOf(account)],
  ] as const)(
    "%s %o: has the error that the caller read",
    async (operation, input, name, principal) => {
      const { call, events } = await openWorld()
      const error = await expectRefusal(call(operation, input, principal), name)
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({
        eventName: operation,
        errorCode: name,
        errorMessage: error.message,
        requestId: error.requestId,
        keyMaterialIds: [],
      })
      expect(error.requestId).toMatch(uuid)
    },
  )

  it("has the decision that refused, and the key", async () => {
    const { kms, newKey, events } = await openWorld()
    const KeyId = await newKey({
      Policy: keyPolicyOf({}, { Sid: "NoEncrypt", Effect: "Deny", Action: "kms:Encrypt" }),
    })
    await refusalOf(kms.as(userOf(account)).encrypt({ KeyId, Plaintext }))
    const event = events.at(-1)
    expect(event?.decisions).toMatchObject([{ effect: "explicitDeny", reason: "keyPolicy" }])
    expect(JSON.stringify(event?.decisions)).toContain("NoEncrypt")
    expect(event?.resources).toEqual([{ arn: keyArnOf(KeyId), accountId: account }])
  })

  it("of a foreign key is told to the host, and not to the caller", async () => {
    const { stranger, newKey, events } = await openWorld()
    const KeyId = await newKey()
    const error = await refusalOf(stranger.describeKey({ KeyId: keyArnOf(KeyId) }))
    expect(events.at(-1)).toMatchObject({
      userIdentity: { accountId: otherAccount },
      errorMessage: error.message,
      resources: [{ arn: keyArnOf(KeyId), accountId: account }],
    })
    expect(error.message).not.toContain(KeyId)
    expect(error.cause).toBeUndefined()
  })
})
