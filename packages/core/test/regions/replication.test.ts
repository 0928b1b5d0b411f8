import { beforeEach, describe, expect, it } from "vitest"
import { connectRegions } from "../../src/connect-regions.js"
import type { KmsOptions } from "../../src/kms-options.js"
import { account, keyArnIn, userOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { keyPolicyOf } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openRegion, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"

let partition: TestPartition
let us: TestRegion
let eu: TestRegion

beforeEach(async () => {
  partition = await openPartition()
  us = partition.region("us-east-1")
  eu = partition.region("eu-west-1")
})

const metadataIn = async ({ root }: TestRegion, KeyId: string) =>
  (await root.describeKey({ KeyId })).KeyMetadata

describe("a replica", () => {
  it("is answered as being created, and is enabled as soon as its material has arrived", async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true, Description: "first" })
    const KeyId = KeyMetadata?.KeyId ?? ""
    const reply = await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    expect(reply.ReplicaKeyMetadata).toMatchObject({
      KeyId,
      Arn: keyArnIn("eu-west-1", KeyId),
      KeyState: "Creating",
      Enabled: false,
      Description: "",
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: "REPLICA",
        PrimaryKey: { Arn: keyArnIn("us-east-1", KeyId), Region: "us-east-1" },
        ReplicaKeys: [{ Arn: keyArnIn("eu-west-1", KeyId), Region: "eu-west-1" }],
      },
    })
    expect("ReplicaTags" in reply).toBe(false)
    const replica = await metadataIn(eu, KeyId)
    expect(replica).toMatchObject({
      ...reply.ReplicaKeyMetadata,
      KeyState: "Enabled",
      Enabled: true,
      CurrentKeyMaterialId: KeyMetadata?.CurrentKeyMaterialId,
    })
    expect((await metadataIn(us, KeyId))?.MultiRegionConfiguration).toMatchObject({
      MultiRegionKeyType: "PRIMARY",
      ReplicaKeys: [{ Region: "eu-west-1" }],
    })
  })

  it("opens what its primary encrypted, and the other way round", async () => {
    const KeyId = await replicatedKey(partition)
    const EncryptionContext = { tenant: "42" }
    for (const [from, to] of [
      [us, eu],
      [eu, us],
    ] as const) {
      const Plaintext = Uint8Array.of(1, 2, 3)
      const CiphertextBlob = blobIn(
        await from.root.encrypt({ KeyId, Plaintext, EncryptionContext }),
      )
      const opened = await to.root.decrypt({ CiphertextBlob, EncryptionContext })
      expect(opened).toMatchObject({ Plaintext, KeyId: keyArnIn(to.name, KeyId) })
      await expectRefusal(to.root.decrypt({ CiphertextBlob }), "InvalidCiphertextException")
    }
  })
})

describe("what a replica has of its own", () => {
  it("is its policy, description and tags, which are not copied", async () => {
    const KeyId = await replicatedKey(partition, {
      Description: "of the primary",
      Tags: [{ TagKey: "team", TagValue: "blue" }],
    })
    expect(await metadataIn(eu, KeyId)).toMatchObject({ Description: "" })
    expect((await eu.root.listResourceTags({ KeyId })).Tags).toEqual([])
    await eu.root.updateKeyDescription({ KeyId, Description: "here" })
    await eu.root.tagResource({ KeyId, Tags: [{ TagKey: "team", TagValue: "red" }] })
    await partition.settle()
    expect(await metadataIn(us, KeyId)).toMatchObject({ Description: "of the primary" })
    expect((await us.root.listResourceTags({ KeyId })).Tags).toEqual([
      { TagKey: "team", TagValue: "blue" },
    ])
  })

  it("can be given when it is made", async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    const Tags = [{ TagKey: "team", TagValue: "red" }]
    const Policy = keyPolicyOf({})
    const own = { Description: "there", Tags, Policy }
    const reply = await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1", ...own })
    expect(reply).toMatchObject({ ReplicaTags: Tags, ReplicaPolicy: Policy })
    expect(await metadataIn(eu, KeyId)).toMatchObject({ Description: "there" })
    expect((await eu.root.listResourceTags({ KeyId })).Tags).toEqual(Tags)
    expect((await eu.root.getKeyPolicy({ KeyId })).Policy).toBe(Policy)
  })

  it("is its state: one key can be disabled and the others go on", async () => {
    const KeyId = await replicatedKey(partition)
    await eu.root.disableKey({ KeyId })
    await partition.settle()
    expect(await metadataIn(us, KeyId)).toMatchObject({ KeyState: "Enabled" })
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const arn = keyArnIn("eu-west-1", KeyId)
    await expectRefusal(
      eu.root.decrypt({ CiphertextBlob }),
      "DisabledException",
      `${arn} is disabled.`,
    )
  })

  it("are its aliases and its grants", async () => {
    const KeyId = await replicatedKey(partition)
    await eu.root.createAlias({ AliasName: "alias/here", TargetKeyId: KeyId })
    const GranteePrincipal = userOf(account)
    await eu.root.createGrant({ KeyId, GranteePrincipal, Operations: ["Decrypt"] })
    await partition.settle()
    expect((await us.root.listAliases({ KeyId })).Aliases).toEqual([])
    expect((await us.root.listGrants({ KeyId })).Grants).toEqual([])
  })
})

describe("ReplicateKey", () => {
  it.each(["eu-west-1", "us-east-1"])(
    "makes one key in each region: %s has one",
    async (ReplicaRegion) => {
      const KeyId = await replicatedKey(partition)
      await expectRefusal(us.root.replicateKey({ KeyId, ReplicaRegion }), "AlreadyExistsException")
    },
  )

  it("makes no second replica while the first one waits for its deletion", async () => {
    const KeyId = await replicatedKey(partition)
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    const again = () => us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await expectRefusal(again(), "AlreadyExistsException")
    partition.clock.advanceDays(7)
    await expectRefusal(eu.root.describeKey({ KeyId }), "NotFoundException")
    await partition.settle()
    await again()
    expect(await metadataIn(eu, KeyId)).toMatchObject({ KeyState: "Enabled" })
  })

  it("does not know a region that was never connected", async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    const call = us.root.replicateKey({ KeyId, ReplicaRegion: "sa-east-1" })
    await expectRefusal(call, "ValidationException")
  })

  it("refuses a single-Region key, and a replica", async () => {
    const { KeyMetadata } = await us.root.createKey({})
    const single = KeyMetadata?.KeyId ?? ""
    const message = (region: string, id: string) =>
      `${keyArnIn(region, id)} is not a multi-region primary key.`
    await expectRefusal(
      us.root.replicateKey({ KeyId: single, ReplicaRegion: "eu-west-1" }),
      "UnsupportedOperationException",
      message("us-east-1", single),
    )
    const KeyId = await replicatedKey(partition)
    await expectRefusal(
      eu.root.replicateKey({ KeyId, ReplicaRegion: "us-east-1" }),
      "UnsupportedOperationException",
      message("eu-west-1", KeyId),
    )
  })

  it("refuses a policy that would lock its caller out of the replica", async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    const Policy = keyPolicyOf({ Principal: { AWS: userOf(account, "nobody") } })
    const input = { KeyId, ReplicaRegion: "eu-west-1", Policy }
    await expectRefusal(us.root.replicateKey(input), "MalformedPolicyDocumentException")
    await us.root.replicateKey({ ...input, BypassPolicyLockoutSafetyCheck: true })
    expect((await metadataIn(us, KeyId))?.MultiRegionConfiguration?.ReplicaKeys).toHaveLength(1)
  })

  it.each([
    ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"],
    ["HMAC_384", "GENERATE_VERIFY_MAC"],
    ["ECC_NIST_P256", "SIGN_VERIFY"],
    ["ECC_NIST_EDWARDS25519", "SIGN_VERIFY"],
    ["ML_DSA_44", "SIGN_VERIFY"],
    ["ML_KEM_768", "ENCAPSULATE_DECAPSULATE"],
  ] as const)("carries a key of %s as it is", async (KeySpec, KeyUsage) => {
    const KeyId = await replicatedKey(partition, { KeySpec, KeyUsage })
    expect(await metadataIn(eu, KeyId)).toMatchObject({ KeySpec, KeyUsage, KeyState: "Enabled" })
    if (KeySpec === "SYMMETRIC_DEFAULT") return
    if (KeySpec === "HMAC_384") {
      const message = { KeyId, Message: Uint8Array.of(7), MacAlgorithm: "HMAC_SHA_384" } as const
      const { Mac = new Uint8Array() } = await us.root.generateMac(message)
      expect(await eu.root.verifyMac({ ...message, Mac })).toMatchObject({ MacValid: true })
      return
    }
    const [here, there] = await Promise.all(
      [us, eu].map(({ root }) => root.getPublicKey({ KeyId })),
    )
    expect(there?.PublicKey).toEqual(here?.PublicKey)
  })
})

describe("who may replicate a key", () => {
  const user = userOf(account, "carol")
  const allow = (Action: unknown, Condition?: object) => ({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action, Resource: "*", ...(Condition && { Condition }) },
  })

  const attempt = async (policies: readonly object[], input: object = {}) => {
    const identities = { [user]: { policies } } as KmsOptions["identities"]
    const own = await openPartition(undefined, () => ({ identities }))
    const [first] = own.regions
    const { KeyMetadata } = await (first as TestRegion).root.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    const client = (first as TestRegion).kms.as(user)
    return outcomeOf(client.replicateKey({ KeyId, ReplicaRegion: "eu-west-1", ...input }))
  }
  const Tags = [{ TagKey: "a", TagValue: "b" }]
  const both = ["kms:ReplicateKey", "kms:CreateKey"]
  const inRegion = (key: string, region: string) => ({ StringEquals: { [key]: region } })

  it.each([
    ["who may do both", [allow(both)], {}, "OK"],
    ["who may replicate and not create", [allow("kms:ReplicateKey")], {}, "AccessDeniedException"],
    ["who may create and not replicate", [allow("kms:CreateKey")], {}, "AccessDeniedException"],
    ["who may not tag, and does", [allow(both)], { Tags }, "AccessDeniedException"],
    ["who may tag", [allow([...both, "kms:TagResource"])], { Tags }, "OK"],
    [
      "who may replicate to that region",
      [
        allow("kms:ReplicateKey", inRegion("kms:ReplicaRegion", "eu-west-1")),
        allow("kms:CreateKey"),
      ],
      {},
      "OK",
    ],
    [
      "who may replicate to another region",
      [
        allow("kms:ReplicateKey", inRegion("kms:ReplicaRegion", "ap-south-1")),
        allow("kms:CreateKey"),
      ],
      {},
      "AccessDeniedException",
    ],
    [
      "who may create in that region",
      [
        allow("kms:ReplicateKey"),
        allow("kms:CreateKey", inRegion("aws:RequestedRegion", "eu-west-1")),
      ],
      {},
      "OK",
    ],
    [
      "who may create in the primary's region",
      [
        allow("kms:ReplicateKey"),
        allow("kms:CreateKey", inRegion("aws:RequestedRegion", "us-east-1")),
      ],
      {},
      "AccessDeniedException",
    ],
    [
      "who may create replicas",
      [
        allow("kms:ReplicateKey"),
        allow("kms:CreateKey", inRegion("kms:MultiRegionKeyType", "REPLICA")),
      ],
      {},
      "OK",
    ],
  ] as const)("%s", async (_, policies, input, outcome) => {
    expect(await attempt(policies, input)).toBe(outcome)
  })

  it("is told apart by what the key is: a statement for primaries is none for replicas", async () => {
    const condition = { StringEquals: { "kms:MultiRegionKeyType": "PRIMARY" } }
    const identities = { [user]: { policies: [allow("kms:Encrypt", condition)] } }
    const own = await openPartition(undefined, () => ({ identities }) as Partial<KmsOptions>)
    const KeyId = await replicatedKey(own)
    const encrypt = ({ kms }: TestRegion) =>
      outcomeOf(kms.as(user).encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    expect(await encrypt(own.region("us-east-1"))).toBe("OK")
    expect(await encrypt(own.region("eu-west-1"))).toBe("AccessDeniedException")
  })
})

describe("a single-Region key", () => {
  it("stays where it is: its ciphertext opens nowhere else", async () => {
    const { KeyMetadata } = await us.root.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    expect(KeyMetadata).toMatchObject({ MultiRegion: false })
    expect(KeyMetadata).not.toHaveProperty("MultiRegionConfiguration")
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    await expectRefusal(eu.root.decrypt({ CiphertextBlob }), "AccessDeniedException")
  })
})

describe("regions", () => {
  it("are connected by `connectRegions`, again and again", async () => {
    const hosts = await connectRegions([us.kms, eu.kms])
    expect(hosts).toEqual([us.kms, eu.kms])
    await connectRegions(hosts)
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    expect(await metadataIn(eu, KeyId)).toMatchObject({ KeyState: "Enabled" })
  })

  it("are of one partition, and each is there once", async () => {
    await expect(connectRegions([us.kms, us.kms])).rejects.toThrow(TypeError)
    const china = await openRegion("eu-west-1", { partition: "aws-cn" })
    await expect(connectRegions([us.kms, china.kms])).rejects.toThrow(TypeError)
  })

  it.each([
    ["us-east-1", "aws"],
    ["eu-central-2", "aws"],
    ["us-gov-west-1", "aws-us-gov"],
    ["cn-north-1", "aws-cn"],
    ["us-iso-east-1", "aws-iso"],
    ["us-isob-east-1", "aws-iso-b"],
    ["eu-isoe-west-1", "aws-iso-e"],
    ["us-isof-south-1", "aws-iso-f"],
    ["eusc-de-east-1", "aws-eusc"],
  ])("are of the partition that their name says: %s is of %s", async (region, partition) => {
    const kms = await openHost({ region })
    expect(kms).toMatchObject({ partition, administrator: `arn:${partition}:iam::${account}:root` })
    const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
    const KeyId = KeyMetadata?.KeyId
    expect(KeyMetadata?.Arn).toBe(`arn:${partition}:kms:${region}:${account}:key/${KeyId}`)
    const { Policy } = await kms.as(kms.administrator).getKeyPolicy({ KeyId })
    expect(Policy).toContain(`"arn:${partition}:iam::${account}:root"`)
  })

  it("of two partitions do not connect, by whatever door", async () => {
    const gov = await openHost({ region: "us-gov-west-1" })
    await expect(connectRegions([us.kms, gov])).rejects.toThrow(/of one partition/)
    const replicationKey = await gov.regions.replicationKey()
    const link = { deliver: gov.regions.receive }
    const peer = { region: "us-gov-west-1", replicationKey, link }
    await expect(us.kms.regions.connect(peer)).rejects.toThrow(/of the same partition/)
  })

  it("are known by one replication key: another one under the same name is refused", async () => {
    const imposter = await openRegion("eu-west-1")
    const joining = connectRegions([us.kms, imposter.kms])
    await expect(joining).rejects.toMatchObject({ name: "RegionError", code: "unknown-region" })
  })

  it("have one replication key, whichever host is asked, and however often", async () => {
    const twin = await openRegion("us-east-1", { storage: us.storage })
    const keys = await Promise.all([us, twin, us].map(({ kms }) => kms.regions.replicationKey()))
    expect(new Set(keys.map((key) => key.join())).size).toBe(1)
  })

  it("go on alone: with every other region down, a replica serves all that it can", async () => {
    const KeyId = await replicatedKey(partition)
    partition.cut("us-east-1")
    const CiphertextBlob = blobIn(await eu.root.encrypt({ KeyId, Plaintext: Uint8Array.of(5) }))
    expect(await eu.root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext: Uint8Array.of(5) })
    await eu.root.disableKey({ KeyId })
    await eu.root.enableKey({ KeyId })
    await eu.root.createKey({ MultiRegion: true })
  })
})
