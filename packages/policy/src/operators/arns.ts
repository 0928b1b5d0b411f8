import { type Glob, globOf, isShortPattern, matchGlob, matchShort } from "./glob.js"
import type { CompileValues, ValueMatcher } from "./operator.js"
import { expand, isVariable, type Read, type Token, tokenize } from "./tokens.js"

const arnParts = 6

/** Cuts tokens at the first `partsMax - 1` colons of their plain text. */
export function splitTokens(tokens: readonly Token[], partsMax: number): Token[][] {
  let current: Token[] = []
  const parts: Token[][] = [current]
  for (const token of tokens) {
    if (token.kind !== "text") {
      current.push(token)
      continue
    }
    let from = 0
    while (parts.length < partsMax) {
      const colon = token.text.indexOf(":", from)
      if (colon < 0) break
      if (colon > from) current.push({ kind: "text", text: token.text.slice(from, colon) })
      current = []
      parts.push(current)
      from = colon + 1
    }
    if (from < token.text.length) current.push({ kind: "text", text: token.text.slice(from) })
  }
  return parts
}

/** The parts of a text, cut at its first `partsMax - 1` colons. */
export function splitText(text: string, partsMax: number): string[] {
  const parts: string[] = []
  let from = 0
  while (parts.length < partsMax - 1) {
    const colon = text.indexOf(":", from)
    if (colon < 0) break
    parts.push(text.slice(from, colon))
    from = colon + 1
  }
  parts.push(text.slice(from))
  return parts
}

type PartPattern = Glob | readonly Token[]

/** ArnLike and ArnEquals: six parts, compared one by one. */
export const compileArn: CompileValues = (values, variables) => {
  const short: string[] = []
  const patterns: (readonly PartPattern[])[] = []
  for (const value of values) {
    if (isShortPattern(value, variables)) {
      if (splitText(value, arnParts).length === arnParts) short.push(value)
      continue
    }
    const parts = splitTokens(
      tokenize(value, { hasVariables: variables, hasWildcards: true }),
      arnParts,
    )
    if (parts.length !== arnParts) continue
    patterns.push(parts.map((part) => (part.some(isVariable) ? part : globOf(part))))
  }
  return matchArns(short.length === values.length ? values : short, patterns)
}

const matchArns =
  (short: readonly string[], patterns: readonly (readonly PartPattern[])[]): ValueMatcher =>
  (text, read) => {
    if (!text.startsWith("arn:")) return false
    const actual = splitText(text, arnParts)
    if (actual.length !== arnParts) return false
    for (const pattern of short) if (partsMatch(pattern, actual)) return true
    return patterns.some((parts) =>
      parts.every((part, index) => {
        const own = actual[index] ?? ""
        const glob = "lengthMin" in part ? part : globOfTemplate(part, read, own.length)
        return glob !== undefined && matchGlob(glob, own)
      }),
    )
  }

/** Part by part; most patterns say no in one of the first. */
function partsMatch(pattern: string, actual: readonly string[]): boolean {
  let from = 0
  for (let index = 0; index < arnParts - 1; index += 1) {
    const colon = pattern.indexOf(":", from)
    if (!matchShort(pattern.slice(from, colon), actual[index] ?? "")) return false
    from = colon + 1
  }
  return matchShort(pattern.slice(from), actual[arnParts - 1] ?? "")
}

function globOfTemplate(tokens: readonly Token[], read: Read, lengthMax: number): Glob | undefined {
  const expanded = expand(tokens, read, lengthMax)
  return expanded === undefined ? undefined : globOf(expanded)
}

export function isArnPattern(value: string): boolean {
  const parts = splitTokens(tokenize(value, { hasVariables: true, hasWildcards: true }), arnParts)
  return parts.length === arnParts && value.startsWith("arn:")
}
