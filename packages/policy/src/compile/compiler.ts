import type { DocumentKind } from "../vocabulary/documents.js"
import type { CompiledDocument } from "../vocabulary/opaque.js"
import { compileDocument } from "./compile-document.js"

/** Compiles documents, keeping the most recently used by their text. */
export function createDocumentCache(documentsMax: number) {
  if (!Number.isInteger(documentsMax) || documentsMax < 1) {
    throw new RangeError("`documentsMax` must be a positive integer")
  }
  const byText = new Map<string, CompiledDocument>()
  return (document: string | object, kind: DocumentKind): CompiledDocument => {
    if (typeof document !== "string") return compileDocument(document, kind)
    const cacheKey = `${kind} ${document}`
    const known = byText.get(cacheKey)
    if (known !== undefined) {
      byText.delete(cacheKey)
      byText.set(cacheKey, known)
      return known
    }
    const compiled = compileDocument(document, kind)
    byText.set(cacheKey, compiled)
    if (byText.size > documentsMax) {
      const oldest = byText.keys().next()
      if (oldest.done !== true) byText.delete(oldest.value)
    }
    return compiled
  }
}
