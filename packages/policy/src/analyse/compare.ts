import type { PolicyDocument, PolicyRequest, PrincipalType } from "../vocabulary/types.js"
import { callersFor } from "./callers.js"
import {
  type AnalysedKind,
  type CallerLimit,
  type Circumstances,
  type IdentitySide,
  type Probe,
  probeGrantId,
  probeOf,
  type Witness,
} from "./probe.js"
import { search } from "./search.js"

export type Relation = "equal" | "narrower" | "wider" | "incomparable" | "unknown"

export interface Comparison {
  /** How `a` stands to `b`; `unknown` when the search had to end early. */
  readonly relation: Relation
  /** A request that `a` allows and `b` does not, if one was found. */
  readonly onlyA?: Witness
  readonly onlyB?: Witness
}

export interface AnalysisOptions {
  /** Default: a key policy. */
  readonly kind?: AnalysedKind | undefined
  /** The account of the key. */
  readonly account?: string | undefined
  readonly evaluationsMax?: number | undefined
}

const defaultAccount = "111122223333"
const defaultEvaluationsMax = 20_000

interface Asking extends Circumstances {
  /** Who can be bound in this way. */
  readonly callers: readonly PrincipalType[]
}

const anyone: readonly PrincipalType[] = [
  "user",
  "role-session",
  "federated-user",
  "root",
  "service",
]
const bounded: readonly PrincipalType[] = ["user", "role-session", "federated-user"]
const sessions: readonly PrincipalType[] = ["role-session", "federated-user"]

const asking = (
  identityPolicies: IdentitySide,
  limit: CallerLimit,
  callers: readonly PrincipalType[],
): Asking => ({ identityPolicies, limit, callers })

const plainAsking = asking("allowsEverything", "none", anyone)

/**
 * Key policies are asked with silent and with generous identity policies, and for callers that a
 * limit binds: some matches escape it. Below a limit that allows nothing no identity policy helps.
 */
const askingsOf: { readonly [kind in AnalysedKind]: readonly Asking[] } = {
  keyPolicy: [
    asking("allowsNothing", "none", anyone),
    plainAsking,
    asking("allowsEverything", "boundaryAllowsNothing", bounded),
    asking("allowsNothing", "boundaryAllowsEverything", bounded),
    asking("allowsEverything", "boundaryAllowsEverything", bounded),
    asking("allowsEverything", "sessionPolicyAllowsNothing", sessions),
    asking("allowsNothing", "sessionPolicyAllowsEverything", sessions),
    asking("allowsEverything", "sessionPolicyAllowsEverything", sessions),
  ],
  identityPolicy: [plainAsking],
}

/**
 * Whether policy `a` allows anything that `b` does not, and the other way round. Every witness was
 * put to the evaluator with both policies; a relation is named only after an exhaustive search.
 * Throws `TypeError` when a policy cannot be read.
 */
export function compare(
  a: PolicyDocument,
  b: PolicyDocument,
  options: AnalysisOptions = {},
): Comparison {
  const { kind = "keyPolicy", account = defaultAccount } = options
  const { evaluationsMax = defaultEvaluationsMax } = options
  const left = probeOf(a, kind, account)
  const right = probeOf(b, kind, account)
  const statements = [...left.statements, ...right.statements]
  const callers = callersFor([...left.written, ...right.written], account)
  let onlyA: Witness | undefined
  let onlyB: Witness | undefined
  const visit = (request: PolicyRequest): boolean => {
    for (const { callers: bound, identityPolicies, limit } of askingsOf[kind]) {
      if (!bound.includes(request.principal.type)) continue
      const witness: Witness = { request, identityPolicies, limit }
      onlyA ??= difference(left, right, witness)
      onlyB ??= difference(right, left, witness)
    }
    return onlyA !== undefined && onlyB !== undefined
  }
  const grantId = kind === "identityPolicy" ? probeGrantId : undefined
  const space = { statements, callers, account, evaluationsMax, grantId }
  const { isComplete } = search(space, visit)
  return Object.freeze({
    relation: relationOf(onlyA, onlyB, isComplete),
    ...(onlyA === undefined ? {} : { onlyA }),
    ...(onlyB === undefined ? {} : { onlyB }),
  })
}

function difference(allowing: Probe, refusing: Probe, witness: Witness): Witness | undefined {
  const { request } = witness
  const differs = allowing.allows(request, witness) && !refusing.allows(request, witness)
  return differs ? witness : undefined
}

function relationOf(
  onlyA: Witness | undefined,
  onlyB: Witness | undefined,
  isComplete: boolean,
): Relation {
  if (onlyA !== undefined && onlyB !== undefined) return "incomparable"
  if (!isComplete) return "unknown"
  if (onlyA !== undefined) return "wider"
  return onlyB === undefined ? "equal" : "narrower"
}
