import { parseDocument } from "../parse/parse-document.js"
import { placerOf } from "../parse/place.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import {
  keyPolicyBytesMax,
  managedPolicyCharactersMax,
  organizationPolicyCharactersMax,
  sessionPolicyCharactersMax,
  vpcEndpointPolicyCharactersMax,
} from "../vocabulary/limits.js"
import { findCharacterProblem, utf8Length } from "../write-time/policy-text.js"
import type { Finding, LintOptions, Remark, Rule, Severity } from "./rule.js"
import { securityRules } from "./security-rules.js"
import { suggestionRules } from "./suggestion-rules.js"
import { valueRules } from "./value-rules.js"
import { warningRules } from "./warning-rules.js"

const rules: readonly Rule[] = [
  ...valueRules,
  ...securityRules,
  ...warningRules,
  ...suggestionRules,
]

/** What may be said better in a policy, errors first in each place. Linear in the text. */
export function lint(
  text: string,
  kind: DocumentKind,
  options: LintOptions = {},
): readonly Finding[] {
  const findings: (Finding & { readonly at: number })[] = []
  const placeOf = placerOf(text)
  const add = (code: string, severity: Severity, { at, path, message }: Remark) =>
    findings.push({ code, severity, message, at, ...placeOf(at, path) })
  const character = findCharacterProblem(text)
  if (character !== undefined) add(character.code, "error", character)
  const size = sizeProblem(text, kind)
  if (size !== undefined) add("sizeOverLimit", "error", { at: 0, path: "", message: size })
  const { document, problems } = parseDocument(text, kind)
  for (const problem of problems) add(problem.code, "error", problem)
  if (document !== undefined) {
    for (const { code, severity, find } of rules) {
      for (const found of find({ document, kind, text, options })) add(code, severity, found)
    }
  }
  // What has one place stays in the order of the rules, errors first.
  return findings
    .sort((left, right) => left.at - right.at)
    .map(({ at: _, ...finding }) => Object.freeze(finding))
}

interface SizeLimit {
  readonly max: number
  readonly unit: string
  readonly measure: (text: string) => number
}

const plain = (text: string) => text.length
const withoutSpace = (text: string) =>
  [...text].filter((character) => !" \t\r\n".includes(character)).length

/** Each kind of document counts in its own way (service quotas). */
const sizeLimits: { readonly [kind in DocumentKind]: SizeLimit } = {
  keyPolicy: { max: keyPolicyBytesMax, unit: "bytes", measure: utf8Length },
  identityPolicy: {
    max: managedPolicyCharactersMax,
    unit: "characters without white space",
    measure: withoutSpace,
  },
  permissionsBoundary: {
    max: managedPolicyCharactersMax,
    unit: "characters without white space",
    measure: withoutSpace,
  },
  sessionPolicy: { max: sessionPolicyCharactersMax, unit: "characters", measure: plain },
  scp: { max: organizationPolicyCharactersMax, unit: "characters", measure: plain },
  rcp: { max: organizationPolicyCharactersMax, unit: "characters", measure: plain },
  vpcEndpointPolicy: { max: vpcEndpointPolicyCharactersMax, unit: "characters", measure: plain },
}

function sizeProblem(text: string, kind: DocumentKind): string | undefined {
  const { max, unit, measure } = sizeLimits[kind]
  const size = measure(text)
  return size > max ? `the document has ${size} ${unit}, more than ${max}` : undefined
}
