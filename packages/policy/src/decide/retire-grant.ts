import { granteeName, type PartyName, retiringName } from "../compile/index-grants.js"
import {
  type AllowReason,
  allowed,
  type Decision,
  implicitlyDenied,
} from "../vocabulary/decision.js"
import type { Grant } from "../vocabulary/types.js"
import { identityAllows, limitThatBlocks } from "./identity-side.js"
import { delegationKinds, directKinds, limitedKinds } from "./match-kinds.js"
import { grantReference } from "./references.js"
import type { Situation } from "./situation.js"

/**
 * RetireGrant is for the retiring principal, for a grantee whose grant holds RetireGrant, and for
 * the account that issued the grant. Key policies and RCPs have no say.
 *
 * Source: AWS KMS API Reference, "RetireGrant".
 */
export function retireGrant(situation: Situation): Decision {
  const { grantId } = situation.request
  const grant = grantId === undefined ? undefined : situation.bundle.grants()?.byId.get(grantId)
  if (grant === undefined) return implicitlyDenied("grantRelation")
  return (
    retireAs(grant, "retiringPrincipal", retiringName(grant), situation) ??
    (grant.operations.includes("RetireGrant")
      ? retireAs(grant, "grantee", granteeName(grant), situation)
      : undefined) ??
    retireAsIssuer(grant, situation)
  )
}

function retireAs(
  grant: Grant,
  reason: AllowReason,
  party: PartyName | undefined,
  situation: Situation,
): Decision | undefined {
  const { principal } = situation
  if (party === undefined || !principal.arn.startsWith(party.arnPrefix)) return undefined
  for (const identity of situation.identities) {
    if (identity.nameOf(principal) !== party.name) continue
    const open =
      (identity.bit & directKinds) !== 0 ||
      ((identity.bit & limitedKinds) !== 0 && limitThatBlocks(situation) === undefined) ||
      ((identity.bit & delegationKinds) !== 0 && ownSideAllows(situation))
    if (open) return allowed(reason, [grantReference(grant)])
  }
  return undefined
}

function retireAsIssuer(grant: Grant, situation: Situation): Decision {
  const { principal } = situation
  if (principal.type === "service" || principal.account !== grant.issuingAccount) {
    return implicitlyDenied("grantRelation")
  }
  const blocked = limitThatBlocks(situation)
  if (blocked !== undefined) return implicitlyDenied(blocked)
  const identity = identityAllows(situation)
  if (identity === undefined) return implicitlyDenied("identityPolicy")
  const by = grantReference(grant)
  return allowed("issuingAccount", identity === "root" ? [by] : [by, identity])
}

const ownSideAllows = (situation: Situation): boolean =>
  limitThatBlocks(situation) === undefined && identityAllows(situation) !== undefined
