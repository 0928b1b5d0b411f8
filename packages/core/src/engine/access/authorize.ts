import { checkLockout } from "@keywright/policy"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { KnownCaller } from "../../model/caller.js"

import type { Subject } from "../../operations/subjects.js"

import type { Guardrails } from "../../ports/guardrails.js"
import type { Identities, Identity } from "../../ports/identities.js"
import { keyArn, type Region } from "../../vocabulary/arns.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import type { Inquiry, Located } from "../subjects/inquiry.js"
import { createBundles } from "./bundles.js"
import { factsOf, resourceOf } from "./facts.js"
import { createGrantFinder } from "./grants.js"
import { policyRequest, type Question, questionOf } from "./question.js"

/** Who may do what: puts the questions that policies answer. */
export interface Authorizer {
  /** What the directory knows of a caller. */
  identify(caller: KnownCaller): Eventually<Identity | undefined>
  /** The question that a subject raises; `undefined` when it needs no permission of its own. */
  ask(subject: Subject, located: Located, inquiry: Inquiry): Question | undefined
  /** Whether the caller could call PutKeyPolicy on a key in a region if it had this policy. */
  couldPutKeyPolicy(inquiry: Inquiry, key: KeyRecord, policy: string, region: Region): boolean
}

const action = "kms:PutKeyPolicy"
const unasked = { attestation: undefined, trailingDays: undefined }
const putKeyPolicy = { by: "account", action } as const

export function createAuthorizer(identities: Identities, guardrails: Guardrails): Authorizer {
  const bundles = createBundles(guardrails)
  const grantFinder = createGrantFinder()

  return {
    identify: ({ identityArns }) => {
      const findFrom = (i: number): Eventually<Identity | undefined> => {
        const arn = identityArns[i]
        if (arn === undefined) return undefined
        return andThen(identities(arn), (identity) =>
          identity === undefined ? findFrom(i + 1) : identity,
        )
      }
      return findFrom(0)
    },

    ask: (subject, located, inquiry) =>
      questionOf({ bundles, grantFinder }, subject, located, inquiry),

    couldPutKeyPolicy: (inquiry, key, policy, region) => {
      const place = { ...inquiry.place, region }
      const arn = keyArn(place, key.account, key.keyId)
      const { state } = key
      const located: Located = { kind: "key", key: { arn, state, record: { ...key, policy } } }
      const call = { ...inquiry, place, input: {}, keys: {}, ...unasked }
      const resource = resourceOf(located, call)
      const facts = factsOf(putKeyPolicy, located, resource.account, call)
      const keyPolicy = bundles.keyPolicy(policy)
      const policies = bundles.withoutKey(inquiry)
      return checkLockout({ keyPolicy, policies, request: policyRequest(action, resource, facts) })
        .ok
    },
  }
}
