import { isOnlyForIam, mentionsOnlyForIam } from "../catalogue/condition-keys.js"
import { isDocumentKind } from "../parse/document-rules.js"
import type { NormalDocument, NormalStatement } from "../parse/normal-form.js"
import { parseDocument } from "../parse/parse-document.js"
import { placeOf } from "../parse/place.js"
import {
  allowed,
  type Decision,
  type DocumentReference,
  explicitlyDenied,
} from "../vocabulary/decision.js"
import type { DocumentKind, DocumentProblem } from "../vocabulary/documents.js"
import { type CompiledDocument, inside } from "../vocabulary/opaque.js"
import type { PolicyDocument } from "../vocabulary/types.js"
import { type ActionTest, compileActions, noActions } from "./compile-actions.js"
import { type CompiledCondition, compileCondition } from "./compile-condition.js"
import { compilePrincipal, type PrincipalTest } from "./compile-principal.js"
import { compileResources, type ResourceTest } from "./compile-resources.js"

export interface CompiledStatement {
  readonly index: number
  readonly sid: string | undefined
  readonly effect: "Allow" | "Deny"
  readonly actions: ActionTest
  /** Undefined where the language has no principal: the statement is about its bearer. */
  readonly principal: PrincipalTest | undefined
  readonly resources: ResourceTest | undefined
  readonly conditions: readonly CompiledCondition[]
  /** In a key policy, and about keys that only IAM policies can read. */
  readonly readsLess: boolean
  readonly source: NormalStatement
  /** How a decision names it in the first document of its kind, and what it decides alone. */
  readonly reference: DocumentReference
  readonly decision: Decision
}

/** What is inside a {@link CompiledDocument}. */
export interface DocumentForm {
  readonly denies: readonly CompiledStatement[]
  readonly allows: readonly CompiledStatement[]
  readonly statements: readonly CompiledStatement[]
  /** The text it was compiled from, for positions. */
  readonly source: NormalDocument | undefined
}

const noStatements: readonly CompiledStatement[] = []

/**
 * Reads and compiles one document, given as JSON text or as an object. Never throws on what the
 * document says: a broken one carries its `problem`, allows nothing and refuses every call that
 * consults it.
 * Throws `TypeError` for a kind that does not exist.
 */
export function compileDocument(document: string | object, kind: DocumentKind): CompiledDocument {
  if (!isDocumentKind(kind)) throw new TypeError("`kind` is not a kind of policy document")
  const parsed = parseSafely(document, kind)
  const [problem] = parsed.problems
  const source = parsed.document
  if (problem !== undefined || source === undefined) {
    return broken(kind, {
      code: problem?.code ?? "syntax",
      message: problem?.message ?? "the document cannot be read",
      ...placeOf(
        typeof document === "string" ? document : undefined,
        problem?.at ?? -1,
        problem?.path ?? "",
      ),
    })
  }
  return compileParsed(source, kind)
}

/** Compiles a document that was read without a problem. */
export function compileParsed(source: NormalDocument, kind: DocumentKind): CompiledDocument {
  const statements = source.statements.map((statement) => compileStatement(statement, source, kind))
  const form: DocumentForm = {
    denies: statements.filter((statement) => statement.effect === "Deny"),
    allows: statements.filter((statement) => statement.effect === "Allow"),
    statements,
    source,
  }
  return Object.freeze({ kind, [inside]: form })
}

function parseSafely(document: unknown, kind: DocumentKind) {
  try {
    return parseDocument(document, kind)
  } catch {
    // Only an object with hostile accessors gets here; it is as broken as any other.
    const problem = { code: "syntax", message: "the object cannot be read", at: -1, path: "" }
    return { document: undefined, problems: [problem] }
  }
}

function broken(kind: DocumentKind, problem: DocumentProblem): CompiledDocument {
  const form: DocumentForm = {
    denies: noStatements,
    allows: noStatements,
    statements: noStatements,
    source: undefined,
  }
  return Object.freeze({ kind, problem: Object.freeze(problem), [inside]: form })
}

/** A frozen reference to a statement of a document that stands in no level. */
export const plainReference = (
  document: DocumentKind,
  index: number,
  { index: statement, sid }: { readonly index: number; readonly sid: string | undefined },
): DocumentReference =>
  sid === undefined
    ? Object.freeze({ document, index, statement })
    : Object.freeze({ document, index, statement, sid })

/** The decision of one statement. Whether it may decide alone is for the evaluation to say. */
export function decisionOf(
  effect: "Allow" | "Deny",
  kind: DocumentKind,
  by: DocumentReference,
): Decision {
  if (effect === "Deny") return explicitlyDenied(kind, by)
  return allowed(kind === "keyPolicy" ? "keyPolicy" : "identityPolicy", [by])
}

function compileStatement(
  source: NormalStatement,
  document: NormalDocument,
  kind: DocumentKind,
): CompiledStatement {
  const inert = source.action === undefined || source.resource === undefined
  const conditions = source.conditions.map((one) =>
    compileCondition(one, document.version, source.effect),
  )
  const reference = plainReference(kind, 0, source)
  return {
    index: source.index,
    sid: source.sid,
    effect: source.effect,
    actions: inert ? noActions : compileActions(source.action),
    principal: source.principal === undefined ? undefined : compilePrincipal(source.principal),
    resources: compileResources(source.resource, document.version, source.effect),
    conditions,
    readsLess: kind === "keyPolicy" && mentionsIamKeys(source, conditions),
    source,
    reference,
    decision: decisionOf(source.effect, kind, reference),
  }
}

const mentionsIamKeys = (
  { resource }: NormalStatement,
  conditions: readonly CompiledCondition[],
): boolean =>
  conditions.some(({ key, values }) => isOnlyForIam(key) || values.some(mentionsOnlyForIam)) ||
  resource?.values.some(({ value }) => mentionsOnlyForIam(value)) === true

export const formOf = (document: CompiledDocument): DocumentForm => document[inside] as DocumentForm

export const isCompiledDocument = (document: PolicyDocument): document is CompiledDocument =>
  typeof document === "object" && document !== null && inside in document
