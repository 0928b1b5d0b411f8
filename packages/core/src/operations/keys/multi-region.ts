import { defaultKeyPolicy } from "@keywright/policy"
import * as z from "zod/mini"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import {
  type ReplicaDraftRecord,
  replicaDraftFormat,
  replicaDraftKey,
} from "../../formats/stored/region-records.js"
import { admission } from "../../model/admission.js"
import { handOver } from "../../model/handover.js"
import { keyMetadata } from "../../model/keys.js"
import { findReplica, newReplica, relationOf, sharedOf, withReplica } from "../../model/replicas.js"
import { withRotationFinished } from "../../model/rotation.js"
import { keyArn } from "../../vocabulary/arns.js"
import { invariant } from "../../vocabulary/errors.js"
import { limits } from "../../vocabulary/limits.js"
import { creating, noSuchKey } from "../../vocabulary/refusals/keys.js"
import {
  invalidRegion,
  replicaExists,
  tooManyReplicas,
} from "../../vocabulary/refusals/materials.js"
import { type Call, keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { AccountSubject } from "../subjects.js"
import { acceptPolicy } from "./key-policies.js"
import { managedKey } from "./managed-key.js"
import { acceptTags, tagRecords } from "./tags.js"

/*
 * Keys that are the same key in several regions.
 *
 * Source: AWS KMS API reference, ReplicateKey and UpdatePrimaryRegion.
 */

const replicateInput = () =>
  z.object({
    KeyId: shape.keyIdentifier(),
    ReplicaRegion: shape.regionName(),
    Policy: z.optional(shape.policyText()),
    BypassPolicyLockoutSafetyCheck: z.optional(z.boolean()),
    Description: z.optional(shape.description()),
    Tags: z.optional(shape.tags()),
  })

type ReplicateInput = z.output<ReturnType<typeof replicateInput>>

/** The right to make the replica, which is needed in its own region. */
const createThere: AccountSubject = {
  by: "account",
  action: "kms:CreateKey",
  region: "ReplicaRegion",
  tags: "Tags",
  conditionKeys: {
    "kms:bypasspolicylockoutsafetycheck": { member: "BypassPolicyLockoutSafetyCheck" },
  },
  derive: (_, { key }) => ({
    conditionKeys: {
      "kms:keyorigin": key?.record.origin,
      "kms:keyspec": key?.record.keySpec,
      "kms:customermasterkeyspec": key?.record.keySpec,
      "kms:keyusage": key?.record.keyUsage,
      "kms:customermasterkeyusage": key?.record.keyUsage,
      "kms:multiregion": true,
      "kms:multiregionkeytype": "REPLICA",
    },
  }),
}

/** Refuses a region that has a related key already, or that nobody knows. */
async function requireRoom(call: Call<ReplicateInput>): Promise<void> {
  const { ReplicaRegion: region } = call.input
  const { record } = keyOf(call)
  if (region === call.place.region || findReplica(record, region) !== undefined) {
    const arn = keyArn({ ...call.place, region }, record.account, record.keyId)
    throw replicaExists({ arn })
  }
  if (!(await call.regions.knows(region))) throw invalidRegion({ region })
  if (relationOf(record).replicas.length < limits.replicasPerKeyMax) return
  throw tooManyReplicas()
}

/** What the new replica has of its own. */
function draftOf(call: Call<ReplicateInput>): ReplicaDraftRecord {
  const { input, place, nowMs } = call
  const { account, keyId } = keyOf(call).record
  return {
    account,
    keyId,
    region: input.ReplicaRegion,
    createdMs: nowMs,
    description: input.Description ?? "",
    policy: input.Policy ?? defaultKeyPolicy(account, place.partition),
    tags: acceptTags([], tagRecords(input.Tags ?? [])),
  }
}

/** The replica as its region will have it, before it has its material. */
function replicaOf(primary: KeyRecord, draft: ReplicaDraftRecord): KeyRecord {
  const { region, ...own } = draft
  const shared = sharedOf(primary)
  const replica = newReplica(own, shared, own, region)
  invariant(replica?.multiRegion, "the primary names its new replica")
  return { ...replica, multiRegion: { ...replica.multiRegion, replicas: shared.replicas } }
}

/** Makes a replica of a multi-Region key in another region, with the same key material. */
export const ReplicateKey = row({
  input: replicateInput,
  reply: () =>
    z.object({
      ReplicaKeyMetadata: shape.keyMetadata(),
      ReplicaPolicy: z.string(),
      ReplicaTags: z.optional(shape.tags()),
    }),
  subjects: [
    {
      ...managedKey("kms:ReplicateKey", admission.replicate),
      use: { relation: "primary" },
      conditionKeys: { "kms:replicaregion": { member: "ReplicaRegion" } },
    },
    createThere,
    {
      by: "account",
      action: "kms:TagResource",
      region: "ReplicaRegion",
      whenGiven: "Tags",
      tags: "Tags",
      resource: ({ place, keys: { key } }) =>
        key && keyArn(place, key.record.account, key.record.keyId),
      isNewKey: true,
    },
  ],
  effect: "write",
  asksReplicas: true,
  audit: [
    "KeyId",
    "ReplicaRegion",
    "Policy",
    "BypassPolicyLockoutSafetyCheck",
    "Description",
    "Tags",
  ],
  perform: async (call) => {
    const { input, place } = call
    const { record: before } = keyOf(call)
    await requireRoom(call)
    const draft = draftOf(call)
    const { region, policy, tags, account, keyId } = draft
    const after = withReplica(before, region)
    const replica = replicaOf(after, draft)
    acceptPolicy(call, replica, input, region)
    const there = { ...place, region }
    return {
      reply: {
        ReplicaKeyMetadata: keyMetadata(there, replica),
        ReplicaPolicy: policy,
        ...(tags.length > 0 && {
          ReplicaTags: tags.map(({ key, value }) => ({ TagKey: key, TagValue: value })),
        }),
      },
      changes: [
        { kind: "key", before, after },
        { kind: "replica draft", after: draft },
      ],
      created: keyArn(there, account, keyId),
    }
  },
})

/**
 * Refuses to change the primary while a replica is still to be made: what it has of its own waits
 * here, and the new primary would not find it.
 */
async function requireMadeReplicas(call: Call<unknown>): Promise<void> {
  const { account, keyId, ...key } = keyOf(call).record
  const replicas = (key.multiRegion?.replicas ?? []).map(({ region }) => ({
    account,
    keyId,
    region,
  }))
  const drafts = await call.records.readMany(replicaDraftFormat, replicas.map(replicaDraftKey))
  const draft = drafts.find((one) => one !== undefined)
  if (draft === undefined) return
  const arn = keyArn({ ...call.place, region: draft.region }, account, keyId)
  throw creating({ arn })
}

const primaryRegionKey = { "kms:primaryregion": { member: "PrimaryRegion" } }

/** Makes a replica the primary key, and the primary key its replica. */
export const UpdatePrimaryRegion = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), PrimaryRegion: shape.regionName() }),
  reply: shape.nothing,
  subjects: [
    {
      ...managedKey("kms:UpdatePrimaryRegion", admission.use),
      use: { relation: "primary" },
      conditionKeys: primaryRegionKey,
    },
  ],
  elsewhere: {
    ...managedKey("kms:UpdatePrimaryRegion", admission.use),
    conditionKeys: primaryRegionKey,
  },
  effect: "write",
  audit: ["KeyId", "PrimaryRegion"],
  perform: async (call) => {
    const { PrimaryRegion: region } = call.input
    const { record: before } = keyOf(call)
    if (region === call.place.region) return { reply: {} }
    if (findReplica(before, region) === undefined) {
      const arn = keyArn({ ...call.place, region }, before.account, before.keyId)
      throw noSuchKey({ key: arn })
    }
    await requireMadeReplicas(call)
    await call.regions.consult(region, before)
    const after = handOver(withRotationFinished(before), call.place.region, region)
    return { reply: {}, changes: [{ kind: "key", before, after }] }
  },
})
