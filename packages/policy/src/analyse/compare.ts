import type { PolicyDocument, PolicyRequest } from "../vocabulary/types.js"
import { callersFor } from "./callers.js"
import { type AnalysedKind, type IdentitySide, type Probe, probeOf, type Witness } from "./probe.js"
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

/** Key policies are asked with silent and with generous identity policies. */
const sidesOf: { readonly [kind in AnalysedKind]: readonly IdentitySide[] } = {
  keyPolicy: ["allowsNothing", "allowsEverything"],
  identityPolicy: ["allowsEverything"],
}

/**
 * Whether policy `a` allows anything that `b` does not, and the other way round. Every witness was
 * put to the evaluator with both policies; a relation is named only after an exhaustive search.
 *
 * @throws TypeError when a policy cannot be read.
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
  const callers = callersFor(statements, account)
  let onlyA: Witness | undefined
  let onlyB: Witness | undefined
  const visit = (request: PolicyRequest): boolean => {
    for (const side of sidesOf[kind]) {
      onlyA ??= difference(left, right, request, side)
      onlyB ??= difference(right, left, request, side)
    }
    return onlyA !== undefined && onlyB !== undefined
  }
  const { complete } = search({ statements, callers, account, evaluationsMax }, visit)
  return Object.freeze({
    relation: relationOf(onlyA, onlyB, complete),
    ...(onlyA === undefined ? {} : { onlyA }),
    ...(onlyB === undefined ? {} : { onlyB }),
  })
}

function difference(
  allowing: Probe,
  refusing: Probe,
  request: PolicyRequest,
  identityPolicies: IdentitySide,
): Witness | undefined {
  const differs =
    allowing.allows(request, identityPolicies) && !refusing.allows(request, identityPolicies)
  return differs ? { request, identityPolicies } : undefined
}

function relationOf(
  onlyA: Witness | undefined,
  onlyB: Witness | undefined,
  complete: boolean,
): Relation {
  if (onlyA !== undefined && onlyB !== undefined) return "incomparable"
  if (!complete) return "unknown"
  if (onlyA !== undefined) return "wider"
  return onlyB === undefined ? "equal" : "narrower"
}
