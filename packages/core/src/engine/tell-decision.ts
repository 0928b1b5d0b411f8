import type { Decision } from "@keywright/policy"
import type { DecidedQuestion, DecisionSink } from "../ports/decisions.js"
import { andThen, type Eventually } from "../vocabulary/eventually.js"
import type { Question } from "./authorize.js"
import { decide } from "./decide.js"

/** Decides a question of a call, and lets the sink see it where there is one. */
export function decideAndTell(
  question: Question,
  call: Pick<DecidedQuestion, "operation" | "requestId">,
  decisions: DecisionSink | undefined,
): Eventually<Decision> {
  const decided = decide(question)
  if (decisions === undefined) return decided
  const { requestId, operation } = call
  const { policies, request, withGrants } = question
  return andThen(decided, (decision) => {
    decisions({
      requestId,
      operation,
      request,
      decision,
      policies,
      withGrants: async () => (await withGrants?.())?.policies ?? policies,
    })
    return decision
  })
}
