import { type Decision, type Explanation, renderExplanation } from "@keywright/policy"
import type { KnownCaller } from "../../model/caller.js"
import { asKmsError } from "../../model/failures.js"
import { TornReadError } from "../../operations/follow.js"
import { limits } from "../../vocabulary/limits.js"
import { explain, questionsOf, refusalByDecision } from "../access/decide.js"
import type { Question } from "../access/question.js"
import type { Host } from "../host/host.js"
import type { Inquiry } from "../subjects/inquiry.js"
import { type Asked, inquire } from "./inquire.js"
import { parseRequest } from "./parse-input.js"

/** Why one permission that a call needs is given or not. */
export interface PermissionExplanation {
  readonly action: string
  readonly resource: string
  readonly explanation: Explanation
  /** What a caller that is refused would read. */
  readonly refusal?: string
}

/** Why a call is allowed or refused: every permission that it needs, explained. */
export interface CallExplanation {
  /** `allow` when every permission is given; else the effect of the first that is missing. */
  readonly effect: Decision["effect"]
  readonly permissions: readonly PermissionExplanation[]
  /** The same for a person at a terminal. */
  readonly text: string
}

/** What was torn by another host is looked at again, as a call would. */
async function inquireUntorn(host: Host, asked: Asked): Promise<Inquiry> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await inquire(host, asked)
    } catch (thrown) {
      if (!(thrown instanceof TornReadError) || attempts === limits.commitAttemptsMax) throw thrown
    }
  }
}

/** Explains a call without making it. Throws where the call fails before it is authorized. */
export async function explainCall(
  host: Host,
  caller: KnownCaller,
  operation: string,
  rawInput: unknown,
): Promise<CallExplanation> {
  const scratch = host.scratches.borrow()
  try {
    const { row, input } = parseRequest(operation, rawInput, scratch.allocate)
    const inquiry = await inquireUntorn(host, { caller, row, input })
    const questions = questionsOf(host.authorizer, inquiry)
    const explainOne = async (question: Question): Promise<PermissionExplanation> => {
      const explanation = await explain(question)
      const { action } = question.request
      const resource = question.resourceName ?? question.request.resource
      const refusal = refusalByDecision(question, explanation.decision)?.message
      return { action, resource, explanation, ...(refusal !== undefined && { refusal }) }
    }
    const permissions = await Promise.all(questions.map(explainOne))
    const effects = permissions.map(({ explanation }) => explanation.decision.effect)
    return {
      effect: effects.find((effect) => effect !== "allow") ?? "allow",
      permissions,
      text: permissions.map(({ explanation }) => renderExplanation(explanation)).join("\n"),
    }
  } catch (thrown) {
    throw asKmsError(thrown)
  } finally {
    host.scratches.giveBack(scratch)
  }
}
