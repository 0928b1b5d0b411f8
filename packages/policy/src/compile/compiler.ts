import type { DocumentKind } from "../vocabulary/documents.js"
import type { CompiledDocument } from "../vocabulary/opaque.js"
import { compileFor } from "./compile-document.js"
import { createFormKeeper } from "./form-keeper.js"
import { heldIn } from "./held-form.js"

/** Compiles documents, equal texts once, within a bound of bytes for all that it compiled. */
export function createDocumentCache(bytesMax: number) {
  if (!Number.isInteger(bytesMax) || bytesMax < 1) {
    throw new RangeError("`bytesMax` must be a positive integer")
  }
  const byKind = new Map<DocumentKind, Map<string, CompiledDocument>>()
  const keeper = createFormKeeper(bytesMax, ({ kind, given }) => {
    if (typeof given === "string") byKind.get(kind)?.delete(given)
  })

  const compileDocument = (document: string | object, kind: DocumentKind): CompiledDocument => {
    if (typeof document !== "string") return compileFor(undefined, document, kind)
    const known = byKind.get(kind)?.get(document)
    if (known !== undefined) {
      heldIn(known).isRecent = true
      return known
    }
    const compiled = compileFor(keeper, document, kind)
    const ofKind = byKind.get(kind) ?? new Map<string, CompiledDocument>()
    byKind.set(kind, ofKind)
    ofKind.set(document, compiled)
    keeper.keep(heldIn(compiled))
    return compiled
  }

  const forget = (document: string, kind: DocumentKind): void => {
    const known = byKind.get(kind)?.get(document)
    if (known !== undefined) keeper.drop(heldIn(known))
  }

  return { compileDocument, forget }
}
