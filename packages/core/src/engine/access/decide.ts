import { accessDeniedMessage, type Decision, type Explanation } from "@keywright/policy"
import type { DecidedQuestion, DecisionSink } from "../../ports/decisions.js"
import type { KmsError } from "../../vocabulary/errors.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { quoted } from "../../vocabulary/refusals/refusal.js"
import type { Inquiry } from "../subjects/inquiry.js"
import type { Authorizer } from "./authorize.js"
import type { Question } from "./question.js"

/** Every permission that a call needs, put as a question. */
export function questionsOf(authorizer: Authorizer, inquiry: Inquiry): readonly Question[] {
  const questions: Question[] = []
  for (const { subject, located } of inquiry.found) {
    const question = authorizer.ask(subject, located, inquiry)
    if (question !== undefined) questions.push(question)
  }
  return questions
}

/** Decides; grants, which are many and can only allow, are read where nothing else decides. */
function decide({ policies, request, withGrants }: Question): Eventually<Decision> {
  const decision = policies.decide(request)
  if (decision.effect !== "implicitDeny" || withGrants === undefined) return decision
  return withGrants.deciding().then((granted) => granted.policies.decide(granted.request))
}

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
      withGrants: async () => (await withGrants?.all())?.policies ?? policies,
    })
    return decision
  })
}

/** The same answer with all its reasons. */
export async function explain(question: Question): Promise<Explanation> {
  const { policies, request } = (await question.withGrants?.all()) ?? question
  return policies.explain(request)
}

/** The refusal that a decision calls for, in the words of AWS; `undefined` when it allows. */
export function refusalByDecision(
  { request, resourceName, masked, byCiphertext }: Question,
  decision: Decision,
): KmsError | undefined {
  if (decision.effect === "allow") return undefined
  const message = accessDeniedMessage(decision, {
    principalArn: request.principal.arn,
    action: request.action,
    resource: resourceName,
    masked,
    ciphertext: byCiphertext,
  })
  return quoted("AccessDeniedException", message)
}
