import type { DocumentReference } from "../vocabulary/decision.js"
import { firstAllow } from "./match-statement.js"
import { statementReference } from "./references.js"
import type { Situation } from "./situation.js"

/** The statement that allows; `"root"` for the root user, who needs none. */
export function identityAllows(situation: Situation): DocumentReference | "root" | undefined {
  if (situation.principal.type === "root") return "root"
  for (const slot of situation.identityPolicies) {
    const statement = firstAllow(slot, situation)
    if (statement !== undefined) return statementReference(slot, statement)
  }
  return undefined
}

/**
 * The limit whose silence refuses: a list of session policies allows when any of them does; a
 * federated user without session policies has no permissions of its own.
 */
export function limitThatBlocks(
  situation: Situation,
): "sessionPolicy" | "permissionsBoundary" | undefined {
  if (!sessionAllows(situation)) return "sessionPolicy"
  const { permissionsBoundary } = situation
  if (permissionsBoundary === undefined) return undefined
  return firstAllow(permissionsBoundary, situation) === undefined
    ? "permissionsBoundary"
    : undefined
}

export function sessionAllows(situation: Situation): boolean {
  const { sessionPolicies } = situation
  if (sessionPolicies.length === 0) return situation.principal.type !== "federated-user"
  return sessionPolicies.some((slot) => firstAllow(slot, situation) !== undefined)
}
