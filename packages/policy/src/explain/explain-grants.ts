import { type GrantQuestion, grantTests } from "../decide/grant-tests.js"
import { childOf, granteeGrants, operationOf, sourceArnOf } from "../decide/match-grants.js"
import { kindNames } from "../decide/match-kinds.js"
import type { Situation } from "../decide/situation.js"
import type { Grant } from "../vocabulary/types.js"
import type { ConstraintExplanation, GrantExplanation } from "./explanation.js"

/** An explanation names so many grants; the rest is counted. */
const grantsExplainedMax = 100

/** The grants whose grantee is the caller, on the key of the request. */
export function explainGrants(situation: Situation): {
  readonly grants: readonly GrantExplanation[]
  readonly grantsLeftOut: number
} {
  const form = situation.onKey ? situation.bundle.grants() : undefined
  if (form === undefined) return { grants: [], grantsLeftOut: 0 }
  const operation = operationOf(situation)
  const question: GrantQuestion = {
    operation: operation ?? "",
    context: situation.request.encryptionContext ?? {},
    sourceArn: sourceArnOf(situation),
    child: operation === "CreateGrant" ? childOf(situation) : undefined,
  }
  const grants: GrantExplanation[] = []
  let found = 0
  for (const { bit, nameOf } of situation.identities) {
    const name = nameOf(situation.principal)
    const [kind] = kindNames(bit)
    if (name === undefined || kind === undefined) continue
    for (const ofGrantee of granteeGrants(form, situation, name)) {
      found += ofGrantee.all.length
      for (const grant of ofGrantee.all) {
        if (grants.length >= grantsExplainedMax) break
        const { grantId } = grant
        const checks = checksOf(grant, question)
        grants.push({ grantId, kind, checks, applies: checks.every(({ result }) => result) })
      }
    }
  }
  return { grants, grantsLeftOut: found - grants.length }
}

function checksOf(grant: Grant, question: GrantQuestion): readonly ConstraintExplanation[] {
  const checks: ConstraintExplanation[] = []
  for (const { constraint, holds } of grantTests) {
    const result = holds(grant, question)
    if (result !== undefined) checks.push({ constraint, result })
  }
  return checks
}
