import { type CompiledDocument, checkLockout } from "@keywright/policy"
import type { KeyRecord } from "../../formats/stored/key-records.js"

import type { Subject } from "../../operations/subjects.js"

import type { Guardrails } from "../../ports/guardrails.js"
import type { Identities } from "../../ports/identities.js"
import { keyArn, type Region } from "../../vocabulary/arns.js"
import type { Inquiry, Located } from "../subjects/inquiry.js"
import { createBundles } from "./bundles.js"
import { factsOf, resourceOf } from "./facts.js"
import { createGrantFinder } from "./grants.js"
import { createIdentify, type Identify } from "./identify.js"
import { policyRequest, type Question, questionOf } from "./question.js"

/** Who may do what: puts the questions that policies answer. */
export interface Authorizer {
  readonly identify: Identify
  /** The question that a subject raises; `undefined` when it needs no permission of its own. */
  ask(subject: Subject, located: Located, inquiry: Inquiry): Question | undefined
  /** Whether the caller could call PutKeyPolicy on a key in a region if it had this policy. */
  couldPutKeyPolicy(
    inquiry: Inquiry,
    key: KeyRecord,
    keyPolicy: CompiledDocument,
    region: Region,
  ): boolean
}

const action = "kms:PutKeyPolicy"
const unasked = { attestation: undefined, trailingDays: undefined }
const putKeyPolicy = { by: "account", action } as const

export function createAuthorizer(identities: Identities, guardrails: Guardrails): Authorizer {
  const bundles = createBundles(guardrails)
  const grantFinder = createGrantFinder()

  return {
    identify: createIdentify(identities),

    ask: (subject, located, inquiry) =>
      questionOf({ bundles, grantFinder }, subject, located, inquiry),

    couldPutKeyPolicy: (inquiry, key, keyPolicy, region) => {
      const place = { ...inquiry.place, region }
      const arn = keyArn(place, key.account, key.keyId)
      const { state } = key
      const located: Located = { kind: "key", key: { arn, state, record: key } }
      const call = { ...inquiry, place, input: {}, keys: {}, ...unasked }
      const resource = resourceOf(putKeyPolicy, located, call)
      const facts = factsOf(putKeyPolicy, located, resource.account, call)
      // Other keys with the policy that may be replaced read it again.
      bundles.forget(key.policy)
      const policies = bundles.withoutKey(inquiry)
      return checkLockout({ keyPolicy, policies, request: policyRequest(action, resource, facts) })
        .ok
    },
  }
}
