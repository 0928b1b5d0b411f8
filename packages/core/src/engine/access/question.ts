import {
  type CompiledPolicies,
  type GrantIndex,
  indexGrants,
  type PolicyRequest,
} from "@keywright/policy"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import { conditionValue, type Facts } from "../../model/condition-keys.js"
import { isBoundByContext, policyGrant } from "../../model/grants.js"
import type { Subject } from "../../operations/subjects.js"
import { grantOperations } from "../../vocabulary/grant-operations.js"
import type { Inquiry, Located } from "../subjects/inquiry.js"
import type { Bundles } from "./bundles.js"
import { type AskedSubject, factsOf, type Resource, resourceOf } from "./facts.js"
import type { GrantFinder } from "./grants.js"

/** One permission that a call needs, put as a question. */
export interface Question {
  readonly policies: CompiledPolicies
  readonly request: PolicyRequest
  /** The resource, as messages name it; absent for a key that is yet to be made. */
  readonly resourceName: string | undefined
  /** How a refusal names the resource, for one who may not know what exists. */
  readonly masked: boolean
  /** The resource was named by a ciphertext alone. */
  readonly byCiphertext: boolean
  /** The same question with grants on the key, which can only add to what is allowed. */
  readonly withGrants?: {
    /** As many of them as decide. */
    readonly deciding: () => Promise<Question>
    readonly all: () => Promise<Question>
  }
}

/** What a grant can permit, by the action that asks for it. */
const operationOf = new Map(grantOperations.map((operation) => [`kms:${operation}`, operation]))

/** What policies are asked. */
export const policyRequest = (
  action: string,
  resource: Resource,
  facts: Facts,
  { grantId, isNewKey }: Pick<PolicyRequest, "grantId" | "isNewKey"> = {},
): PolicyRequest => ({
  principal: facts.caller,
  action,
  resource: resource.arn,
  resourceAccount: resource.account,
  keyManager: facts.key?.keyManager,
  vpcEndpointId: facts.caller.context.sourceVpce,
  encryptionContext: facts.encryptionContext,
  grantId,
  isNewKey,
  context: (lowerCaseKey) => conditionValue(facts, lowerCaseKey),
})

function resourceName(subject: AskedSubject, { arn, isWholeAccount }: Resource) {
  if (isWholeAccount) return "*"
  return subject.by === "account" && subject.isNewKey ? undefined : arn
}

/** What puts questions: compiled policies, and what finds grants. */
export interface Sources {
  readonly bundles: Bundles
  readonly grantFinder: GrantFinder
}

/** The same question, to be asked again with the grants on the key, where they could allow it. */
function withGrants(
  { bundles, grantFinder }: Sources,
  question: Question,
  { facts, key, inquiry }: { facts: Facts; key: KeyRecord; inquiry: Inquiry },
): Question {
  const operation = operationOf.get(question.request.action)
  if (operation === undefined) return question
  const { caller, reads } = inquiry
  const sourceArn = conditionValue(facts, "aws:sourcearn")
  const query = {
    key,
    caller,
    operation,
    sourceArn: typeof sourceArn === "string" ? sourceArn : undefined,
    encryptionContext: isBoundByContext(operation) ? (facts.encryptionContext ?? {}) : undefined,
  }
  const grantedBy = (index: GrantIndex): Question => ({
    ...question,
    policies: bundles.bundleFor(inquiry, key, index),
  })
  return {
    ...question,
    withGrants: {
      deciding: async () => grantedBy(await grantFinder.deciding(reads, query)),
      all: async () => grantedBy(await grantFinder.all(reads, query)),
    },
  }
}

/** Puts the question that a subject raises; `undefined` when it needs no permission of its own. */
export function questionOf(
  sources: Sources,
  subject: Subject,
  located: Located,
  inquiry: Inquiry,
): Question | undefined {
  if (subject.by === "own key" || subject.by === "key store") return undefined
  const { caller, input } = inquiry
  const resource = resourceOf(subject, located, inquiry)
  const facts = factsOf(subject, located, resource.account, inquiry)
  const named = located.kind === "key" ? located.key : undefined
  const key = named?.record
  const grant = named?.grant
  const question: Question = {
    policies: sources.bundles.bundleFor(inquiry, key, grant && indexGrants([policyGrant(grant)])),
    request: policyRequest(subject.action, resource, facts, {
      grantId: grant?.grantId,
      isNewKey: subject.by === "account" ? subject.isNewKey : undefined,
    }),
    resourceName: resourceName(subject, resource),
    masked: named?.isDraft || resource.account !== caller.account,
    byCiphertext: subject.by === "ciphertext" && input[subject.member] === undefined,
  }
  if (key === undefined || key.grantsCount === 0 || grant !== undefined) return question
  return withGrants(sources, question, { facts, key, inquiry })
}
