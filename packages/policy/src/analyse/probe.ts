import { type Bundle, bundleOf } from "../compile/bundle.js"
import { compileDocument, isCompiledDocument } from "../compile/compile-document.js"
import type { CompiledStatement } from "../compile/compile-statement.js"
import { formOf, sourceOf } from "../compile/held-form.js"
import { decide } from "../decide/decide.js"
import type { NormalStatement } from "../parse/normal-form.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import type { CompiledDocument } from "../vocabulary/opaque.js"
import type { Grant, Policies, PolicyDocument, PolicyRequest } from "../vocabulary/types.js"

/** What the identity policies of the asker say while a key policy is analysed. */
export type IdentitySide = "allowsNothing" | "allowsEverything"

/** What binds the asker besides: one of these documents, or none. */
export type CallerLimit =
  | "none"
  | "boundaryAllowsNothing"
  | "boundaryAllowsEverything"
  | "sessionPolicyAllowsNothing"
  | "sessionPolicyAllowsEverything"

/** A request that proves a statement about policies: it was put to the evaluator. */
export interface Witness {
  readonly request: PolicyRequest
  /** Whether the request needs identity policies that allow it. */
  readonly identityPolicies: IdentitySide
  /** The permissions boundary or session policy of the asker. */
  readonly limit: CallerLimit
}

/** How a probe is asked. */
export type Circumstances = Pick<Witness, "identityPolicies" | "limit">

/** A document asked by itself, with and without help from identity policies. */
export interface Probe {
  readonly document: CompiledDocument
  readonly statements: readonly CompiledStatement[]
  /** The statements as they were written. */
  readonly written: readonly NormalStatement[]
  readonly allows: (request: PolicyRequest, circumstances: Circumstances) => boolean
}

export type AnalysedKind = Extract<DocumentKind, "keyPolicy" | "identityPolicy">

const everything = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
}
const nothing = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
}
const limits: { readonly [limit in CallerLimit]: Policies } = {
  none: {},
  boundaryAllowsNothing: { permissionsBoundary: nothing },
  boundaryAllowsEverything: { permissionsBoundary: everything },
  sessionPolicyAllowsNothing: { sessionPolicies: [nothing] },
  sessionPolicyAllowsEverything: { sessionPolicies: [everything] },
}
/** The grant of the account on which the right to retire is tried. */
export const probeGrantId = "grant"
const grantsOf = (account: string): readonly Grant[] => [
  { grantId: probeGrantId, keyId: "key", issuingAccount: account, operations: ["Decrypt"] },
]
const delegating = (account: string) => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "*", Resource: "*" },
})

/** Throws `TypeError` for a document that cannot be read: nothing true can be said about it. */
export function probeOf(policy: PolicyDocument, kind: AnalysedKind, account: string): Probe {
  const document = isCompiledDocument(policy) ? policy : compileDocument(policy, kind)
  if (document.problem !== undefined) {
    throw new TypeError(`the policy cannot be read: ${document.problem.message}`)
  }
  if (document.kind !== kind) throw new TypeError(`the policy was compiled as ${document.kind}`)
  const helped =
    kind === "keyPolicy"
      ? { keyPolicy: document, identityPolicies: [everything] }
      : {
          keyPolicy: delegating(account),
          identityPolicies: [document],
          grants: grantsOf(account),
        }
  const alone = kind === "keyPolicy" ? { keyPolicy: document } : helped
  const sides = { allowsEverything: helped, allowsNothing: alone }
  const bundles = new Map<string, Bundle>()
  const bundleFor = ({ identityPolicies, limit }: Circumstances): Bundle => {
    const name = `${identityPolicies} ${limit}`
    const known = bundles.get(name)
    if (known !== undefined) return known
    const made = bundleOf({ ...sides[identityPolicies], ...limits[limit] }, {}, compileDocument)
    bundles.set(name, made)
    return made
  }
  return {
    document,
    statements: formOf(document).statements,
    written: sourceOf(document)?.statements ?? [],
    allows: (request, circumstances) =>
      decide(bundleFor(circumstances), request).effect === "allow",
  }
}
