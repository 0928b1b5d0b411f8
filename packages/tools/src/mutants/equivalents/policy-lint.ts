import { alike, type Equivalent } from "./equivalent.js"

const source = (path: string): string => `packages/policy/src/${path}.ts`

const forTheCompiler = "for the compiler alone: what stands there is never absent"

/** Of what is found, explained and analysed in policies. */
export const inLint: readonly Equivalent[] = [
  ...alike(source("counterfactual/apply-changes"), "a grant that goes was there before", [
    "const kept = [...(bundle.grants()?.byId.values() ?? [])]" +
      ".filter((one) => one.grantId !== grantId)",
    "bundle.grants().byId",
    '["Stryker was here"]',
  ]),
  ...alike(
    source("counterfactual/candidate-changes"),
    "a change that does not help is tried, and not told",
    [
      "if (principalKinds(statement, situation) === 0 || resources === undefined) return undefined",
      "false",
      "principalKinds(statement, situation) === 0 && resources === undefined",
      "principalKinds(statement, situation) === 0",
      "resources === undefined",
    ],
    ["if (!actionMatches(statement.actions, situation.action)) return undefined", "false"],
  ),
  ...alike(source("write-time/validate-key-policy"), forTheCompiler, [
    "const statements = document?.statements ?? []",
    '["Stryker was here"]',
    "document.statements",
  ]),
  ...alike(
    source("analyse/callers"),
    "what a caller says of itself goes before what is sampled, and costs less",
    ['"aws:principalisawsservice",', '""'],
  ),
  ...alike(source("analyse/string-classes"), forTheCompiler, [
    "if (pattern === undefined) return []",
    "false",
    '["Stryker was here"]',
  ]),
]
