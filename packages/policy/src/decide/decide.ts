import type { Bundle, LevelSlots, Slot } from "../compile/bundle.js"
import {
  type Decision,
  type ImplicitDenyDecision,
  implicitlyDenied,
} from "../vocabulary/decision.js"
import type { PolicyRequest } from "../vocabulary/types.js"
import { firstAllow, firstDeny } from "./match-statement.js"
import { openDoor } from "./open-door.js"
import { decisionBy, documentReference } from "./references.js"
import { retireGrant } from "./retire-grant.js"
import { type Situation, situationOf } from "./situation.js"

/**
 * Decides one request: a broken document refuses, then any explicit deny, then the organization and
 * endpoint limits, then what opens the door of the key.
 *
 * Source: IAM User Guide, "Policy evaluation logic"; AWS KMS Developer Guide, "Troubleshooting key
 * access".
 */
export const decide = (bundle: Bundle, request: PolicyRequest): Decision =>
  decideSituation(situationOf(bundle, request))

export const decideSituation = (situation: Situation): Decision =>
  refuseBroken(situation) ??
  refuseDenied(situation) ??
  refuseLimited(situation) ??
  (situation.retiresGrant ? retireGrant(situation) : openDoor(situation))

/**
 * The consulted documents in the order in which they are reported: RCP, SCP, VPC endpoint policy,
 * key policy, identity policies, boundary, session policies. Stops at the first answer.
 */
export const visitSlots = <Answer>(
  situation: Situation,
  visit: (slot: Slot, situation: Situation) => Answer | undefined,
): Answer | undefined =>
  visitLevels(situation.rcps?.levels, situation, visit) ??
  visitLevels(situation.scps?.levels, situation, visit) ??
  visitOne(situation.vpcEndpointPolicy, situation, visit) ??
  visitOne(situation.keyPolicy, situation, visit) ??
  visitMany(situation.identityPolicies, situation, visit) ??
  visitOne(situation.permissionsBoundary, situation, visit) ??
  visitMany(situation.sessionPolicies, situation, visit)

type Visit<Answer> = (slot: Slot, situation: Situation) => Answer | undefined

function visitLevels<Answer>(
  levels: readonly LevelSlots[] | undefined,
  situation: Situation,
  visit: Visit<Answer>,
): Answer | undefined {
  if (levels === undefined) return undefined
  for (const level of levels) {
    const answer = visitMany(level.slots, situation, visit)
    if (answer !== undefined) return answer
  }
  return undefined
}

const visitOne = <Answer>(
  slot: Slot | undefined,
  situation: Situation,
  visit: Visit<Answer>,
): Answer | undefined => (slot === undefined ? undefined : visit(slot, situation))

function visitMany<Answer>(
  slots: readonly Slot[],
  situation: Situation,
  visit: Visit<Answer>,
): Answer | undefined {
  for (const slot of slots) {
    const answer = visit(slot, situation)
    if (answer !== undefined) return answer
  }
  return undefined
}

function refuseBroken(situation: Situation): ImplicitDenyDecision | undefined {
  if (!situation.bundle.hasBroken) return undefined
  const slot = visitSlots(situation, (candidate) =>
    candidate.problem === undefined ? undefined : candidate,
  )
  if (slot?.problem === undefined) return undefined
  const reference = { ...documentReference(slot), problem: slot.problem.message }
  return implicitlyDenied("brokenDocument", reference)
}

const refuseDenied = (situation: Situation): Decision | undefined => visitSlots(situation, denyIn)

function denyIn(slot: Slot, situation: Situation): Decision | undefined {
  const statement = firstDeny(slot, situation)
  return statement === undefined ? undefined : decisionBy(slot, statement)
}

/** SCPs must allow at every level, the endpoint policy once. RCPs always allow what they leave. */
function refuseLimited(situation: Situation): Decision | undefined {
  const blocked = blockingLevel(situation)
  if (blocked !== undefined) {
    const { target, level } = blocked
    return implicitlyDenied("scp", { document: "scp", index: 0, level, target })
  }
  const { vpcEndpointPolicy } = situation
  if (vpcEndpointPolicy === undefined) return undefined
  if (firstAllow(vpcEndpointPolicy, situation) !== undefined) return undefined
  return implicitlyDenied("vpcEndpointPolicy", documentReference(vpcEndpointPolicy))
}

function blockingLevel(situation: Situation): { target: string; level: number } | undefined {
  const levels = situation.scps?.levels
  if (levels === undefined) return undefined
  for (const [level, { target, slots }] of levels.entries()) {
    if (!levelAllows(slots, situation)) return { target, level }
  }
  return undefined
}

export const levelAllows = (slots: readonly Slot[], situation: Situation): boolean =>
  slots.some((slot) => firstAllow(slot, situation) !== undefined)
