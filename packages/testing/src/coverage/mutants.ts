import {
  type CompiledDocument,
  compileDocument,
  type DocumentKind,
  type Grant,
  type PlainStatement,
} from "@keywright/policy"
import {
  type Asked,
  type AskedDocument,
  type AskedGrant,
  type AskedQuestion,
  grantShape,
  isAllowed,
  redecide,
} from "./asked-policies.js"
import { grantMutators, type Mutation, statementMutators } from "./mutators.js"
import { mapDocuments, type PoliciesOf } from "./policies.js"

/** Where a mistake was made. */
type MutantPlace =
  | {
      readonly document: DocumentKind
      readonly compiled: CompiledDocument
      readonly statement: number
      readonly sid: string | undefined
    }
  | { readonly grant: Grant }

/** A mistake in a policy or a grant, and whether what was asked would have told. */
export interface TriedMutant {
  readonly at: MutantPlace
  readonly mutator: string
  readonly what: string
  /** A question that would be decided otherwise: the first that was found. */
  readonly noticedBy: AskedQuestion | undefined
  /** All that were put to the policy or the grant. */
  readonly questions: readonly AskedQuestion[]
}

const isAsked = ({ questions }: AskedDocument | AskedGrant): boolean => questions.length > 0

type Mutate = (policies: PoliciesOf<CompiledDocument>) => PoliciesOf<CompiledDocument>

/** What was allowed before; the same for all mutants. */
type Before = (question: AskedQuestion) => boolean

const findNotice = (questions: readonly AskedQuestion[], before: Before, mutate: Mutate) =>
  questions.find(
    (question) => isAllowed(redecide(mutate(question.policies), question)) !== before(question),
  )

/** The document with one statement changed or dropped; `undefined` when that cannot be read. */
function mutateDocument(
  { plain, kind }: AskedDocument,
  at: number,
  changed: PlainStatement | undefined,
): CompiledDocument | undefined {
  const Statement = plain.Statement.flatMap((statement, i) =>
    i === at ? (changed ?? []) : statement,
  )
  const mutant = compileDocument({ ...plain, Statement }, kind)
  return mutant.problem === undefined ? mutant : undefined
}

function tryDocument(document: AskedDocument, before: Before): readonly TriedMutant[] {
  const { kind, compiled, plain, questions } = document
  return plain.Statement.flatMap((statement, at) =>
    statementMutators.flatMap(({ name, mutate }) =>
      mutate(statement).flatMap(({ what, changed }): TriedMutant[] => {
        const mutant = mutateDocument(document, at, changed)
        if (mutant === undefined) return []
        const noticedBy = findNotice(questions, before, (policies) =>
          mapDocuments(policies, (one) => (one === compiled ? mutant : one)),
        )
        const place = { document: kind, compiled, statement: at, sid: statement.Sid }
        return [{ at: place, mutator: name, what, noticedBy, questions }]
      }),
    ),
  )
}

function tryGrant({ grant, questions }: AskedGrant, before: Before): readonly TriedMutant[] {
  const shape = grantShape(grant)
  const mutationsOf = (mutate: (of: Grant) => readonly Mutation<Grant>[], nth: number) =>
    ((policies) => ({
      ...policies,
      grants: policies.grants.flatMap((one) =>
        grantShape(one) === shape ? (mutate(one)[nth]?.changed ?? []) : one,
      ),
    })) satisfies Mutate
  return grantMutators.flatMap(({ name, mutate }) =>
    mutate(grant).map(({ what }, nth) => ({
      at: { grant },
      mutator: name,
      what,
      noticedBy: findNotice(questions, before, mutationsOf(mutate, nth)),
      questions,
    })),
  )
}

/**
 * Makes every mistake of the tables in every document and grant that was asked, and puts the same
 * questions again. A mistake is noticed when a call that was allowed would be refused, or the
 * other way round. What was never asked is left out: nothing in it could be noticed.
 */
export function tryMutants({ questions, documents, grants }: Asked): readonly TriedMutant[] {
  const allowed = new Map(
    questions.map((question) => [question, isAllowed(redecide(question.policies, question))]),
  )
  const before: Before = (question) => allowed.get(question) === true
  return [
    ...[...documents.values()].filter(isAsked).flatMap((one) => tryDocument(one, before)),
    ...[...grants.values()].filter(isAsked).flatMap((one) => tryGrant(one, before)),
  ]
}
