import { compileDocument, type DocumentKind } from "@keywright/policy"
import * as z from "zod"
import { trustDocument } from "./trust-document.js"

/** Characters other than white space, as AWS counts the size of a policy. */
export const sizeOf = (text: string): number => text.replace(/\s/g, "").length

/** A policy as JSON text, whatever way it was given; `undefined` for what is neither. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null) return undefined
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

const documentOf = (problemOf: (text: string) => string | undefined, sizeMax: number) =>
  z.unknown().transform((value, context): string => {
    const text = textOf(value)
    const problem =
      text === undefined
        ? "must be a policy, as an object or as JSON text"
        : sizeOf(text) > sizeMax
          ? `must have at most ${sizeMax} characters`
          : problemOf(text)
    if (problem === undefined) return text as string
    // The value is no part of the issue: a policy may hold names that are nobody's business.
    context.issues.push({ code: "custom", input: undefined, message: problem })
    return z.NEVER
  })

/** A policy that can be read, as JSON text. */
export const document = (kind: DocumentKind, sizeMax: number) =>
  documentOf((text) => compileDocument(text, kind).problem?.message, sizeMax)

/** Who may assume a role. */
export const trustPolicy = (sizeMax: number) =>
  documentOf((text) => {
    const { problem } = trustDocument(text)
    return problem
  }, sizeMax)
