/** A question that AWS's documents leave open, and what this evaluator answers. */
export interface EvaluationChoice {
  readonly question: string
  readonly answer: string
}

/** Every choice by name. A test of the same name holds each of them; the README prints them. */
export const evaluationChoices = {
  forAllValuesNegated: {
    question: "`ForAllValues` with a negated operator",
    answer: "holds when every request value lies outside the list",
  },
  severalValues: {
    question: "several values without set operator, also of names that differ only in letter case",
    answer: "a Deny applies if any of them satisfies the condition, an Allow only if all do",
  },
  severalValuesOfVariable: {
    question: "a policy variable that has several values",
    answer: "a Deny applies, an Allow does not; a key of many values by nature is no variable",
  },
  forAnyValueIfExists: {
    question: "`ForAnyValue:…IfExists` on an absent key",
    answer: "holds; lint warns",
  },
  emptyPolicyValues: {
    question: "a plain operator with an empty list of values",
    answer: "never holds, negated or not; lint reports an error",
  },
  emptyRequestList: {
    question: "an empty list in the request",
    answer: "is an absent key, also for `Null`",
  },
  boolVariables: {
    question: "policy variables under `Bool`",
    answer: "are expanded",
  },
  grantContextCase: {
    question: "letter case of names in the encryption context of a grant constraint",
    answer: "counts",
  },
  limitsOnGrants: {
    question: "boundary and session policy against a grant",
    answer: "limit a grant to a role or to the issuing user, not one to a session or a user",
  },
  foreignGrantee: {
    question: "a grantee of another account without identity policy",
    answer: 'may use the grant; `foreignGrantee: "grantAndIdentityPolicy"` is the strict reading',
  },
  accountGrantee: {
    question: "a grant to an account",
    answer: "is delegation: the identity policies of the account decide further",
  },
  noInventedKeys: {
    question: "`kms:GrantIsForAWSResource`, source address through an endpoint, and the like",
    answer: "are whatever the request says: the evaluator adds no context key",
  },
  macAlgorithm: {
    question: "`kms:MacAlgorithm`",
    answer: "is an ordinary string key",
  },
  mappedIpv4: {
    question: "`::ffff:a.b.c.d`",
    answer: "is the IPv4 address a.b.c.d",
  },
  dateWithoutOffset: {
    question: "a date without offset",
    answer: "is UTC",
  },
  rcpsNeedAKey: {
    question: "RCPs and operations without a key",
    answer: "RCPs have no say",
  },
  brokenDocument: {
    question: "a document that cannot be read",
    answer: "refuses every call that consults it",
  },
} as const satisfies { readonly [name: string]: EvaluationChoice }

export type EvaluationChoiceName = keyof typeof evaluationChoices
