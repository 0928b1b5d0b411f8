import { defaultKeyPolicy } from "@keywright/policy"
import * as z from "zod/mini"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { MemberValue } from "../../model/condition-keys.js"
import { withMaterial } from "../../model/key-materials.js"
import { connection } from "../../model/key-stores.js"
import { keyMetadata } from "../../model/keys.js"
import { newPrimary } from "../../model/replicas.js"
import { newUuid, newUuidDigits } from "../../model/uuids.js"
import { keyArn } from "../../vocabulary/arns.js"
import { type KeySpec, type KeyUsage, keySpecRow } from "../../vocabulary/key-specs.js"
import {
  keySpecUnsupported,
  keyUsageMissing,
  originUnlikeSpec,
  twoKeySpecs,
  usageUnlikeSpec,
} from "../../vocabulary/refusals/keys.js"
import { newMaterial } from "../bound-tokens.js"
import { checkStoreChoice, placeKey } from "../key-stores/placement.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import { countNewKey } from "./key-count.js"
import { acceptPolicy } from "./key-policies.js"
import { acceptTags, tagRecords } from "./tags.js"

const input = () =>
  z.object({
    Policy: z.optional(shape.policyText()),
    Description: z.optional(shape.description()),
    KeyUsage: z.optional(shape.keyUsage()),
    CustomerMasterKeySpec: z.optional(shape.customerMasterKeySpec()),
    KeySpec: z.optional(shape.keySpec()),
    Origin: z.optional(shape.origin()),
    CustomKeyStoreId: z.optional(shape.customKeyStoreId()),
    BypassPolicyLockoutSafetyCheck: z.optional(z.boolean()),
    Tags: z.optional(shape.tags()),
    MultiRegion: z.optional(z.boolean()),
    XksKeyId: z.optional(
      z.string().check(z.minLength(1), z.maxLength(128), z.regex(/^[a-zA-Z0-9-_.]+$/)),
    ),
  })

type Input = z.output<ReturnType<typeof input>>

const specOf = ({ KeySpec, CustomerMasterKeySpec }: Input): KeySpec =>
  KeySpec ?? CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT"

const usageOf = (chosen: Input): KeyUsage => chosen.KeyUsage ?? "ENCRYPT_DECRYPT"

/** Whether spec, usage and origin go together. */
function checkKind(chosen: Input): void {
  const spec = specOf(chosen)
  const { kind, usages, origins } = keySpecRow(spec)
  if (chosen.KeySpec !== undefined && chosen.CustomerMasterKeySpec !== undefined) {
    throw twoKeySpecs()
  }
  if (chosen.KeyUsage === undefined && kind !== "symmetric-encryption") {
    throw keyUsageMissing()
  }
  const usage = usageOf(chosen)
  if (usages[usage] === undefined) throw usageUnlikeSpec({ usage, spec })
  const { Origin: origin = "AWS_KMS" } = chosen
  if (!origins.includes(origin)) throw originUnlikeSpec({ spec, origin })
  checkStoreChoice(origin, chosen)
}

const specMember: MemberValue = {
  member: "KeySpec",
  twin: "CustomerMasterKeySpec",
  default: "SYMMETRIC_DEFAULT",
}
const usageMember: MemberValue = { member: "KeyUsage", default: "ENCRYPT_DECRYPT" }

/** Makes a KMS key of any spec, with its policy and tags. */
export const CreateKey = row({
  input,
  reply: () => z.object({ KeyMetadata: shape.keyMetadata() }),
  subjects: [
    {
      by: "account",
      action: "kms:CreateKey",
      tags: "Tags",
      conditionKeys: {
        "kms:bypasspolicylockoutsafetycheck": { member: "BypassPolicyLockoutSafetyCheck" },
        "kms:keyorigin": { member: "Origin", default: "AWS_KMS" },
        "kms:keyspec": specMember,
        "kms:customermasterkeyspec": specMember,
        "kms:keyusage": usageMember,
        "kms:customermasterkeyusage": usageMember,
        "kms:multiregion": { member: "MultiRegion", default: false },
        "kms:multiregionkeytype": { member: "MultiRegion", words: { true: "PRIMARY" } },
      },
    },
    {
      by: "account",
      action: "kms:TagResource",
      whenGiven: "Tags",
      tags: "Tags",
      resource: ({ place, account }) => keyArn(place, account, "*"),
      isNewKey: true,
    },
    {
      by: "key store",
      member: "CustomKeyStoreId",
      whenGiven: "CustomKeyStoreId",
      connection: connection.use,
      hsm: "of the store",
    },
  ],
  effect: "write",
  audit: [
    "Description",
    "KeyUsage",
    "KeySpec",
    "CustomerMasterKeySpec",
    "Origin",
    "MultiRegion",
    "BypassPolicyLockoutSafetyCheck",
    "CustomKeyStoreId",
    "XksKeyId",
    "Policy",
    "Tags",
  ],
  check: checkKind,
  perform: async (call) => {
    const { input: chosen, hsm, place, caller, nowMs } = call
    const keySpec = specOf(chosen)
    if (!hsm.keySpecs.includes(keySpec)) throw keySpecUnsupported({ spec: keySpec })
    const tags = acceptTags([], tagRecords(chosen.Tags ?? []))
    const multiRegion = chosen.MultiRegion ?? false
    const { entropy } = call
    const id = multiRegion ? `mrk-${newUuidDigits(entropy)}` : newUuid(entropy)
    const { Origin: origin = "AWS_KMS" } = chosen
    const draft: KeyRecord = {
      account: caller.account,
      keyId: id,
      createdMs: nowMs,
      description: chosen.Description ?? "",
      keySpec,
      keyUsage: usageOf(chosen),
      origin,
      keyManager: "CUSTOMER",
      multiRegion: multiRegion ? newPrimary(place.region) : undefined,
      state: "PendingImport",
      policy: chosen.Policy ?? defaultKeyPolicy(caller.account, place.partition),
      tags,
      aliases: [],
      grantsCount: 0,
      materials: [],
    }
    acceptPolicy(call, draft, chosen)
    const count = await countNewKey(call, draft)
    const { keyStore, changes } = await placeKey(call, draft)
    const placed = keyStore === undefined ? draft : { ...draft, keyStore }
    const after =
      origin === "EXTERNAL"
        ? placed
        : withMaterial(placed, { ...(await newMaterial(call, placed)), state: "CURRENT" })
    return {
      reply: { KeyMetadata: keyMetadata(place, after, { store: call.keyStore?.store }) },
      changes: [{ kind: "key", after }, count, ...changes],
      keyMaterialIds: after.materials.map((material) => material.id),
      created: keyArn(place, after.account, after.keyId),
    }
  },
})
