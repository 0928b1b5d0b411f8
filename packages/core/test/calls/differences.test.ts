import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account, roleOf, userOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { openHsmStore } from "../support/key-stores.js"
import { openPartition } from "../support/partition.js"
import { identityOf, keyPolicyOf } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"

/*
 * The names of these tests are printed into docs/differences-from-aws.md.
 */

const Plaintext = Uint8Array.of(1)

describe("Time", () => {
  it(
    "every change is honoured by the next call: nothing is eventually consistent, and a " +
      "grant works without its token",
    async () => {
      const { root, kms, newKey } = await openWorld()
      const KeyId = await newKey()
      const app = kms.as(roleOf(account))
      const grant = { KeyId, GranteePrincipal: roleOf(account), Operations: ["Encrypt" as const] }
      const { GrantId } = await root.createGrant(grant)
      await app.encrypt({ KeyId, Plaintext })
      await root.revokeGrant({ KeyId, GrantId })
      await expectRefusal(app.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    },
  )

  it("a key is gone at the moment of its deletion date, where AWS may take a day more", async () => {
    const { root, newKey, clock } = await openWorld()
    const KeyId = await newKey()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(7)
    await expectRefusal(root.cancelKeyDeletion({ KeyId }), "NotFoundException")
  })

  it(
    "ListKeys may name a primary key that has ended because its last replica has, until " +
      "somebody asks for the key",
    async () => {
      const { regions, clock } = await openPartition()
      const [us, eu] = regions.map(({ root }) => root) as [KmsClient, KmsClient]
      const { KeyMetadata } = await us.createKey({ MultiRegion: true })
      const KeyId = KeyMetadata?.KeyId ?? ""
      await us.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
      for (const root of [us, eu]) {
        await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
      }
      clock.advanceDays(14)
      expect((await us.listKeys({})).Keys).toHaveLength(1)
      await expectRefusal(us.describeKey({ KeyId }), "NotFoundException")
      expect((await us.listKeys({})).Keys).toEqual([])
    },
  )

  it(
    "a rotation is done when the call that asks for it returns, so " +
      "`OnDemandRotationStartDate` never shows",
    async () => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey()
      await root.enableKeyRotation({ KeyId })
      await root.rotateKeyOnDemand({ KeyId })
      const status = await root.getKeyRotationStatus({ KeyId })
      expect(Object.keys(status)).not.toContain("OnDemandRotationStartDate")
      expect((await root.listKeyRotations({ KeyId })).Rotations).toHaveLength(1)
    },
  )

  it(
    "of several automatic rotations that nobody was there to do, one is done, with the " +
      "date of the last",
    async () => {
      const { root, newKey, clock } = await openWorld()
      const KeyId = await newKey()
      await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
      clock.advanceDays(1000)
      await root.encrypt({ KeyId, Plaintext })
      expect((await root.listKeyRotations({ KeyId })).Rotations).toHaveLength(1)
    },
  )

  it("a custom key store is connected when ConnectCustomKeyStore returns", async () => {
    const store = await openHsmStore()
    expect((await store.entry())["ConnectionState"]).toBe("CONNECTED")
  })

  it("the last usage of a key is tracked from its creation on, whenever that was", async () => {
    const { root, newKey } = await openWorld()
    const reply = await root.getKeyLastUsage({ KeyId: await newKey() })
    expect(reply.TrackingStartDate).toEqual(reply.KeyCreationDate)
  })

  it("the last usage names an audit event only where the host has an audit sink", async () => {
    const kms = await openHost()
    const root = kms.as(kms.administrator)
    const { KeyMetadata } = await root.createKey({})
    const KeyId = KeyMetadata?.KeyId
    await root.encrypt({ KeyId, Plaintext })
    const { KeyLastUsage } = await root.getKeyLastUsage({ KeyId })
    expect(Object.keys(KeyLastUsage ?? {})).toEqual(["Operation", "Timestamp", "KmsRequestId"])
  })
})

describe("Callers and policies", () => {
  it(
    "a caller is who the host says: nothing is authenticated, and a service calls from " +
      "the account of the engine",
    async () => {
      const { kms, newKey } = await openWorld()
      const Service = "logs.us-east-1.amazonaws.com"
      const KeyId = await newKey({
        Policy: keyPolicyOf({}, { Principal: { Service }, Action: "kms:Encrypt" }),
      })
      await kms.as(Service).encrypt({ KeyId, Plaintext })
    },
  )

  it(
    "what only a host can know of a caller, as `aws:userid`, `aws:TokenIssueTime` and " +
      "`aws:PrincipalOrgID`, is absent where the host does not say it",
    async () => {
      const absent = ["aws:userid", "aws:TokenIssueTime", "aws:PrincipalOrgID"]
      const Condition = { Null: Object.fromEntries(absent.map((key) => [key, "true"])) }
      const identities = { [roleOf(account)]: identityOf({ Condition }) }
      const { kms } = await openWorld({ identities })
      await kms.as(roleOf(account)).listKeys({})
    },
  )

  it(
    "a key policy may name principals that do not exist: the engine knows no directory of " +
      "them",
    async () => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey()
      const AWS = [userOf(account, "nobody-is-called-that"), `arn:aws:iam::${account}:root`]
      await root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({ Principal: { AWS } }) })
    },
  )

  it(
    "multi-Region keys need no `iam:CreateServiceLinkedRole`, and key stores no " +
      "permission of another service",
    async () => {
      const identities = { [userOf(account)]: identityOf({ Action: "kms:CreateKey" }) }
      const { kms } = await openWorld({ identities })
      await kms.as(userOf(account)).createKey({ MultiRegion: true })
    },
  )

  it(
    "an AWS managed key is made when its service uses it, which the host says with " +
      "`viaService`, or when it is described; a direct use of one that was not made is " +
      "denied, where AWS does not find it",
    async () => {
      const { root } = await openWorld()
      const using = root.encrypt({ KeyId: "alias/aws/s3", Plaintext })
      await expectRefusal(using, "AccessDeniedException")
      await root.describeKey({ KeyId: "alias/aws/s3" })
    },
  )
})

describe("Limits", () => {
  it("request rates are not bounded unless the host asks for it", async () => {
    const { root } = await openWorld()
    const creating = Array.from({ length: 30 }, () => outcomeOf(root.createKey({})))
    expect(new Set(await Promise.all(creating))).toEqual(new Set(["OK"]))
  })

  it("an encryption context has at most 16,384 characters", async () => {
    const { root, newKey } = await openWorld()
    const EncryptionContext = { a: "x".repeat(limits.encryptionContextCharactersMax) }
    const encrypting = root.encrypt({ KeyId: await newKey(), Plaintext, EncryptionContext })
    await expectRefusal(encrypting, "ValidationException")
  })

  it("a marker belongs to the list that it was made for, with its key and its filter", async () => {
    const { root, newKey } = await openWorld()
    const Tags = ["a", "b"].map((TagKey) => ({ TagKey, TagValue: "" }))
    const [one, other] = [await newKey({ Tags }), await newKey({ Tags })]
    const { NextMarker } = await root.listResourceTags({ KeyId: one, Limit: 1 })
    const listing = root.listResourceTags({ KeyId: other, Limit: 1, Marker: NextMarker })
    await expectRefusal(listing, "InvalidMarkerException")
  })
})

describe("Keys and ciphertexts", () => {
  it(
    "ciphertexts, grant tokens and import tokens have formats of our own: those of AWS do " +
      "not open here, nor ours there",
    async () => {
      const { root } = await openWorld()
      // The beginning of what AWS KMS encrypts.
      const CiphertextBlob = Uint8Array.from({ length: 180 }, (_, i) => [1, 2, 2, 0, 120][i] ?? i)
      await expectRefusal(root.decrypt({ CiphertextBlob }), "InvalidCiphertextException")
    },
  )

  it("every key spec is offered in every region, SM2 also outside of China", async () => {
    const { root } = await openWorld()
    await root.createKey({ KeySpec: "SM2", KeyUsage: "SIGN_VERIFY" })
  })

  it(
    "imported key material that is missing sends a key back to PendingImport when its " +
      "deletion is cancelled",
    async () => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey({ Origin: "EXTERNAL" })
      await root.scheduleKeyDeletion({ KeyId })
      await root.cancelKeyDeletion({ KeyId })
      expect((await root.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("PendingImport")
    },
  )

  it(
    "the regions of a partition are those that were connected, and a replica can be made " +
      "in no other",
    async () => {
      const partition = await openPartition()
      const { root } = partition.region("us-east-1")
      const { KeyMetadata } = await root.createKey({ MultiRegion: true })
      const replicate = (ReplicaRegion: string) =>
        outcomeOf(root.replicateKey({ KeyId: KeyMetadata?.KeyId, ReplicaRegion }))
      expect(await replicate("eu-west-1")).toBe("OK")
      expect(await replicate("sa-east-1")).toBe("ValidationException")
      await partition.close()
    },
  )
})

describe("Records", () => {
  it(
    "audit events have the members of CloudTrail and the decisions behind the answer; " +
      "there are none for what the engine does by itself, as a rotation that was due",
    async () => {
      const { root, newKey, clock, kms, events } = await openWorld()
      const KeyId = await newKey()
      await root.enableKeyRotation({ KeyId })
      const before = events.length
      clock.advanceDays(366)
      expect((await kms.sweep()).keysRotated).toBe(1)
      expect(events).toHaveLength(before)
      expect(events.at(-1)?.decisions[0]?.effect).toBe("allow")
    },
  )

  it("the events of EventBridge are told at most once, and there are no CloudWatch metrics", async () => {
    const told: string[] = []
    const world = await openWorld({ events: (event) => void told.push(event["detail-type"]) })
    const KeyId = await world.newKey()
    const CiphertextBlob = blobIn(await world.root.encrypt({ KeyId, Plaintext }))
    await world.root.rotateKeyOnDemand({ KeyId })
    await world.root.decrypt({ CiphertextBlob })
    await world.kms.sweep()
    expect(told).toEqual(["KMS CMK Rotation"])
  })
})
