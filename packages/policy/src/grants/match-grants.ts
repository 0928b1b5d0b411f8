import { delegationKinds, directKinds, limitedKinds } from "../decide/match-kinds.js"
import type { Situation } from "../decide/situation.js"
import type { Grant } from "../vocabulary/types.js"
import {
  type ChildGrant,
  type GrantQuestion,
  grantAdmits,
  isBoundByContext,
} from "./grant-tests.js"
import {
  type ContextPairs,
  canonicalContext,
  type GrantCell,
  type GranteeGrants,
  type GrantForm,
  pairText,
} from "./index-grants.js"

/** The grants that open the door, by how far they open it. */
export interface GrantMatches {
  direct: Grant | undefined
  limited: Grant | undefined
  delegation: Grant | undefined
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
  for (const identity of situation.identities) {
    const name = identity.nameOf(situation.principal)
    if (name === undefined) continue
    for (const ofGrantee of granteeGrants(form, situation, name)) {
      const grant = findInGrantee(ofGrantee, question)
      if (grant === undefined) continue
      if ((identity.bit & directKinds) !== 0) found.direct ??= grant
      else if ((identity.bit & limitedKinds) !== 0) found.limited ??= grant
      else if ((identity.bit & delegationKinds) !== 0) found.delegation ??= grant
    }
    if (found.direct !== undefined) return found
  }
  return found
}

/** The operation name without prefix, when grants can hold it. */
export function operationOf(situation: Situation): string | undefined {
  const row = situation.action.entry?.row
  return row?.grantable === true ? row.name.slice("kms:".length) : undefined
}

/** The lists of one name: a grant names its key by ARN or by id. */
export function granteeGrants(
  form: GrantForm,
  situation: Situation,
  name: string,
): readonly GranteeGrants[] {
  const { resource } = situation.request
  const byArn = form.byKey.get(resource)?.get(name)
  const slash = resource.indexOf(":key/")
  const byId = slash < 0 ? undefined : form.byKey.get(resource.slice(slash + 5))?.get(name)
  if (byArn === undefined) return byId === undefined ? none : [byId]
  return byId === undefined ? [byArn] : [byArn, byId]
}

const none: readonly GranteeGrants[] = []

export function sourceArnOf(situation: Situation): string | undefined {
  return textOf(situation, "aws:sourcearn")
}

export function childOf(situation: Situation): ChildGrant {
  const operations = situation.read("kms:grantoperations")
  return {
    operations: typeof operations === "object" ? operations.map(String) : [],
    constraintType: textOf(situation, "kms:grantconstrainttype"),
    sourceArn: textOf(situation, "kms:grantconstraintsourcearn"),
  }
}

function textOf(situation: Situation, key: string): string | undefined {
  const value = situation.read(key)
  return typeof value === "string" ? value : undefined
}

function findInGrantee(ofGrantee: GranteeGrants, question: GrantQuestion): Grant | undefined {
  const free = ofGrantee.bySource.get("")
  const { sourceArn } = question
  const bound =
    sourceArn === undefined || sourceArn === "" ? undefined : ofGrantee.bySource.get(sourceArn)
  return findInCells(free, question) ?? findInCells(bound, question)
}

function findInCells(
  cells: ReadonlyMap<string, GrantCell> | undefined,
  question: GrantQuestion,
): Grant | undefined {
  if (cells === undefined) return undefined
  for (const cell of cells.values()) {
    if (!cell.operations.has(question.operation)) continue
    const grant = findInCell(cell, question)
    if (grant !== undefined) return grant
  }
  return undefined
}

/** The cell settles operation and source; what is left is the context, and a child's limits. */
function findInCell(cell: GrantCell, question: GrantQuestion): Grant | undefined {
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
    let entry = cell.subsets.get(pairText(name, context[name] ?? ""))
    while (entry !== undefined) {
      if (hasPairs(context, entry.rest) && admitsChild(entry.grant, question)) return entry.grant
      entry = entry.next
    }
  }
  return undefined
}

function admitsChild(grant: Grant, question: GrantQuestion): boolean {
  return question.child === undefined || grantAdmits(grant, question)
}

function hasPairs(context: ContextPairs, pairs: readonly string[]): boolean {
  for (let at = 0; at < pairs.length; at += 2) {
    const name = pairs[at] ?? ""
    if (!Object.hasOwn(context, name) || context[name] !== pairs[at + 1]) return false
  }
  return true
}
