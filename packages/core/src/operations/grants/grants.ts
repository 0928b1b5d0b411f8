import * as z from "zod/mini"
import { encodeGrantToken } from "../../formats/opaque/grant-token.js"
import { type GrantRecord, grantNameKey } from "../../formats/stored/grant-records.js"
import { admission } from "../../model/admission.js"
import {
  requireConstraints,
  requireGrantable,
  requireParties,
  requirePartition,
  withGrant,
  withoutGrant,
} from "../../model/grants.js"
import { hexOf } from "../../vocabulary/bytes.js"
import { invariant } from "../../vocabulary/errors.js"
import { grantOperations } from "../../vocabulary/grant-operations.js"
import { limits } from "../../vocabulary/limits.js"
import { noSuchGrant } from "../../vocabulary/refusals/grants.js"
import { type Call, keyOf } from "../call.js"
import { dryRun } from "../dry-run.js"
import { managedKey } from "../keys/managed-key.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { DerivedFacts } from "../subjects.js"
import { findGrant, grantAt, requireGrantId } from "./find-grant.js"

const createInput = () =>
  z.object({
    KeyId: shape.keyIdentifier(),
    GranteePrincipal: z.optional(shape.principalId()),
    RetiringPrincipal: z.optional(shape.principalId()),
    Operations: z.array(z.enum(grantOperations)).check(z.minLength(1)),
    Constraints: z.optional(shape.grantConstraints()),
    GrantTokens: z.optional(shape.grantTokens()),
    Name: z.optional(
      z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[a-zA-Z0-9:/_-]+$/)),
    ),
    ...dryRun(),
    GranteeServicePrincipal: z.optional(shape.serviceName()),
    RetiringServicePrincipal: z.optional(shape.serviceName()),
  })

type CreateInput = z.output<ReturnType<typeof createInput>>

type Constraints = GrantRecord["constraints"]

const constraintsOf = ({ Constraints }: CreateInput): Constraints => {
  const pairs = (context: Record<string, string> | undefined) =>
    context === undefined ? undefined : { ...context }
  return (
    Constraints && {
      encryptionContextEquals: pairs(Constraints.EncryptionContextEquals),
      encryptionContextSubset: pairs(Constraints.EncryptionContextSubset),
      sourceArn: Constraints.SourceArn,
    }
  )
}

/** What conditions can ask about the constraints of a grant that is made, or retired. */
function constraintFacts(constraints: Constraints): DerivedFacts {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints ?? {}
  const type = equals ? "EncryptionContextEquals" : subset && "EncryptionContextSubset"
  return { encryptionContext: equals ?? subset, conditionKeys: { "kms:grantconstrainttype": type } }
}

/** The grant that a call asks for, under a new id. */
function draftGrant(call: Call<CreateInput>): GrantRecord {
  const { input, caller, nowMs } = call
  const { account, keyId } = keyOf(call).record
  return {
    account,
    keyId,
    grantId: hexOf(call.entropy(new Uint8Array(32))),
    issuingAccount: caller.account,
    createdMs: nowMs,
    name: input.Name,
    granteePrincipal: input.GranteePrincipal,
    granteeServicePrincipal: input.GranteeServicePrincipal,
    retiringPrincipal: input.RetiringPrincipal,
    retiringServicePrincipal: input.RetiringServicePrincipal,
    operations: [...new Set(input.Operations)],
    constraints: constraintsOf(input),
  }
}

/** The grant that was made before by the same request, if it had a name. */
async function findTwin(call: Call<unknown>, grant: GrantRecord): Promise<GrantRecord | undefined> {
  const pointerKey = grantNameKey(grant)
  if (pointerKey === undefined) return undefined
  return grantAt(call.records, pointerKey, keyOf(call).record)
}

/** Allows a principal some operations on a key, until the grant is retired or revoked. */
export const CreateGrant = row({
  input: createInput,
  reply: () => z.object({ GrantToken: z.string(), GrantId: z.string() }),
  subjects: [
    {
      ...managedKey("kms:CreateGrant", admission.grant),
      conditionKeys: {
        "kms:granteeprincipal": { member: "GranteePrincipal" },
        "kms:granteeserviceprincipal": { member: "GranteeServicePrincipal" },
        "kms:retiringprincipal": { member: "RetiringPrincipal" },
        "kms:retiringserviceprincipal": { member: "RetiringServicePrincipal" },
        "kms:grantoperations": { member: "Operations" },
      },
      derive: (input) => {
        const constraints = constraintsOf(input as CreateInput)
        const { encryptionContext, conditionKeys } = constraintFacts(constraints)
        const sourceArn = constraints?.sourceArn
        return {
          encryptionContext,
          conditionKeys: { ...conditionKeys, "kms:grantconstraintsourcearn": sourceArn },
        }
      },
    },
  ],
  effect: "write",
  audit: [
    "KeyId",
    "GranteePrincipal",
    "GranteeServicePrincipal",
    "RetiringPrincipal",
    "RetiringServicePrincipal",
    "Operations",
    "Constraints",
    "Name",
    "DryRun",
  ],
  perform: async (call) => {
    const { record: before } = keyOf(call)
    const draft = draftGrant(call)
    requireParties(draft)
    requirePartition(draft, call.place.partition)
    requireGrantable(before, draft.operations)
    requireConstraints(before, draft)
    const twin = await findTwin(call, draft)
    const grant = twin ?? draft
    const GrantToken = encodeGrantToken(grant, call.entropy(new Uint8Array(16)))
    const reply = { GrantToken, GrantId: grant.grantId }
    if (twin !== undefined) return { reply }
    return {
      reply,
      changes: [
        { kind: "grant", after: grant },
        { kind: "key", before, after: withGrant(before, grant, call.quotas.grantsPerKey) },
      ],
    }
  },
})

/** Takes a grant away from its key. */
const remove = (call: Call<unknown>, grant: GrantRecord) => {
  const { record } = keyOf(call)
  return [
    { kind: "grant", before: grant },
    { kind: "key", before: record, after: withoutGrant(record, grant) },
  ] as const
}

/** Takes a grant away from its grantee. */
export const RevokeGrant = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), GrantId: shape.grantId(), ...dryRun() }),
  reply: shape.nothing,
  subjects: [managedKey("kms:RevokeGrant", admission.always)],
  effect: "write",
  audit: ["KeyId", "GrantId", "DryRun"],
  perform: async (call) => {
    const { GrantId } = call.input
    requireGrantId(GrantId)
    const grant = await findGrant(call.records, keyOf(call).record, GrantId)
    if (grant === undefined) throw noSuchGrant({ id: GrantId })
    return { reply: {}, changes: remove(call, grant) }
  },
})

/** Gives up a grant: for its grantee, its retiring principal, or the account of the key. */
export const RetireGrant = row({
  input: () =>
    z.object({
      GrantToken: z.optional(
        z.string().check(z.minLength(1), z.maxLength(limits.grantTokenCharactersMax)),
      ),
      KeyId: z.optional(shape.keyIdentifier()),
      GrantId: z.optional(shape.grantId()),
      ...dryRun(),
    }),
  reply: shape.nothing,
  subjects: [
    {
      by: "grant",
      role: "key",
      action: "kms:RetireGrant",
      admission: admission.always,
      derive: (_, { key }) => constraintFacts(key?.grant?.constraints),
    },
  ],
  effect: "write",
  audit: ["KeyId", "GrantId", "DryRun"],
  perform: (call) => {
    const { grant } = keyOf(call)
    invariant(grant, "the call has located its grant")
    return { reply: {}, changes: remove(call, grant) }
  },
})
