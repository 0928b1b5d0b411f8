import * as z from "zod/mini"
import {
  type GrantRecord,
  granteeOf,
  granteePrefix,
  grantPointerFormat,
  grantPrefix,
  grantRecordFormat,
  retiringPrefix,
} from "../../formats/stored/grant-records.js"
import { admission } from "../../model/admission.js"
import { principalForm } from "../../model/grants.js"
import { isDeleted } from "../../model/keys.js"
import { grantToKey, pointerToGrant } from "../../model/ties.js"
import { keyArn, type Place, rootArn } from "../../vocabulary/arns.js"
import { invariant } from "../../vocabulary/errors.js"
import { grantOperations } from "../../vocabulary/grant-operations.js"
import { limits } from "../../vocabulary/limits.js"
import { oneGranteeNeeded, oneRetiringPrincipalNeeded } from "../../vocabulary/refusals/grants.js"
import { foreignRetiringPrincipal } from "../../vocabulary/refusals/requests.js"
import { type Call, keyOf } from "../call.js"
import { followAll } from "../follow.js"
import { managedKey } from "../keys/managed-key.js"
import { listPage } from "../paging.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import { findGrant, grantsInForce, requireGrantId } from "./find-grant.js"

const grantEntry = () =>
  z.object({
    KeyId: z.string(),
    GrantId: z.string(),
    Name: z.string(),
    CreationDate: z.date(),
    GranteePrincipal: z.optional(z.string()),
    RetiringPrincipal: z.optional(z.string()),
    IssuingAccount: z.string(),
    Operations: z.array(z.enum(grantOperations)),
    Constraints: z.optional(shape.grantConstraints()),
    GranteeServicePrincipal: z.optional(z.string()),
    RetiringServicePrincipal: z.optional(z.string()),
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

const grantList = () => z.object({ Grants: z.array(grantEntry()), ...shape.pageReply() })

const paging = { limitDefault: limits.grantsPageDefault, limitMax: limits.grantsPageMax }

/** Lists the grants on a key. */
export const ListGrants = row({
  input: () =>
    z.object({
      ...shape.pageInput(),
      KeyId: shape.keyIdentifier(),
      GrantId: z.optional(shape.grantId()),
      GranteePrincipal: z.optional(shape.principalId()),
      GranteeServicePrincipal: z.optional(shape.serviceName()),
    }),
  reply: grantList,
  subjects: [managedKey("kms:ListGrants", admission.always)],
  effect: "read",
  audit: ["KeyId", "GrantId", "GranteePrincipal", "GranteeServicePrincipal", "Limit", "Marker"],
  check: ({ GranteePrincipal, GranteeServicePrincipal }) => {
    if (GranteePrincipal === undefined || GranteeServicePrincipal === undefined) return
    throw oneGranteeNeeded()
  },
  perform: async (call) => {
    const { GrantId, GranteePrincipal, GranteeServicePrincipal } = call.input
    const { record: key } = keyOf(call)
    const { account, keyId } = key
    const grantee = GranteeServicePrincipal ?? GranteePrincipal
    if (GrantId !== undefined) {
      requireGrantId(GrantId)
      const grant = await findGrant(call.records, key, GrantId)
      const isMeant = grant && (grantee === undefined || granteeOf(grant) === grantee)
      const Grants = isMeant ? [listed(call.place, grant)] : []
      return { reply: { Grants, Truncated: false } }
    }
    const all = grantPrefix(account, keyId)
    const prefix = grantee === undefined ? all : granteePrefix(account, keyId, grantee)
    const page = await listPage(call, {
      ...paging,
      list: "ListGrants",
      of: prefix,
      format: grantRecordFormat,
      prefix,
      nameOf: (grant) => grantRecordFormat.keyOf(grant).slice(prefix.length),
    })
    const grants = await grantsInForce(call.records, key, page.records)
    const Grants = grants.map((grant) => listed(call.place, grant))
    return { reply: { Grants, ...page.reply } }
  },
})

/** Lists the grants, on any key, that a principal may retire. */
export const ListRetirableGrants = row({
  input: () =>
    z.object({
      ...shape.pageInput(),
      RetiringPrincipal: z.optional(shape.principalId().check(z.regex(principalForm))),
      RetiringServicePrincipal: z.optional(shape.serviceName()),
    }),
  reply: grantList,
  subjects: [
    {
      by: "account",
      action: "kms:ListRetirableGrants",
      resource: ({ input }) => input["RetiringPrincipal"] as string | undefined,
    },
  ],
  effect: "read",
  audit: ["RetiringPrincipal", "RetiringServicePrincipal", "Limit", "Marker"],
  check: ({ RetiringPrincipal, RetiringServicePrincipal }) => {
    if ((RetiringPrincipal === undefined) !== (RetiringServicePrincipal === undefined)) return
    throw oneRetiringPrincipalNeeded()
  },
  perform: async (call) => {
    const { caller } = call
    const { RetiringPrincipal, RetiringServicePrincipal } = call.input
    const principal = RetiringServicePrincipal ?? RetiringPrincipal
    invariant(principal, "one of the two principals was given")
    requireOwnPrincipal(principal, caller)
    const prefix = retiringPrefix(principal)
    const page = await listPage(call, {
      ...paging,
      list: "ListRetirableGrants",
      of: principal,
      format: grantPointerFormat,
      prefix,
      nameOf: ({ key }) => key.slice(prefix.length),
    })
    const pointed = await followAll(call.records, pointerToGrant, page.records)
    const grants = pointed.map(({ to }) => to)
    const granted = await followAll(call.records, grantToKey, grants)
    const Grants = granted
      .filter(({ to: key }) => !isDeleted(key, call.nowMs))
      .map(({ from: grant }) => listed(call.place, grant))
    return { reply: { Grants, ...page.reply } }
  },
})

/** A principal of the caller's account, or the service that is the caller. */
function requireOwnPrincipal(principal: string, { account, service }: Call<unknown>["caller"]) {
  if (principal === service || principal.split(":")[4] === account) return
  throw foreignRetiringPrincipal()
}
