import {
  type CompiledDocument,
  type CompiledPolicies,
  compile,
  compileDocument,
  type Decision,
  type DocumentKind,
  type Grant,
  type PlainDocument,
} from "@keywright/policy"
import { mapDocuments, type PoliciesOf } from "./policies.js"
import type { PolicyRecord, RecordedQuestion } from "./recorder.js"

/** A document that was asked, with everything that was asked of it. */
export interface AskedDocument {
  readonly kind: DocumentKind
  readonly compiled: CompiledDocument
  readonly plain: PlainDocument
  readonly questions: AskedQuestion[]
}

/** Grants that differ in nothing but their ids are one. */
export interface AskedGrant {
  readonly grant: Grant
  readonly questions: AskedQuestion[]
}

/** A question whose documents are compiled, each text once. */
export interface AskedQuestion extends Omit<RecordedQuestion, "policies"> {
  readonly policies: PoliciesOf<CompiledDocument>
}

export interface Asked {
  readonly questions: readonly AskedQuestion[]
  readonly documents: ReadonlyMap<CompiledDocument, AskedDocument>
  /** By {@link grantShape}. */
  readonly grants: ReadonlyMap<string, AskedGrant>
}

/** What makes two grants the same in the eyes of a test: ids are new in each. */
export const grantShape = (grant: Grant): string =>
  JSON.stringify([
    grant.granteePrincipal ?? grant.granteeServicePrincipal,
    grant.retiringPrincipal ?? grant.retiringServicePrincipal,
    grant.operations.toSorted(),
    pairsOf(grant.constraints?.encryptionContextEquals),
    pairsOf(grant.constraints?.encryptionContextSubset),
    grant.constraints?.sourceArn,
  ])

const pairsOf = (context: Readonly<Record<string, string>> | undefined) =>
  context && Object.entries(context).sort()

/** Arranges recorded questions by the documents and grants that they asked, or did not ask. */
export function arrange({ questions, given }: PolicyRecord): Asked {
  const documents = new Map<CompiledDocument, AskedDocument>()
  const grants = new Map<string, AskedGrant>()
  const byText = new Map<string, AskedDocument>()

  const documentOf = (text: string, kind: DocumentKind): AskedDocument => {
    const name = `${kind} ${text}`
    const known = byText.get(name)
    if (known !== undefined) return known
    const plain: PlainDocument = JSON.parse(text)
    const made = { kind, plain, compiled: compileDocument(text, kind), questions: [] }
    byText.set(name, made)
    documents.set(made.compiled, made)
    return made
  }

  const grantOf = (shape: string, grant: Grant): AskedGrant => {
    const known = grants.get(shape) ?? { grant, questions: [] }
    grants.set(shape, known)
    return known
  }

  const arranged = questions.map((question) => {
    const ofQuestion = new Set<AskedDocument>()
    const policies = mapDocuments(question.policies, (text, kind) => {
      const document = documentOf(text, kind)
      ofQuestion.add(document)
      return document.compiled
    })
    const asked: AskedQuestion = { ...question, policies }
    for (const document of ofQuestion) document.questions.push(asked)
    const shapes = new Map(policies.grants.map((grant) => [grantShape(grant), grant]))
    for (const [shape, grant] of shapes) grantOf(shape, grant).questions.push(asked)
    return asked
  })
  for (const { text, kind } of given.documents) documentOf(text, kind)
  for (const grant of given.grants) grantOf(grantShape(grant), grant)
  return { questions: arranged, documents, grants }
}

/** The policies of a question, compiled; the grants among them. */
export const compileAll = (policies: PoliciesOf<CompiledDocument>): CompiledPolicies =>
  compile(policies)

/** Decides as an engine does: grants are read only where nothing else decides. */
export function redecide(
  policies: PoliciesOf<CompiledDocument>,
  { request }: Pick<AskedQuestion, "request">,
): Decision {
  const decision = compileAll({ ...policies, grants: [] }).decide(request)
  if (decision.effect !== "implicitDeny" || policies.grants.length === 0) return decision
  return compileAll(policies).decide(request)
}

export const isAllowed = ({ effect }: Decision): boolean => effect === "allow"
