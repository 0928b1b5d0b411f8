import {
  type Decision,
  type DocumentKind,
  type DocumentReference,
  documentKinds,
  type Reference,
  renderExplanation,
} from "@keywright/policy"
import type { CallRecord } from "../call-record.js"
import {
  cannotTell,
  described,
  type Kit,
  type Seen,
  seenBehind,
  unseen,
  type Verdict,
} from "./verdict.js"

/** What shall have denied a call. What is left out may be anything. */
export interface Denial {
  /** The id of a Deny statement that applied. */
  readonly sid?: string | undefined
  /** The kind of document that denied, or in which an allow was missing. */
  readonly document?: DocumentKind | undefined
  readonly effect?: "explicitDeny" | "implicitDeny" | undefined
  /** The kit that saw the call, where what is tested does not come from one of its clients. */
  readonly in?: Kit | undefined
}

/** A kind that is misspelt would deny nothing, which a `not` must not take for an answer. */
function requireKind({ document }: Denial): void {
  if (document === undefined || documentKinds.includes(document)) return
  cannotTell(`\`document\` must be one of ${documentKinds.join(", ")}`)
}

const asked = ({ sid, document, effect }: Denial): string => {
  const statement = sid === undefined ? "" : ` by statement "${sid}"`
  const of = document === undefined ? "" : `${sid === undefined ? " by" : " of"} the ${document}`
  return `denied${statement}${of}${effect === undefined ? "" : ` (${effect})`}`
}

/** The question that was answered with the refusal. */
const refusedQuestion = ({ witness }: Seen, call: CallRecord) => witness?.refusedQuestion(call)

/** The decision with all its reasons, as text. */
function explained(seen: Seen, call: CallRecord): string {
  const question = refusedQuestion(seen, call)
  if (question === undefined) return ""
  return `\n\n${renderExplanation(question.policies.explain(question.request))}`
}

/** Every Deny statement that applied, also those that others forestalled. */
function denyingStatements(seen: Seen, call: CallRecord, { by }: Decision) {
  const named = by.filter((one: Reference): one is DocumentReference => "document" in one)
  const question = refusedQuestion(seen, call)
  const explanation = question?.policies.explain(question.request)
  const applied = (explanation?.documents ?? []).flatMap(({ document, statements }) =>
    statements
      .filter(({ effect, applies }) => effect === "Deny" && applies)
      .map(({ sid }) => ({ document, sid })),
  )
  return [...named, ...applied]
}

function matches(seen: Seen, call: CallRecord, decision: Decision, expected: Denial): boolean {
  const { sid, document, effect } = expected
  if (effect !== undefined && effect !== decision.effect) return false
  if (sid === undefined) return document === undefined || decision.reason === document
  if (decision.effect !== "explicitDeny") return false
  return denyingStatements(seen, call, decision).some(
    (one) => one.sid === sid && (document === undefined || one.document === document),
  )
}

/** What became of a call that no policy refused. */
const outcomeOf = ({ error, fault }: CallRecord): string => {
  if (fault !== undefined) return `it met the planned fault ${fault}`
  return error === undefined ? "it was allowed" : `it failed with ${error}`
}

/** Whether policies have refused the call behind an error, and what in them. */
export function judgeDenial(subject: unknown, expected: Denial = {}): Verdict {
  requireKind(expected)
  const seen = seenBehind(subject, expected.in)
  const { call } = seen
  if (call === undefined) return unseen(subject)
  const name = `${call.operation} by ${call.caller}`
  const decision = call.decisions.at(-1)
  if (call.error !== "AccessDeniedException" || !decision || decision.effect === "allow") {
    return {
      pass: false,
      message: () =>
        `expected ${name} to be ${asked(expected)}, but ${outcomeOf(call)}\n` +
        `  got ${described(subject)}`,
    }
  }
  return {
    pass: matches(seen, call, decision, expected),
    message: () => `expected ${name} to be ${asked(expected)}${explained(seen, call)}`,
  }
}
