import type { NormalDocument, ParsedDocument } from "../parse/normal-form.js"
import { parseDocument } from "../parse/parse-document.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import { type CompiledDocument, inside } from "../vocabulary/opaque.js"
import { type CompiledStatement, compileStatement } from "./compile-statement.js"
import { formBytes } from "./form-bytes.js"

/** The statements of a document, ready to be asked. */
export interface DocumentForm {
  readonly denies: readonly CompiledStatement[]
  readonly allows: readonly CompiledStatement[]
  readonly statements: readonly CompiledStatement[]
}

/** Bounds what forms weigh together: it may drop any form that it was told of. */
export interface FormKeeper {
  keep(held: HeldForm): void
}

/**
 * What is inside a compiled document. Whoever holds the document holds its text; the form, which is
 * several times as large, may go and is made again when it is asked for.
 */
export interface HeldForm {
  readonly kind: DocumentKind
  /** The text, or what was given as an object: that may have changed since. */
  readonly given: string | NormalDocument
  readonly keeper: FormKeeper | undefined
  form: DocumentForm | undefined
  /** What the form and its text take, in bytes. */
  readonly bytes: number
  /** Compiled once more, by its text, since the keeper looked last. */
  isRecent: boolean
}

export function holdForm(
  kind: DocumentKind,
  source: NormalDocument,
  text: string | undefined,
  keeper: FormKeeper | undefined,
): HeldForm {
  const form = formFrom(source, kind)
  const bytes = formBytes(source, text ?? "")
  return { kind, given: text ?? source, keeper, form, bytes, isRecent: false }
}

const noStatements: readonly CompiledStatement[] = []
export const emptyForm: DocumentForm = {
  denies: noStatements,
  allows: noStatements,
  statements: noStatements,
}

/** Most documents only allow: then their statements are one list. */
export function formOfStatements(statements: readonly CompiledStatement[]): DocumentForm {
  const denies = statements.filter(({ effect }) => effect === "Deny")
  if (denies.length === 0) return { denies: noStatements, allows: statements, statements }
  return { denies, allows: statements.filter(({ effect }) => effect === "Allow"), statements }
}

const formFrom = (source: NormalDocument, kind: DocumentKind): DocumentForm =>
  formOfStatements(source.statements.map((one) => compileStatement(one, source.version, kind)))

/** The form of a document that is dropped comes back as the newest: no mark is made here. */
export const formIn = (held: HeldForm): DocumentForm => held.form ?? formAgain(held)

export const formOf = (document: CompiledDocument): DocumentForm => formIn(heldIn(document))

function formAgain(held: HeldForm): DocumentForm {
  const { document, problems } = readAgain(held)
  const isBroken = document === undefined || problems.length > 0
  const form = isBroken ? emptyForm : formFrom(document, held.kind)
  held.form = form
  held.keeper?.keep(held)
  return form
}

/** The document as it was written; undefined for one that cannot be read. */
export const sourceOf = (document: CompiledDocument): NormalDocument | undefined =>
  document.problem === undefined ? readAgain(heldIn(document)).document : undefined

const readAgain = ({ given, kind }: HeldForm): Pick<ParsedDocument, "document" | "problems"> =>
  typeof given === "string" ? parseDocument(given, kind) : { document: given, problems: [] }

export const heldIn = (document: CompiledDocument): HeldForm => document[inside] as HeldForm

/** What holds a form that is tried and thrown away. */
export function holdOnly(kind: DocumentKind, form: DocumentForm): HeldForm {
  const given: NormalDocument = { version: "2012-10-17", versionAt: undefined, statements: [] }
  return { kind, given, keeper: undefined, form, bytes: 0, isRecent: false }
}
