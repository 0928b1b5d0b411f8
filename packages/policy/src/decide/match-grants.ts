import {
  type ByGrantee,
  type ContextPairs,
  canonicalContext,
  type GrantCell,
  type GranteeGrants,
  type GrantForm,
} from "../compile/index-grants.js"
import type { GrantReference } from "../vocabulary/decision.js"
import type { Grant } from "../vocabulary/types.js"
import {
  type ChildGrant,
  type GrantQuestion,
  grantAdmits,
  isBoundByContext,
} from "./grant-tests.js"
import { delegationKinds, directKinds, limitedKinds } from "./match-kinds.js"
import { listOf } from "./read-context.js"
import type { Situation } from "./situation.js"

/** The grants that open the door, by how far they open it. */
export interface GrantMatches {
  direct: GrantReference | undefined
  limited: GrantReference | undefined
  delegation: GrantReference | undefined
}

export function findGrants(form: GrantForm, situation: Situation): GrantMatches {
  const found: GrantMatches = { direct: undefined, limited: undefined, delegation: undefined }
  const operation = operationOf(situation)
  if (operation === undefined) return found
  const question: GrantQuestion = {
    operation,
    context: situation.request.encryptionContext ?? {},
    sourceArn: sourceArnOf(situation),
    child: operation === "CreateGrant" ? childOf(situation) : undefined,
  }
  const lists = listsOnKey(form, situation.request.resource)
  for (const { bit, nameOf } of situation.identities) {
    const name = nameOf(situation.principal)
    if (name === undefined) continue
    for (const byGrantee of lists) {
      const grant = findByName(byGrantee.get(name), situation, question)
      if (grant === undefined) continue
      if ((bit & directKinds) !== 0) found.direct ??= grant
      else if ((bit & limitedKinds) !== 0) found.limited ??= grant
      else if ((bit & delegationKinds) !== 0) found.delegation ??= grant
    }
    if (found.direct !== undefined) return found
  }
  return found
}

function findByName(
  grantees: readonly GranteeGrants[] | undefined,
  { principal }: Situation,
  question: GrantQuestion,
): GrantReference | undefined {
  if (grantees === undefined) return undefined
  for (const ofGrantee of grantees) {
    const { arnPrefix } = ofGrantee
    if (arnPrefix !== "" && !principal.arn.startsWith(arnPrefix)) continue
    const grant = findInGrantee(ofGrantee, question)
    if (grant !== undefined) return grant
  }
  return undefined
}

/** The operation name without prefix, when grants can hold it. */
export function operationOf(situation: Situation): string | undefined {
  const row = situation.action.entry?.row
  return row?.grantable === true ? row.name.slice("kms:".length) : undefined
}

/** The grants on a key: a grant names its key by ARN or by id. */
function listsOnKey(form: GrantForm, resource: string): readonly ByGrantee[] {
  const byArn = form.byKey.get(resource)
  const slash = resource.indexOf(":key/")
  const byId = slash < 0 ? undefined : form.byKey.get(resource.slice(slash + 5))
  if (byArn === undefined) return byId === undefined ? none : [byId]
  return byId === undefined ? [byArn] : [byArn, byId]
}

const none: readonly ByGrantee[] = []

/** The grants of one name on the key of the request. */
export const granteeGrants = (
  form: GrantForm,
  situation: Situation,
  name: string,
): readonly GranteeGrants[] =>
  listsOnKey(form, situation.request.resource)
    .flatMap((byGrantee) => byGrantee.get(name) ?? [])
    .filter(({ arnPrefix }) => situation.principal.arn.startsWith(arnPrefix))

export const sourceArnOf = (situation: Situation): string | undefined =>
  textOf(situation, "aws:sourcearn")

export function childOf(situation: Situation): ChildGrant {
  const operations = situation.read("kms:grantoperations")
  return {
    operations: operations === undefined ? [] : listOf(operations).map(String),
    constraintType: textOf(situation, "kms:grantconstrainttype"),
    sourceArn: textOf(situation, "kms:grantconstraintsourcearn"),
  }
}

function textOf(situation: Situation, key: string): string | undefined {
  const value = situation.read(key)
  const only = typeof value === "object" && value.length === 1 ? value[0] : value
  return typeof only === "string" ? only : undefined
}

function findInGrantee(
  ofGrantee: GranteeGrants,
  question: GrantQuestion,
): GrantReference | undefined {
  const free = ofGrantee.bySource.get("")
  const { sourceArn } = question
  const bound =
    sourceArn === undefined || sourceArn === "" ? undefined : ofGrantee.bySource.get(sourceArn)
  return findInCells(free, question) ?? findInCells(bound, question)
}

function findInCells(
  cells: ReadonlyMap<string, GrantCell> | undefined,
  question: GrantQuestion,
): GrantReference | undefined {
  if (cells === undefined) return undefined
  for (const cell of cells.values()) {
    if (!cell.operations.has(question.operation)) continue
    const grant = findInCell(cell, question)
    if (grant !== undefined) return grant
  }
  return undefined
}

/** The cell settles operation and source; what is left is the context, and a child's limits. */
function findInCell(cell: GrantCell, question: GrantQuestion): GrantReference | undefined {
  const { context } = question
  if (!isBoundByContext(question.operation)) return cell.first
  if (cell.unconstrained !== undefined && admitsChild(cell.unconstrained, question)) {
    return cell.unconstrained
  }
  if (cell.equals.size > 0) {
    const equal = cell.equals.get(canonicalContext(context))
    if (equal !== undefined && grantAdmits(equal, question)) return equal
  }
  if (cell.subsets.size === 0) return undefined
  for (const name of Object.keys(context)) {
    let entry = cell.subsets.get(name)?.get(context[name] ?? "")
    while (entry !== undefined) {
      if (hasPairs(context, entry.rest) && admitsChild(entry.grant, question)) return entry
      entry = entry.next
    }
  }
  return undefined
}

const admitsChild = (grant: Grant, question: GrantQuestion): boolean =>
  question.child === undefined || grantAdmits(grant, question)

function hasPairs(context: ContextPairs, pairs: readonly string[]): boolean {
  for (let at = 0; at < pairs.length; at += 2) {
    const name = pairs[at] ?? ""
    if (!Object.hasOwn(context, name) || context[name] !== pairs[at + 1]) return false
  }
  return true
}
