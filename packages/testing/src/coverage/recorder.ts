import type { DecidedQuestion, DecisionSink } from "@keywright/core"
import type { CompiledPolicies, ContextValue, Decision, PolicyRequest } from "@keywright/policy"
import { type PoliciesOf, textsOf } from "./policies.js"
import { type Given, mergeGiven } from "./policies-in-place.js"

/** A question that an engine put to policies, as plain data, and how it was decided. */
export interface RecordedQuestion {
  readonly operation: string
  /** Every document as JSON text in one shape; the grants are those that name the caller. */
  readonly policies: PoliciesOf<string>
  /** With the condition keys that these policies look at, and no others. */
  readonly request: PolicyRequest
  readonly decision: Decision
  /** The tests that asked it, by name, where that is known. */
  readonly tests: readonly string[]
}

/** What was asked of policies, each question once, and what was there to be asked. */
export interface PolicyRecord {
  readonly questions: readonly RecordedQuestion[]
  /** Documents and grants that were there: those, too, that nobody ever asked. */
  readonly given: Given
}

export interface PolicyRecorder {
  /** Give this to an engine as its option `decisions`. */
  readonly sink: DecisionSink
  /** Notes what was put in place. */
  note(given: Given): void
  /** What was recorded so far. */
  record(): Promise<PolicyRecord>
}

/** The request with its context as data: what the policies ask for, also where none decided. */
function withContext(policies: CompiledPolicies, request: PolicyRequest): PolicyRequest {
  const { context } = request
  if (typeof context !== "function") return request
  const seen = new Map<string, ContextValue>()
  policies.explain({
    ...request,
    context: (key) => {
      const value = context(key)
      if (value !== undefined) seen.set(key, value)
      return value
    },
  })
  return { ...request, context: Object.fromEntries([...seen].sort()) }
}

/**
 * Records what engines ask of policies. `testOf` says which test is running; by default none is
 * known.
 */
export function createPolicyRecorder(
  testOf: () => string | undefined = () => undefined,
): PolicyRecorder {
  const questions = new Map<string, { question: RecordedQuestion; tests: Set<string> }>()
  const pending = new Set<Promise<void>>()
  const given: Given[] = []
  const texts = new WeakMap<CompiledPolicies, { readonly of: PoliciesOf<string> | undefined }>()

  const textOf = (compiled: CompiledPolicies): PoliciesOf<string> | undefined => {
    const known = texts.get(compiled) ?? { of: textsOf(compiled) }
    texts.set(compiled, known)
    return known.of
  }

  const record = (asked: DecidedQuestion, whole: CompiledPolicies, test: string | undefined) => {
    const policies = textOf(whole)
    // A document that cannot be read refuses every call: there is nothing to cover in it.
    if (policies === undefined) return
    const { operation, decision } = asked
    const request = withContext(whole, asked.request)
    const id = JSON.stringify([policies, request, decision])
    const entry = questions.get(id) ?? {
      question: { operation, policies, request, decision, tests: [] },
      tests: new Set(),
    }
    questions.set(id, entry)
    if (test !== undefined) entry.tests.add(test)
  }

  return Object.freeze<PolicyRecorder>({
    sink: (asked) => {
      const test = testOf()
      const recorded = asked
        .withGrants()
        // An engine that was closed meanwhile has no grants to tell of.
        .catch(() => asked.policies)
        .then((whole) => record(asked, whole, test))
        .finally(() => pending.delete(recorded))
      pending.add(recorded)
    },
    note: (one) => void given.push(one),
    record: async () => {
      await Promise.all(pending)
      const recorded = [...questions.values()].map(({ question, tests }) => ({
        ...question,
        tests: [...tests],
      }))
      return { questions: recorded, given: mergeGiven(given) }
    },
  })
}
