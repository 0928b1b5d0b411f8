import { isOnlyForIam } from "../catalogue/condition-keys.js"
import { formAt } from "../compile/bundle.js"
import { actionMatches } from "../compile/compile-actions.js"
import { type CompiledCondition, conditionHolds } from "../compile/compile-condition.js"
import { resourceMatches } from "../compile/compile-resources.js"
import type { CompiledStatement } from "../compile/compile-statement.js"
import { visitSlots } from "../decide/decide.js"
import { granteeGrants, operationOf } from "../decide/match-grants.js"
import { principalKinds, readFor } from "../decide/match-statement.js"
import { listOf, readerOf } from "../decide/read-context.js"
import { documentReference } from "../decide/references.js"
import type { Situation } from "../decide/situation.js"
import type { Read } from "../operators/tokens.js"
import type { Decision, DocumentReference, Reference } from "../vocabulary/decision.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import type { PolicyRequest } from "../vocabulary/types.js"
import { changeRequest } from "./apply-changes.js"
import type { Change, RequestChange } from "./change.js"
import { conditionChanges } from "./condition-changes.js"
import { pairNamesKey, pairsNamed } from "./encryption-context.js"

/** What could be done about one decision; each list of changes answers one cause. */
export function candidateChanges(
  decision: Decision,
  situation: Situation,
): readonly (readonly Change[])[] {
  switch (decision.effect) {
    case "allow":
      return decision.by.flatMap((reference) => closings(reference, situation))
    case "explicitDeny":
      return decision.by.flatMap((reference) => closings(reference, situation))
    case "implicitDeny":
      return openings(decision, situation)
  }
}

/** Ways to make a statement that applies stop applying, or a grant disappear. */
function closings(reference: Reference, situation: Situation): (readonly Change[])[] {
  if ("grantId" in reference) return [[{ change: "removeGrant", grant: reference }]]
  const statement = findStatement(reference, situation)
  const byRequest = (statement?.conditions ?? []).flatMap((condition) =>
    changesOf(condition, false, statement, situation.request).map((change) => [change]),
  )
  return [...byRequest, [{ change: "removeStatement", from: reference }]]
}

/** None where the statement cannot see what would change. */
function changesOf(
  condition: CompiledCondition,
  wanted: boolean,
  statement: CompiledStatement | undefined,
  request: PolicyRequest,
): readonly RequestChange[] {
  if (statement === undefined || (statement.readsLess && isOnlyForIam(condition.key))) return []
  const changes = conditionChanges(condition, wanted, readOf(statement, request))
  if (condition.key !== pairNamesKey) return changes
  // Nobody sends the names alone.
  return changes.map((change) => {
    const names = change.change === "setContext" ? listOf(change.value).map(String) : []
    return { change: "setEncryptionContext", encryptionContext: pairsNamed(request, names) }
  })
}

const readOf = (statement: CompiledStatement, { context }: PolicyRequest): Read =>
  readFor(statement, { read: readerOf(context) })

const findStatement = (
  reference: DocumentReference,
  situation: Situation,
): CompiledStatement | undefined =>
  visitSlots(situation, (slot) => {
    const place = documentReference(slot)
    const same =
      place.document === reference.document &&
      place.index === reference.index &&
      place.level === reference.level
    if (!same) return undefined
    return formAt(slot).statements.find(({ index }) => index === reference.statement)
  })

function openings(
  decision: Decision & { effect: "implicitDeny" },
  situation: Situation,
): (readonly Change[])[] {
  const { reason } = decision
  if (
    reason === "brokenDocument" ||
    reason === "crossAccountOperation" ||
    reason === "grantRelation" ||
    reason === "rcp"
  ) {
    return []
  }
  const [by] = decision.by
  const place = by !== undefined && "document" in by ? by : undefined
  const changes = nearMisses(reason, place, situation)
  if (reason === "keyPolicy") {
    changes.push(...grantMisses(situation))
    // An identity policy helps only when the key policy already delegates.
  }
  changes.push([addition(reason, place, situation)])
  return changes
}

/** Allow statements of that kind that fail by their conditions only. */
function nearMisses(
  kind: DocumentKind,
  place: DocumentReference | undefined,
  situation: Situation,
): (readonly Change[])[] {
  const found: (readonly Change[])[] = []
  visitSlots(situation, (slot) => {
    if (slot.kind !== kind || (place?.level !== undefined && slot.level !== place.level)) {
      return undefined
    }
    for (const statement of formAt(slot).allows) {
      const changes = conditionRepairs(statement, situation)
      if (changes !== undefined && changes.length > 0) found.push(changes)
    }
    return undefined
  })
  return found
}

function conditionRepairs(
  statement: CompiledStatement,
  situation: Situation,
): readonly Change[] | undefined {
  const { resources } = statement
  if (!actionMatches(statement.actions, situation.action)) return undefined
  if (principalKinds(statement, situation) === 0 || resources === undefined) return undefined
  if (!resourceMatches(resources, situation, readFor(statement, situation))) return undefined
  const changes: Change[] = []
  // One change may mend or break what the next condition reads.
  let { request } = situation
  for (const condition of statement.conditions) {
    if (conditionHolds(condition, readOf(statement, request))) continue
    const [change] = changesOf(condition, true, statement, request)
    if (change === undefined) return undefined
    request = changeRequest(request, change)
    changes.push(change)
  }
  return changes
}

/** Grants to the caller that fail by their encryption context only. */
function grantMisses(situation: Situation): (readonly Change[])[] {
  const form = situation.bundle.grants()
  const operation = operationOf(situation)
  if (form === undefined || operation === undefined) return []
  const found: (readonly Change[])[] = []
  for (const { nameOf } of situation.identities) {
    const name = nameOf(situation.principal)
    if (name === undefined) continue
    for (const { all } of granteeGrants(form, situation, name)) {
      for (const grant of all.slice(0, grantsTriedMax)) {
        if (!grant.operations.includes(operation)) continue
        const { encryptionContextEquals, encryptionContextSubset } = grant.constraints ?? {}
        const encryptionContext = encryptionContextEquals ?? {
          ...situation.request.encryptionContext,
          ...encryptionContextSubset,
        }
        found.push([{ change: "setEncryptionContext", encryptionContext }])
      }
    }
  }
  return found
}

const grantsTriedMax = 5

/** The narrowest statement that would allow, in the document where an allow is missing. */
function addition(
  kind: DocumentKind,
  place: DocumentReference | undefined,
  situation: Situation,
): Change {
  const { action, resource } = situation.request
  const statement = { Effect: "Allow", Action: action }
  const to: DocumentReference = place ?? { document: kind, index: 0 }
  if (kind === "keyPolicy") {
    const named = { Principal: principalElement(situation), ...statement, Resource: "*" }
    return { change: "addStatement", to, statement: named }
  }
  const about = resource === "" ? "*" : resource
  if (kind === "vpcEndpointPolicy") {
    const named = { Principal: "*", ...statement, Resource: about }
    return { change: "addStatement", to, statement: named }
  }
  return { change: "addStatement", to, statement: { ...statement, Resource: about } }
}

/** Roles are named by their role, so that the statement outlives the session. */
function principalElement({ principal }: Situation): { readonly [kind: string]: string } {
  if (principal.type === "service") return { Service: principal.service ?? principal.arn }
  return { AWS: principal.roleArn ?? principal.arn }
}
