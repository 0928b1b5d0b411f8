import type { CompiledStatement } from "../compile/compile-statement.js"
import type { ContextValue, PolicyDocument, PolicyRequest } from "../vocabulary/types.js"
import { strangerTo } from "./callers.js"
import type { AnalysisOptions } from "./compare.js"
import { probeOf, type Witness } from "./probe.js"
import { search } from "./search.js"
import { strangersOwn } from "./strangers-own.js"

/**
 * `unknown` when nothing was found, but the search had to end early or the policy lets in who fits
 * a pattern or a network so wide that a stranger may.
 */
export type PublicAnswer =
  | { readonly public: "yes"; readonly witness: Witness }
  | { readonly public: "no" | "unknown" }

const defaultAccount = "111122223333"
const defaultEvaluationsMax = 20_000

/**
 * Whether a key policy lets in an account that it does not name. The stranger has an organization
 * and an endpoint of its own, never one that the policy names, but chooses everything else.
 * Throws `TypeError` when the policy cannot be read.
 */
export function isPublic(
  policy: PolicyDocument,
  options: Omit<AnalysisOptions, "kind"> = {},
): PublicAnswer {
  const { account = defaultAccount, evaluationsMax = defaultEvaluationsMax } = options
  const probe = probeOf(policy, "keyPolicy", account)
  const callers = [strangerTo(probe.written, account)]
  const wide = wideKeys(probe.statements)
  let witness: Witness | undefined
  let isPerhapsPublic = false
  const visit = (request: PolicyRequest): boolean => {
    // Without a key in the call the key policy has no say.
    if (request.resource === "*") return false
    const asked = asStranger(request)
    const asking: Witness = { request: asked, identityPolicies: "allowsEverything", limit: "none" }
    if (!probe.allows(asked, asking)) {
      isPerhapsPublic ||= wide.size > 0 && probe.allows(asStranger(request, wide), asking)
      return false
    }
    witness = asking
    return true
  }
  const { statements } = probe
  const { isComplete } = search({ statements, callers, account, evaluationsMax }, visit)
  if (witness !== undefined) return Object.freeze({ public: "yes", witness })
  return Object.freeze({ public: isComplete && !isPerhapsPublic ? "no" : "unknown" })
}

/** Keys on which a condition does not say whom it means. */
function wideKeys(statements: readonly CompiledStatement[]): ReadonlySet<string> {
  const wide = statements
    .flatMap(({ conditions }) => conditions)
    .filter((condition) => strangersOwn.get(condition.key)?.meansOwner(condition) === false)
  return new Set(wide.map(({ key }) => key))
}

const none: ReadonlySet<string> = new Set()

/** The same request from the stranger: what it cannot choose becomes its own, but what is kept. */
function asStranger(request: PolicyRequest, kept = none): PolicyRequest {
  const context: Record<string, ContextValue | undefined> = {}
  for (const [key, value] of Object.entries(request.context)) {
    const row = kept.has(key) ? undefined : strangersOwn.get(key)
    context[key] = value === undefined || row === undefined ? value : row.value(value)
  }
  return { ...request, context }
}
