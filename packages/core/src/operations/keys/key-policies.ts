import { validateKeyPolicy } from "@keywright/policy"
import * as z from "zod/mini"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import { admission } from "../../model/admission.js"
import type { Region } from "../../vocabulary/arns.js"
import { lockedOut, noSuchPolicy } from "../../vocabulary/refusals/keys.js"
import { quoted } from "../../vocabulary/refusals/refusal.js"
import { type Call, keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import { changeKey, managedKey } from "./managed-key.js"

/** A key has one policy, and this is its name. */
const onlyPolicyName = "default"

function requireDefault({ PolicyName = onlyPolicyName }: { PolicyName?: string | undefined }) {
  if (PolicyName === onlyPolicyName) return
  throw noSuchPolicy()
}

/** The members that give a key its policy. */
interface PolicyInput {
  readonly Policy?: string | undefined
  readonly BypassPolicyLockoutSafetyCheck?: boolean | undefined
}

/**
 * Refuses a key policy that somebody gave and that is not valid, or that would lock the caller out
 * of the key.
 *
 * Source: AWS KMS Developer Guide, "Creating a key policy" and "Key policy lockout safety check".
 */
export function acceptPolicy(
  call: Call<unknown>,
  key: KeyRecord,
  { Policy: policy, BypassPolicyLockoutSafetyCheck: bypass = false }: PolicyInput,
  region?: Region,
): void {
  if (policy === undefined) return
  const verdict = validateKeyPolicy(policy, { partition: call.place.partition })
  if (!verdict.ok) throw quoted(verdict.error, verdict.message)
  if (!bypass && !call.couldPutKeyPolicy(key, verdict.document, region)) throw lockedOut()
}

/** Reads the key policy. */
export const GetKeyPolicy = row({
  input: () =>
    z.object({ KeyId: shape.keyIdentifier(), PolicyName: z.optional(shape.policyName()) }),
  reply: () => z.object({ Policy: z.string(), PolicyName: z.string() }),
  subjects: [managedKey("kms:GetKeyPolicy", admission.always)],
  effect: "read",
  audit: ["KeyId", "PolicyName"],
  check: requireDefault,
  perform: (call) => ({
    reply: { Policy: keyOf(call).record.policy, PolicyName: onlyPolicyName },
  }),
})

/** Replaces the policy of a key. */
export const PutKeyPolicy = row({
  input: () =>
    z.object({
      KeyId: shape.keyIdentifier(),
      PolicyName: z.optional(shape.policyName()),
      Policy: shape.policyText(),
      BypassPolicyLockoutSafetyCheck: z.optional(z.boolean()),
    }),
  reply: shape.nothing,
  subjects: [
    {
      ...managedKey("kms:PutKeyPolicy", admission.always),
      conditionKeys: {
        "kms:bypasspolicylockoutsafetycheck": { member: "BypassPolicyLockoutSafetyCheck" },
      },
    },
  ],
  effect: "write",
  audit: ["KeyId", "PolicyName", "Policy", "BypassPolicyLockoutSafetyCheck"],
  check: requireDefault,
  perform: (call) => {
    const { Policy: policy } = call.input
    acceptPolicy(call, keyOf(call).record, call.input)
    return { reply: {}, changes: changeKey(call, (key) => ({ ...key, policy })).changes }
  },
})

/** Lists the names of the policies of a key, of which there is one: `default`. */
export const ListKeyPolicies = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), ...shape.pageInput() }),
  reply: () => z.object({ PolicyNames: z.array(z.string()), ...shape.pageReply() }),
  subjects: [managedKey("kms:ListKeyPolicies", admission.always)],
  effect: "read",
  audit: ["KeyId", "Limit", "Marker"],
  // There is never a second page, so no marker was ever given out: any is ignored.
  perform: () => ({ reply: { PolicyNames: [onlyPolicyName], Truncated: false } }),
})
