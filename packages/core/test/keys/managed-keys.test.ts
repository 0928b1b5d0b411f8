import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { managedAliasNames } from "../../src/model/managed-keys.js"
import type { catalogue } from "../../src/operations/catalogue.js"
import { managedServices } from "../../src/vocabulary/managed-services.js"
import { account, aliasArnOf, keyArnOf, otherAccount, rootOf, userOf } from "../support/accounts.js"
import { createClock, dayMs, startMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { keyPolicyOf, mayDoAll } from "../support/policies.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { faultyStorage } from "../support/storages.js"
import { openWorld, type World } from "../support/world.js"

const AliasName = "alias/aws/ebs"
const Plaintext = Uint8Array.of(1)
const viaEbs = { viaService: "ec2.us-east-1.amazonaws.com" }
const identities = { [userOf(account)]: mayDoAll }

/** A user of the account, directly and through the service. */
const usersOf = ({ kms }: World) => ({
  direct: kms.as(userOf(account)),
  throughEbs: kms.as(userOf(account), viaEbs),
})

const keysOf = async ({ root }: World) => (await root.listKeys({})).Keys ?? []

describe("a predefined alias", () => {
  it("is listed before it has a key, without target and dates, in every account", async () => {
    const { root, stranger } = await openWorld()
    for (const [client, owner] of [
      [root, account],
      [stranger, otherAccount],
    ] as const) {
      const { Aliases } = await client.listAliases({ Limit: 100 })
      expect(Aliases).toEqual(
        managedAliasNames.map((name) => ({
          AliasName: name,
          AliasArn: aliasArnOf(name, owner),
        })),
      )
    }
    expect(managedAliasNames).toHaveLength(Object.keys(managedServices).length)
  })

  it("gets its key when it is described, and keeps it", async () => {
    const world = await openWorld()
    const { KeyMetadata } = await world.root.describeKey({ KeyId: AliasName })
    expect(KeyMetadata).toMatchObject({
      KeyManager: "AWS",
      KeyState: "Enabled",
      Enabled: true,
      KeySpec: "SYMMETRIC_DEFAULT",
      Origin: "AWS_KMS",
      MultiRegion: false,
      CreationDate: new Date(startMs),
      Description: "Default key that protects my EBS volumes when no other key is defined",
    })
    const again = await world.root.describeKey({ KeyId: aliasArnOf(AliasName) })
    expect(again.KeyMetadata).toEqual(KeyMetadata)
    expect((await keysOf(world)).map(({ KeyId }) => KeyId)).toEqual([KeyMetadata?.KeyId])
    const { Aliases } = await world.root.listAliases({ Limit: 100 })
    expect(Aliases).toHaveLength(managedAliasNames.length)
    expect(Aliases?.find((alias) => alias.AliasName === AliasName)).toEqual({
      AliasName,
      AliasArn: aliasArnOf(AliasName),
      TargetKeyId: KeyMetadata?.KeyId,
      CreationDate: new Date(startMs),
      LastUpdatedDate: new Date(startMs),
    })
    const ofKey = await world.root.listAliases({ KeyId: KeyMetadata?.KeyId })
    expect(ofKey.Aliases).toHaveLength(1)
  })

  it("gets its key when its service uses it for a principal of the account", async () => {
    const world = await openWorld({ identities })
    const { throughEbs } = usersOf(world)
    const CiphertextBlob = blobIn(await throughEbs.encrypt({ KeyId: AliasName, Plaintext }))
    expect((await throughEbs.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    expect(await keysOf(world)).toHaveLength(1)
    const [event] = world.events
    const [key] = await keysOf(world)
    expect(event?.resources).toEqual([{ arn: key?.KeyArn, accountId: account }])
  })

  it("stays without a key when a call is refused, invalid, or a dry run", async () => {
    const world = await openWorld({ identities })
    const { direct, throughEbs } = usersOf(world)
    const before = await dumpOf(world.storage)
    const stranger = world.kms.as(rootOf(otherAccount), viaEbs)
    const bob = world.kms.as(userOf(account, "bob"))
    const calls = [
      () => direct.encrypt({ KeyId: AliasName, Plaintext }),
      () => world.root.generateDataKey({ KeyId: AliasName, KeySpec: "AES_256" }),
      () => bob.describeKey({ KeyId: AliasName }),
      () => stranger.describeKey({ KeyId: aliasArnOf(AliasName) }),
    ]
    for (const call of calls) {
      const { message } = await expectRefusal(call(), "AccessDeniedException", /on this resource/)
      expect(message).not.toContain("00000000")
    }
    const dry = throughEbs.encrypt({ KeyId: AliasName, Plaintext, DryRun: true })
    await expectRefusal(dry, "DryRunOperationException")
    const mac = { KeyId: AliasName, Message: Plaintext, MacAlgorithm: "HMAC_SHA_256" } as const
    await expectRefusal(throughEbs.generateMac(mac), "AccessDeniedException")
    await world.kms.explain(userOf(account), "DescribeKey", { KeyId: AliasName })
    expect(await dumpOf(world.storage)).toEqual(before)
    expect(world.events.flatMap(({ resources }) => resources)).toEqual([])
  })

  it("of no service that has one is not found", async () => {
    const { root } = await openWorld()
    for (const KeyId of ["alias/aws/none", "alias/aws/", "alias/aws/constructor", "alias/ebs"]) {
      await expectRefusal(
        root.describeKey({ KeyId }),
        "NotFoundException",
        `Alias ${aliasArnOf(KeyId)} is not found.`,
      )
    }
  })

  it("gets one key when two hosts make it at once", async () => {
    const storage = createMemoryStorage()
    const hosts = await Promise.all([openHost({ storage }), openHost({ storage })])
    const replies = await Promise.all(
      hosts.map((kms) => kms.as(kms.administrator).describeKey({ KeyId: AliasName })),
    )
    expect(new Set(replies.map(({ KeyMetadata }) => KeyMetadata?.KeyId)).size).toBe(1)
    expect(Object.keys(await dumpOf(storage)).filter((key) => /^key/.test(key))).toHaveLength(1)
  })

  it("gets its key whole or not at all when storage fails on the way", async () => {
    for (const moment of ["before", "after"] as const) {
      for (let calls = 0; ; calls += 1) {
        const storage = createMemoryStorage()
        const faulty = faultyStorage(storage)
        const kms = await openHost({ storage: faulty })
        const root = kms.as(kms.administrator)
        faulty.breakAfter(calls, moment)
        const first = await root.describeKey({ KeyId: AliasName }).catch(() => undefined)
        const broke = faulty.mend()
        const { KeyMetadata } = await root.describeKey({ KeyId: AliasName })
        expect(KeyMetadata?.KeyManager).toBe("AWS")
        expect(Object.keys(await dumpOf(storage)).filter((key) => /^key/.test(key))).toHaveLength(1)
        if (broke) continue
        expect(first).toBeDefined()
        break
      }
    }
  })
})

describe("the key policy of an AWS managed key", () => {
  it("lets the principals of the account use it through its service alone", async () => {
    const world = await openWorld({ identities })
    const { direct, throughEbs } = usersOf(world)
    const KeyId = (await world.root.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId ?? ""
    const { Policy = "" } = await world.root.getKeyPolicy({ KeyId })
    expect(JSON.parse(Policy).Statement).toMatchObject([
      {
        Principal: { AWS: "*" },
        Condition: {
          StringEquals: {
            "kms:CallerAccount": account,
            "kms:ViaService": "ec2.us-east-1.amazonaws.com",
          },
        },
      },
      { Principal: { AWS: rootOf(account) } },
    ])
    await throughEbs.encrypt({ KeyId, Plaintext })
    await throughEbs.createGrant({
      KeyId,
      GranteePrincipal: userOf(account, "bob"),
      Operations: ["Decrypt"],
    })
    const throughS3 = world.kms.as(userOf(account), { viaService: "s3.us-east-1.amazonaws.com" })
    for (const client of [direct, throughS3, world.root]) {
      await expectRefusal(client.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    }
    const foreign = world.kms.as(rootOf(otherAccount), viaEbs)
    const named = { KeyId: keyArnOf(KeyId), Plaintext }
    await expectRefusal(foreign.encrypt(named), "AccessDeniedException")
  })

  it.each(managedAliasNames)("of %s is for this region and partition", async (name) => {
    const kms = await openHost({ partition: "aws-cn", region: "cn-north-1" })
    const root = kms.as(kms.administrator)
    const { KeyMetadata } = await root.describeKey({ KeyId: name })
    const { Policy = "" } = await root.getKeyPolicy({ KeyId: KeyMetadata?.KeyId })
    expect(Policy).toMatch(/"kms:ViaService":"[a-z0-9]+\.cn-north-1\.amazonaws\.com\.cn"/)
    expect(Policy).toContain(`arn:aws-cn:iam::${account}:root`)
  })
})

/** What a customer may not do with a key that AWS manages, as the input besides the key. */
const forbidden = {
  CancelKeyDeletion: {},
  CreateGrant: { GranteePrincipal: userOf(account), Operations: ["Decrypt"] },
  DeleteImportedKeyMaterial: {},
  DisableKey: {},
  DisableKeyRotation: {},
  EnableKey: {},
  EnableKeyRotation: { RotationPeriodInDays: 90 },
  PutKeyPolicy: { Policy: keyPolicyOf({}), BypassPolicyLockoutSafetyCheck: true },
  ReplicateKey: { ReplicaRegion: "eu-west-1" },
  RotateKeyOnDemand: {},
  ScheduleKeyDeletion: {},
  TagResource: { Tags: [{ TagKey: "a", TagValue: "b" }] },
  UntagResource: { TagKeys: ["a"] },
  UpdateKeyDescription: { Description: "mine" },
  UpdatePrimaryRegion: { PrimaryRegion: "eu-west-1" },
} as const satisfies { readonly [name in keyof typeof catalogue]?: object }

describe("an AWS managed key", () => {
  it("cannot be changed, tagged, rotated, disabled or deleted by anybody", async () => {
    const world = await openWorld({ identities })
    const { KeyMetadata } = await world.root.describeKey({ KeyId: AliasName })
    const before = await dumpOf(world.storage)
    for (const principal of [rootOf(account), userOf(account)]) {
      for (const [operation, input] of Object.entries(forbidden)) {
        const call = world.call(operation, { KeyId: KeyMetadata?.KeyId, ...input }, principal)
        await expectRefusal(call, "AccessDeniedException", new RegExp(`kms:${operation}`))
      }
    }
    expect(await dumpOf(world.storage)).toEqual(before)
  })

  it("has the alias that it has, and no other", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const TargetKeyId = (await root.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId
    await expectRefusal(
      root.createAlias({ AliasName: "alias/x", TargetKeyId }),
      "AccessDeniedException",
    )
    await root.createAlias({ AliasName: "alias/own", TargetKeyId: await newKey() })
    await expectRefusal(
      root.updateAlias({ AliasName: "alias/own", TargetKeyId }),
      "AccessDeniedException",
    )
    const other = await newKey()
    for (const call of [
      () => root.deleteAlias({ AliasName }),
      () => root.updateAlias({ AliasName, TargetKeyId: other }),
      () => root.createAlias({ AliasName: "alias/aws/mine", TargetKeyId: other }),
    ]) {
      await expectRefusal(call(), "NotAuthorizedException")
    }
  })

  it("shows its policy, its grants and its rotation, which happens every year", async () => {
    const world = await openWorld({ identities })
    const { throughEbs } = usersOf(world)
    const { root, clock, kms } = world
    const KeyId = (await root.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId ?? ""
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: new Date(startMs + 365 * dayMs),
    })
    expect((await root.listGrants({ KeyId })).Grants).toEqual([])
    expect((await root.listResourceTags({ KeyId })).Tags).toEqual([])
    const CiphertextBlob = blobIn(await throughEbs.encrypt({ KeyId, Plaintext }))
    clock.advanceDays(365)
    expect((await kms.sweep()).keysRotated).toBe(1)
    expect((await throughEbs.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    const { Rotations } = await root.listKeyRotations({ KeyId })
    expect(Rotations).toMatchObject([{ RotationType: "AUTOMATIC" }])
  })

  it("is not one of another service, nor of another account", async () => {
    const { root, stranger } = await openWorld({ clock: createClock() })
    const ids = await Promise.all([
      root.describeKey({ KeyId: AliasName }),
      root.describeKey({ KeyId: "alias/aws/s3" }),
      stranger.describeKey({ KeyId: AliasName }),
    ])
    expect(new Set(ids.map(({ KeyMetadata }) => KeyMetadata?.KeyId)).size).toBe(3)
  })

  it("that Decrypt names is not made for a ciphertext of another key", async () => {
    const world = await openWorld({ identities })
    const CiphertextBlob = blobIn(
      await world.root.encrypt({ KeyId: await world.newKey(), Plaintext }),
    )
    const { throughEbs } = usersOf(world)
    const decrypting = throughEbs.decrypt({ KeyId: AliasName, CiphertextBlob })
    expect((await refusalOf(decrypting)).name).toBe("IncorrectKeyException")
    expect(await keysOf(world)).toHaveLength(1)
  })
})
