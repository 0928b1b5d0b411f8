import type { CompiledDocument, DocumentKind, Grant } from "@keywright/policy"
import { type Asked, type AskedQuestion, arrange } from "./asked-policies.js"
import { type TriedMutant, tryMutants } from "./mutants.js"
import type { PolicyRecord } from "./recorder.js"
import { type ConditionTally, tally } from "./tallies.js"

/** How much of something has been decisive. */
export interface Ratio {
  readonly covered: number
  readonly total: number
}

export interface ConditionCoverage {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
  /** How often it held together with everything else in its statement. */
  readonly held: number
  /** How often it alone kept its statement from applying. */
  readonly failed: number
}

export interface StatementCoverage {
  /** Position in its document, from 0. */
  readonly statement: number
  readonly sid?: string
  readonly effect: "Allow" | "Deny"
  /** How often everything in it matched. */
  readonly applied: number
  /** How often a decision rested on it. */
  readonly decided: number
  readonly conditions: readonly ConditionCoverage[]
}

/** A document, wherever it was attached: equal documents are one. */
export interface DocumentCoverage {
  readonly document: DocumentKind
  /** What it was attached to, where it was asked: keys, principals, targets, endpoints. */
  readonly attachedTo: readonly string[]
  /** How many different questions were put to policies that it is part of. */
  readonly questions: number
  readonly statements: readonly StatementCoverage[]
}

/** A grant; those that differ in their ids alone are one. */
export interface GrantCoverage {
  readonly grantee: string
  readonly operations: readonly string[]
  readonly constraints?: Grant["constraints"]
  readonly questions: number
  readonly decided: number
}

/** A mistake that none of the recorded questions would have brought to light. */
export interface UnnoticedMutant {
  /** The row of the table of mistakes: `drop-condition`. */
  readonly mutator: string
  /** The document or the grant: `keyPolicy of arn:…`. */
  readonly of: string
  /** What of it: `statement 1 "Office"`, or `grant`. */
  readonly part: string
  /** What was done to that: `dropped`, `without its condition Bool aws:SecureTransport`. */
  readonly change: string
  /** How many questions were put again, and answered as before. */
  readonly questions: number
  /** The tests that asked them, and that would still pass. */
  readonly tests: readonly string[]
}

/** What the questions that were put to policies have shown of these policies. */
export interface PolicyCoverage {
  readonly statements: Ratio
  /** Covered: seen to hold and seen to fail, with everything else in the statement matching. */
  readonly conditions: Ratio
  readonly grants: Ratio
  /** Covered: noticed. */
  readonly mutants: Ratio
  readonly documents: readonly DocumentCoverage[]
  readonly grantList: readonly GrantCoverage[]
  readonly unnoticed: readonly UnnoticedMutant[]
}

/** What a document was attached to in one question. */
const attachments: { readonly [Kind in DocumentKind]: (question: AskedQuestion) => string } = {
  keyPolicy: ({ request }) => request.resource,
  identityPolicy: ({ request: { principal } }) => principal.roleArn ?? principal.arn,
  permissionsBoundary: ({ request: { principal } }) => principal.roleArn ?? principal.arn,
  sessionPolicy: ({ request: { principal } }) => principal.arn,
  scp: ({ request: { principal } }) => principal.account,
  rcp: ({ request }) => request.resourceAccount,
  vpcEndpointPolicy: ({ request }) => request.vpcEndpointId ?? "no endpoint",
}

const attachedTo = (kind: DocumentKind, questions: readonly AskedQuestion[]) => [
  ...new Set(questions.map((question) => attachments[kind](question))),
]

const granteeOf = (grant: Grant): string =>
  grant.granteePrincipal ?? grant.granteeServicePrincipal ?? "nobody"

const isCovered = ({ held, failed }: ConditionTally | ConditionCoverage): boolean =>
  held > 0 && failed > 0

const ratioOf = <Item>(items: readonly Item[], covered: (item: Item) => boolean): Ratio =>
  Object.freeze({ covered: items.filter(covered).length, total: items.length })

function placeOf({ at, questions }: TriedMutant): Pick<UnnoticedMutant, "of" | "part"> {
  if ("grant" in at) return { of: `grant to ${granteeOf(at.grant)}`, part: "grant" }
  const [first = "", ...others] = attachedTo(at.document, questions)
  const more = others.length === 0 ? "" : ` and ${others.length} more`
  const sid = at.sid === undefined ? "" : ` "${at.sid}"`
  return { of: `${at.document} of ${first}${more}`, part: `statement ${at.statement}${sid}` }
}

const documentsOf = (asked: Asked, { statements }: ReturnType<typeof tally>) =>
  [...asked.documents.values()].map(
    ({ kind, compiled, questions }): DocumentCoverage => ({
      document: kind,
      attachedTo: attachedTo(kind, questions),
      questions: questions.length,
      statements: statementsOf(statements, compiled),
    }),
  )

const statementsOf = (
  tallies: ReturnType<typeof tally>["statements"],
  document: CompiledDocument,
): readonly StatementCoverage[] =>
  (tallies.get(document) ?? []).map(({ sid, ...entry }) => ({
    ...entry,
    ...(sid !== undefined && { sid }),
  }))

/**
 * Which statements, conditions and grants ever decided something, and which mistakes in them
 * nobody would have noticed. A statement decides when a decision names it, or when it is what a
 * boundary, a session policy, an SCP or an endpoint policy had to allow.
 *
 * @example
 * const recorder = createPolicyRecorder()
 * const kms = await createMemoryKms({ decisions: recorder.sink })
 * // … use it …
 * const coverage = policyCoverage(await recorder.record())
 */
export function policyCoverage(record: PolicyRecord): PolicyCoverage {
  const asked = arrange(record)
  const tallies = tally(asked)
  const mutants = tryMutants(asked)
  const documents = documentsOf(asked, tallies)
  const grantList = [...asked.grants].map(
    ([shape, { grant, questions: ofGrant }]): GrantCoverage => ({
      grantee: granteeOf(grant),
      operations: grant.operations,
      ...(grant.constraints && { constraints: grant.constraints }),
      questions: ofGrant.length,
      decided: tallies.grants.get(shape) ?? 0,
    }),
  )
  const statements = documents.flatMap((document) => document.statements)
  return Object.freeze({
    statements: ratioOf(statements, ({ decided }) => decided > 0),
    conditions: ratioOf(
      statements.flatMap(({ conditions }) => conditions),
      isCovered,
    ),
    grants: ratioOf(grantList, ({ decided }) => decided > 0),
    mutants: ratioOf(mutants, ({ noticedBy }) => noticedBy !== undefined),
    documents,
    grantList,
    unnoticed: mutants
      .filter(({ noticedBy }) => noticedBy === undefined)
      .map((mutant) => ({
        mutator: mutant.mutator,
        ...placeOf(mutant),
        change: mutant.what,
        questions: mutant.questions.length,
        tests: [...new Set(mutant.questions.flatMap(({ tests }) => tests))].sort(),
      })),
  })
}
