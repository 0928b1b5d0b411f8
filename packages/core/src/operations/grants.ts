import * as z from "zod"
import {
  type GrantRecord,
  granteeOf,
  granteePrefix,
  grantNameKey,
  grantPointerFormat,
  grantPointerKey,
  grantPrefix,
  grantRecordFormat,
  retiringPrefix,
} from "../formats/grant-records.js"
import { encodeGrantToken, isGrantId } from "../formats/grant-token.js"
import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../formats/records.js"
import { admission } from "../model/admission.js"
import {
  requireConstraints,
  requireGrantable,
  requireParties,
  withGrant,
  withoutGrant,
} from "../model/grants.js"
import { isDeleted } from "../model/keys.js"
import { keyArn, type Place, rootArn } from "../vocabulary/arns.js"
import { hexOf } from "../vocabulary/bytes.js"
import { invariant, KmsError } from "../vocabulary/errors.js"
import { grantOperations } from "../vocabulary/grant-operations.js"
import { limits } from "../vocabulary/limits.js"
import { dryRun } from "./dry-run.js"
import { managedKey } from "./keys.js"
import { listPage } from "./paging.js"
import { type Call, keyOf, row } from "./row.js"
import * as shape from "./shapes.js"

const constraints = () =>
  z.object({
    EncryptionContextSubset: shape.encryptionContext().optional(),
    EncryptionContextEquals: shape.encryptionContext().optional(),
    SourceArn: z
      .string()
      .min(20)
      .max(512)
      .regex(/^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$/)
      .optional(),
  })

const createInput = () =>
  z.object({
    KeyId: shape.keyIdentifier(),
    GranteePrincipal: shape.principalId().optional(),
    RetiringPrincipal: shape.principalId().optional(),
    Operations: z.array(z.enum(grantOperations)).min(1),
    Constraints: constraints().optional(),
    GrantTokens: shape.grantTokens().optional(),
    Name: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[a-zA-Z0-9:/_-]+$/)
      .optional(),
    ...dryRun(),
    GranteeServicePrincipal: shape.serviceName().optional(),
    RetiringServicePrincipal: shape.serviceName().optional(),
  })

type CreateInput = z.output<ReturnType<typeof createInput>>

/** The grant that a call asks for, under a new id. */
function draftGrant(call: Call<CreateInput>): GrantRecord {
  const { input, requester, nowMs } = call
  const { account, keyId } = keyOf(call).record
  const { Constraints } = input
  const pairs = (context: Record<string, string> | undefined) =>
    context === undefined ? undefined : { ...context }
  return {
    account,
    keyId,
    grantId: hexOf(call.entropy(new Uint8Array(32))),
    issuingAccount: requester.account,
    createdMs: nowMs,
    name: input.Name,
    granteePrincipal: input.GranteePrincipal,
    granteeServicePrincipal: input.GranteeServicePrincipal,
    retiringPrincipal: input.RetiringPrincipal,
    retiringServicePrincipal: input.RetiringServicePrincipal,
    operations: [...new Set(input.Operations)],
    constraints: Constraints && {
      encryptionContextEquals: pairs(Constraints.EncryptionContextEquals),
      encryptionContextSubset: pairs(Constraints.EncryptionContextSubset),
      sourceArn: Constraints.SourceArn,
    },
  }
}

/** The grant that was made before by the same request, if it had a name. */
async function findTwin(call: Call<unknown>, grant: GrantRecord): Promise<GrantRecord | undefined> {
  const key = grantNameKey(grant)
  if (key === undefined) return undefined
  const [pointer] = await call.records.readMany(grantPointerFormat, [key])
  if (pointer === undefined) return undefined
  const [twin] = await call.records.readMany(grantRecordFormat, [pointer])
  return twin
}

const constraintType = ({ Constraints: c }: Pick<CreateInput, "Constraints">) => {
  if (c?.EncryptionContextEquals !== undefined) return "EncryptionContextEquals"
  return c?.EncryptionContextSubset === undefined ? undefined : "EncryptionContextSubset"
}

export const CreateGrant = row({
  input: createInput,
  reply: () => z.object({ GrantToken: z.string().optional(), GrantId: z.string().optional() }),
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
        const asked = input as CreateInput
        const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } =
          asked.Constraints ?? {}
        return {
          encryptionContext: EncryptionContextEquals ?? EncryptionContextSubset,
          conditionKeys: {
            "kms:grantconstrainttype": constraintType(asked),
            "kms:grantconstraintsourcearn": SourceArn,
          },
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
        { kind: "key", before, after: withGrant(before) },
      ],
    }
  },
})

const grantEntry = () =>
  z.object({
    KeyId: z.string().optional(),
    GrantId: z.string().optional(),
    Name: z.string().optional(),
    CreationDate: z.date().optional(),
    GranteePrincipal: z.string().optional(),
    RetiringPrincipal: z.string().optional(),
    IssuingAccount: z.string().optional(),
    Operations: z.array(z.enum(grantOperations)).optional(),
    Constraints: constraints().optional(),
    GranteeServicePrincipal: z.string().optional(),
    RetiringServicePrincipal: z.string().optional(),
  })

/** `GrantListEntry`, as both lists answer it. */
function listed(place: Place, grant: GrantRecord): z.output<ReturnType<typeof grantEntry>> {
  const { constraints: c } = grant
  return {
    KeyId: keyArn(place, grant.account, grant.keyId),
    GrantId: grant.grantId,
    Name: grant.name ?? "",
    CreationDate: new Date(grant.createdMs),
    GranteePrincipal: grant.granteePrincipal,
    RetiringPrincipal: grant.retiringPrincipal,
    IssuingAccount: rootArn(place.partition, grant.issuingAccount),
    Operations: [...grant.operations],
    ...(c && {
      Constraints: {
        EncryptionContextSubset: c.encryptionContextSubset && { ...c.encryptionContextSubset },
        EncryptionContextEquals: c.encryptionContextEquals && { ...c.encryptionContextEquals },
        SourceArn: c.sourceArn,
      },
    }),
    GranteeServicePrincipal: grant.granteeServicePrincipal,
    RetiringServicePrincipal: grant.retiringServicePrincipal,
  }
}

const grantList = () => z.object({ Grants: z.array(grantEntry()).optional(), ...shape.pageReply() })

const paging = { limitDefault: limits.grantsPageDefault, limitMax: limits.grantsPageMax }

const findGrant = async (
  call: Call<unknown>,
  grantId: string,
): Promise<GrantRecord | undefined> => {
  const { account, keyId } = keyOf(call).record
  const pointerKey = grantPointerKey({ account, keyId, grantId })
  const [pointer] = await call.records.readMany(grantPointerFormat, [pointerKey])
  if (pointer === undefined) return undefined
  const [grant] = await call.records.readMany(grantRecordFormat, [pointer])
  return grant
}

function requireGrantId(text: string): void {
  if (!isGrantId(text)) throw new KmsError("InvalidGrantIdException", "Invalid grant ID")
}

export const ListGrants = row({
  input: () =>
    z.object({
      ...shape.pageInput(),
      KeyId: shape.keyIdentifier(),
      GrantId: shape.grantId().optional(),
      GranteePrincipal: shape.principalId().optional(),
      GranteeServicePrincipal: shape.serviceName().optional(),
    }),
  reply: grantList,
  subjects: [managedKey("kms:ListGrants", admission.always)],
  effect: "read",
  audit: ["KeyId", "GrantId", "GranteePrincipal", "GranteeServicePrincipal", "Limit", "Marker"],
  perform: async (call) => {
    const { GrantId, GranteePrincipal, GranteeServicePrincipal } = call.input
    const { account, keyId } = keyOf(call).record
    const grantee = GranteeServicePrincipal ?? GranteePrincipal
    if (GrantId !== undefined) {
      requireGrantId(GrantId)
      const grant = await findGrant(call, GrantId)
      const isMeant = grant && (grantee === undefined || granteeOf(grant) === grantee)
      const Grants = isMeant ? [listed(call.place, grant)] : []
      return { reply: { Grants, Truncated: false } }
    }
    const all = grantPrefix(account, keyId)
    const prefix = grantee === undefined ? all : granteePrefix(account, keyId, grantee)
    const page = await listPage(call, {
      ...paging,
      list: "ListGrants",
      format: grantRecordFormat,
      prefix,
      nameOf: (grant) => grantRecordFormat.keyOf(grant).slice(prefix.length),
    })
    const Grants = page.records.map((grant) => listed(call.place, grant))
    return { reply: { Grants, ...page.reply } }
  },
})

export const ListRetirableGrants = row({
  input: () =>
    z.object({
      ...shape.pageInput(),
      RetiringPrincipal: shape.principalId().optional(),
      RetiringServicePrincipal: shape.serviceName().optional(),
    }),
  reply: grantList,
  subjects: [{ by: "account", action: "kms:ListRetirableGrants" }],
  effect: "read",
  audit: ["RetiringPrincipal", "RetiringServicePrincipal", "Limit", "Marker"],
  check: ({ RetiringPrincipal, RetiringServicePrincipal }) => {
    if ((RetiringPrincipal === undefined) !== (RetiringServicePrincipal === undefined)) return
    const message = "Specify either RetiringPrincipal or RetiringServicePrincipal."
    throw new KmsError("ValidationException", message)
  },
  perform: async (call) => {
    const { requester } = call
    const { RetiringPrincipal, RetiringServicePrincipal } = call.input
    const principal = RetiringServicePrincipal ?? RetiringPrincipal
    invariant(principal, "one of the two principals was given")
    requireOwnPrincipal(principal, requester)
    const prefix = retiringPrefix(principal)
    const page = await listPage(call, {
      ...paging,
      list: "ListRetirableGrants",
      format: grantPointerFormat,
      prefix,
      nameOf: (pointer) => retiringName(pointer),
    })
    const grants = await call.records.readMany(grantRecordFormat, page.records)
    const keys = await call.records.readMany(keyRecordFormat, page.records.map(keyRecordKeyOf))
    const isAlive = (key: KeyRecord | undefined) => key && !isDeleted(key, call.nowMs)
    const Grants = grants
      .filter((grant, i) => grant !== undefined && isAlive(keys[i]))
      .map((grant) => listed(call.place, grant as GrantRecord))
    return { reply: { Grants, ...page.reply } }
  },
})

/** The storage key of the key that a grant is on. */
const keyRecordKeyOf = (pointer: string): string => {
  const [, account = "", keyId = ""] = pointer.split("/")
  return keyRecordKey(account, keyId)
}

/** The account, key id and grant id in the storage key of a grant, without the grantee. */
const retiringName = (pointer: string): string => {
  const [, account, keyId, , grantId] = pointer.split("/")
  return `${account}/${keyId}/${grantId}`
}

/** A principal of the caller's account, or the service that is the caller. */
function requireOwnPrincipal(principal: string, { account, service }: Call<unknown>["requester"]) {
  if (principal === service || principal.split(":")[4] === account) return
  throw new KmsError("AccessDeniedException", "The principal does not belong to your account.")
}

/** Takes a grant away from its key. */
const remove = (call: Call<unknown>, grant: GrantRecord) => {
  const { record } = keyOf(call)
  return [
    { kind: "grant", before: grant },
    { kind: "key", before: record, after: withoutGrant(record) },
  ] as const
}

export const RevokeGrant = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), GrantId: shape.grantId(), ...dryRun() }),
  reply: () => z.object({}),
  subjects: [managedKey("kms:RevokeGrant", admission.always)],
  effect: "write",
  audit: ["KeyId", "GrantId", "DryRun"],
  perform: async (call) => {
    const { GrantId } = call.input
    requireGrantId(GrantId)
    const grant = await findGrant(call, GrantId)
    if (grant === undefined) {
      throw new KmsError("NotFoundException", `Grant ID ${GrantId} not found`)
    }
    return { reply: {}, changes: remove(call, grant) }
  },
})

export const RetireGrant = row({
  input: () =>
    z.object({
      GrantToken: z.string().min(1).max(limits.grantTokenCharactersMax).optional(),
      KeyId: shape.keyIdentifier().optional(),
      GrantId: shape.grantId().optional(),
      ...dryRun(),
    }),
  reply: () => z.object({}),
  subjects: [{ by: "grant", role: "key", action: "kms:RetireGrant", admission: admission.always }],
  effect: "write",
  audit: ["KeyId", "GrantId", "DryRun"],
  perform: (call) => {
    const { grant } = keyOf(call)
    invariant(grant, "the call has located its grant")
    return { reply: {}, changes: remove(call, grant) }
  },
})
