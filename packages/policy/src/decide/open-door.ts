import { formAt } from "../compile/bundle.js"
import { type CompiledStatement, ownDecision, ownReference } from "../compile/compile-statement.js"
import {
  allowed,
  type Decision,
  type GrantReference,
  implicitlyDenied,
  type Reference,
} from "../vocabulary/decision.js"
import { identityAllows, limitThatBlocks } from "./identity-side.js"
import { findGrants, type GrantMatches } from "./match-grants.js"
import { delegationKinds, directKinds, limitedKinds } from "./match-kinds.js"
import { statementKinds } from "./match-statement.js"
import { grantReference } from "./references.js"
import type { Situation } from "./situation.js"

/** What allows, once nothing denies and the outer limits let the call pass. */
export function openDoor(situation: Situation): Decision {
  if (!situation.onKey) return openByIdentity(situation)
  return situation.sameAccount ? openInOwnAccount(situation) : openAcrossAccounts(situation)
}

/** No key in the call: identity policies alone decide, each account for itself. */
function openByIdentity(situation: Situation): Decision {
  if (!situation.sameAccount) return implicitlyDenied("crossAccountOperation")
  return byIdentity(situation, "identityPolicy", undefined)
}

/** The caller's own side must allow, within session policies and boundary. */
function byIdentity(
  situation: Situation,
  reason: "identityPolicy" | "delegation" | "crossAccount",
  opener: Reference | undefined,
): Decision {
  const blocked = limitThatBlocks(situation)
  if (blocked !== undefined) return implicitlyDenied(blocked)
  const identity = identityAllows(situation)
  if (identity === undefined) return implicitlyDenied("identityPolicy")
  if (identity === "root") return allowed(reason, opener === undefined ? [] : [opener])
  return allowed(reason, opener === undefined ? [identity] : [opener, identity])
}

/** Statements of the one key policy: their own references and decisions are the right ones. */
interface KeyPolicyMatches {
  direct: CompiledStatement | undefined
  limited: CompiledStatement | undefined
  delegation: CompiledStatement | undefined
}

/** How far the key policy opens the door. A direct match ends the search. */
function matchKeyPolicy(situation: Situation): KeyPolicyMatches {
  const found: KeyPolicyMatches = { direct: undefined, limited: undefined, delegation: undefined }
  const slot = situation.keyPolicy
  if (slot === undefined) return found
  for (const statement of formAt(slot).allows) {
    const kinds = statementKinds(statement, situation)
    if (kinds === 0) continue
    if ((kinds & directKinds) !== 0) {
      found.direct = statement
      return found
    }
    if ((kinds & limitedKinds) !== 0) found.limited ??= statement
    if ((kinds & delegationKinds) !== 0) found.delegation ??= statement
  }
  return found
}

function matchGrants(situation: Situation): GrantMatches {
  const form = situation.bundle.grants()
  return form === undefined ? noMatches : findGrants(form, situation)
}

const noMatches: GrantMatches = { direct: undefined, limited: undefined, delegation: undefined }

function openInOwnAccount(situation: Situation): Decision {
  const policy = matchKeyPolicy(situation)
  if (policy.direct !== undefined) return ownDecision(policy.direct)
  const grant = matchGrants(situation)
  if (grant.direct !== undefined) return allowed("grant", [grantReference(grant.direct)])
  const limited = policy.limited !== undefined || grant.limited !== undefined
  if (limited && limitThatBlocks(situation) === undefined) {
    if (policy.limited !== undefined) return ownDecision(policy.limited)
    if (grant.limited !== undefined) return allowed("grant", [grantReference(grant.limited)])
  }
  const delegation =
    policy.delegation === undefined
      ? referenceOf(grant.delegation)
      : ownReference(policy.delegation)
  if (delegation !== undefined) return byIdentity(situation, "delegation", delegation)
  const blocked = limited ? limitThatBlocks(situation) : undefined
  return implicitlyDenied(blocked ?? "keyPolicy")
}

/** Only actions of KMS are known: one of another service is for both sides to say. */
const crossesAccounts = ({ entry, lower }: Situation["action"]): boolean =>
  entry === undefined ? !lower.startsWith("kms:") : entry.row.crossAccount

function openAcrossAccounts(situation: Situation): Decision {
  if (!crossesAccounts(situation.action)) {
    return implicitlyDenied("crossAccountOperation")
  }
  const grant = matchGrants(situation)
  const opened = openByForeignGrant(situation, grant)
  if (opened !== undefined) return opened
  const policy = matchKeyPolicy(situation)
  const statement = policy.direct ?? policy.limited ?? policy.delegation
  const opener =
    statement === undefined
      ? referenceOf(grant.direct ?? grant.limited ?? grant.delegation)
      : ownReference(statement)
  if (opener === undefined) return implicitlyDenied("keyPolicy")
  return byIdentity(situation, "crossAccount", opener)
}

/** A grant to a foreign principal is enough, unless the host asked for the strict reading. */
function openByForeignGrant(situation: Situation, grant: GrantMatches): Decision | undefined {
  if (situation.bundle.foreignGranteeNeedsIdentityPolicy) return undefined
  if (grant.direct !== undefined) return allowed("grant", [grantReference(grant.direct)])
  if (grant.limited === undefined || limitThatBlocks(situation) !== undefined) return undefined
  return allowed("grant", [grantReference(grant.limited)])
}

const referenceOf = (grant: GrantReference | undefined): Reference | undefined =>
  grant === undefined ? undefined : grantReference(grant)
