import { bundleOf } from "../compile/bundle.js"
import {
  type CompiledStatement,
  compileDocument,
  formOf,
  isCompiledDocument,
} from "../compile/compile-document.js"
import { decide } from "../decide/decide.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import type { CompiledDocument } from "../vocabulary/opaque.js"
import type { PolicyDocument, PolicyRequest } from "../vocabulary/types.js"

/** What the identity policies of the asker say while a key policy is analysed. */
export type IdentitySide = "allowsNothing" | "allowsEverything"

/** A request that proves a statement about policies: it was put to the evaluator. */
export interface Witness {
  readonly request: PolicyRequest
  /** Whether the request needs identity policies that allow it. */
  readonly identityPolicies: IdentitySide
}

/** A document asked by itself, with and without help from identity policies. */
export interface Probe {
  readonly document: CompiledDocument
  readonly statements: readonly CompiledStatement[]
  readonly allows: (request: PolicyRequest, side: IdentitySide) => boolean
}

export type AnalysedKind = Extract<DocumentKind, "keyPolicy" | "identityPolicy">

const everything = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
}
const delegating = (account: string) => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "*", Resource: "*" },
})

/** @throws TypeError for a document that cannot be read: nothing true can be said about it. */
export function probeOf(policy: PolicyDocument, kind: AnalysedKind, account: string): Probe {
  const document = isCompiledDocument(policy) ? policy : compileDocument(policy, kind)
  if (document.problem !== undefined) {
    throw new TypeError(`the policy cannot be read: ${document.problem.message}`)
  }
  if (document.kind !== kind) throw new TypeError(`the policy was compiled as ${document.kind}`)
  const helped =
    kind === "keyPolicy"
      ? { keyPolicy: document, identityPolicies: [everything] }
      : { keyPolicy: delegating(account), identityPolicies: [document] }
  const alone = kind === "keyPolicy" ? { keyPolicy: document } : helped
  const bundles = {
    allowsEverything: bundleOf(helped, {}, compileDocument),
    allowsNothing: bundleOf(alone, {}, compileDocument),
  }
  return {
    document,
    statements: formOf(document).statements,
    allows: (request, side) => decide(bundles[side], request).effect === "allow",
  }
}
