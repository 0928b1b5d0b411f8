import { isDocumentKind } from "../parse/document-rules.js"
import type { NormalDocument } from "../parse/normal-form.js"
import { parseDocument } from "../parse/parse-document.js"
import { placeOf } from "../parse/place.js"
import type { DocumentKind, DocumentProblem } from "../vocabulary/documents.js"
import { type CompiledDocument, inside } from "../vocabulary/opaque.js"
import type { PolicyDocument } from "../vocabulary/types.js"
import { brokenBytes } from "./form-bytes.js"
import { emptyForm, type FormKeeper, type HeldForm, holdForm } from "./held-form.js"

/**
 * Reads and compiles one document, given as JSON text or as an object. Never throws on what the
 * document says: a broken one carries its `problem`, allows nothing and refuses every call that
 * consults it. Throws `TypeError` for a kind that does not exist.
 */
export const compileDocument = (document: string | object, kind: DocumentKind): CompiledDocument =>
  compileFor(undefined, document, kind)

/** The same, with somebody who may drop what was compiled. */
export function compileFor(
  keeper: FormKeeper | undefined,
  document: string | object,
  kind: DocumentKind,
): CompiledDocument {
  if (!isDocumentKind(kind)) throw new TypeError("`kind` is not a kind of policy document")
  const text = typeof document === "string" ? document : undefined
  const parsed = parseSafely(document, kind)
  const [problem] = parsed.problems
  const source = parsed.document
  if (problem === undefined && source !== undefined) {
    return compileParsed(source, kind, text, keeper)
  }
  const { code = "syntax", message = "the document cannot be read" } = problem ?? {}
  const place = placeOf(text, problem?.at ?? -1, problem?.path ?? "")
  return broken(kind, { code, message, ...place }, text, keeper)
}

/** Compiles a document that was read without a problem. */
export const compileParsed = (
  source: NormalDocument,
  kind: DocumentKind,
  text: string | undefined,
  keeper?: FormKeeper,
): CompiledDocument => Object.freeze({ kind, [inside]: holdForm(kind, source, text, keeper) })

function parseSafely(document: unknown, kind: DocumentKind) {
  try {
    return parseDocument(document, kind)
  } catch {
    // Only an object with hostile accessors gets here; it is as broken as any other.
    const problem = { code: "syntax", message: "the object cannot be read", at: -1, path: "" }
    return { document: undefined, problems: [problem] }
  }
}

const noSource: NormalDocument = { version: "2008-10-17", versionAt: undefined, statements: [] }

function broken(
  kind: DocumentKind,
  problem: DocumentProblem,
  text: string | undefined,
  keeper: FormKeeper | undefined,
): CompiledDocument {
  const held: HeldForm = {
    kind,
    given: text ?? noSource,
    keeper,
    form: emptyForm,
    bytes: brokenBytes(text ?? ""),
    isRecent: false,
  }
  return Object.freeze({ kind, problem: Object.freeze(problem), [inside]: held })
}

export const isCompiledDocument = (document: PolicyDocument): document is CompiledDocument =>
  typeof document === "object" && document !== null && inside in document
