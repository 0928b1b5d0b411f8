export { type AnalysisOptions, type Comparison, compare, type Relation } from "./analyse/compare.js"
export { isPublic, type PublicAnswer } from "./analyse/is-public.js"
export type { Witness } from "./analyse/probe.js"
export { carriesConditionKey } from "./catalogue/action-index.js"
export { type ActionRow, actions, catalogueDate } from "./catalogue/actions.js"
export { type ConditionKeyRow, conditionKeys } from "./catalogue/condition-keys.js"
export { compileDocument } from "./compile/compile-document.js"
export { indexGrants, listGrants } from "./compile/index-grants.js"
export {
  type PlainDocument,
  type PlainStatement,
  type PlainTexts,
  plainDocument,
} from "./compile/plain-document.js"
export type { Change, PolicyChange, RequestChange } from "./counterfactual/change.js"
export type { Counterfactual, CounterfactualOptions } from "./counterfactual/counterfactuals.js"
export {
  type CachingCompiler,
  type CompiledPolicies,
  type Compiler,
  compile,
  createCompiler,
  evaluate,
} from "./evaluate.js"
export { type AccessDeniedDetails, accessDeniedMessage } from "./explain/access-denied.js"
export type {
  ConditionBecause,
  ConditionExplanation,
  DocumentExplanation,
  Explanation,
  GrantExplanation,
  LimitExplanation,
  Opening,
  StatementExplanation,
} from "./explain/explanation.js"
export { renderExplanation } from "./explain/render-explanation.js"
export { lint } from "./lint/lint.js"
export type { Finding, LintOptions, Severity } from "./lint/rule.js"
export { addressMatcher } from "./operators/ip-addresses.js"
export { oppositeCondition } from "./operators/operator-name.js"
export {
  type EvaluationChoice,
  type EvaluationChoiceName,
  evaluationChoices,
} from "./vocabulary/choices.js"
export type {
  AllowDecision,
  AllowReason,
  Decision,
  DocumentReference,
  ExplicitDenyDecision,
  GrantReference,
  ImplicitDenyDecision,
  ImplicitDenyReason,
  Reference,
} from "./vocabulary/decision.js"
export {
  type DocumentKind,
  type DocumentProblem,
  documentKinds,
  type Place,
} from "./vocabulary/documents.js"
export { lowerAscii } from "./vocabulary/fold.js"
export type { CompiledDocument, GrantIndex } from "./vocabulary/opaque.js"
export type {
  ContextLookup,
  ContextRecord,
  ContextScalar,
  ContextValue,
  EvaluationOptions,
  Grant,
  GrantConstraints,
  GrantListEntry,
  OrganizationLevel,
  OrganizationPolicies,
  Policies,
  PolicyDocument,
  PolicyRequest,
  Principal,
  PrincipalType,
  RequestContext,
} from "./vocabulary/types.js"
export {
  checkLockout,
  type LockoutCheck,
  type LockoutInput,
} from "./write-time/check-lockout.js"
export { defaultKeyPolicy } from "./write-time/default-key-policy.js"
export {
  type KeyPolicyRefusal,
  type KeyPolicyValidation,
  type KeyPolicyValidationOptions,
  validateKeyPolicy,
} from "./write-time/validate-key-policy.js"
