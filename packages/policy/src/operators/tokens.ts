import { findConditionKey } from "../catalogue/condition-keys.js"
import { interned, lowerAscii } from "../vocabulary/fold.js"
import type { ContextValue } from "../vocabulary/types.js"

/**
 * Reads a condition key by its lower-cased name; `undefined` when it is absent. Its spelling in
 * the policy changes no answer: a request that spells it alike is only read faster.
 */
export type Read = (lowerCasedKey: string, spelling?: string) => ContextValue | undefined

/** A policy value taken apart once: text, wildcards and variables. */
export type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "star" }
  | { readonly kind: "one" }
  | VariableToken

export interface VariableToken {
  readonly kind: "variable"
  /** As written, and lower-cased for the lookup. */
  readonly name: string
  readonly key: string
  readonly fallback: string | undefined
  /** A key of many values by its nature: it never has a text. */
  readonly multivalued: boolean
}

const star: Token = { kind: "star" }
const one: Token = { kind: "one" }

interface TokenRules {
  readonly hasVariables: boolean
  readonly hasWildcards: boolean
}

/**
 * Splits a policy value. `${*}`, `${?}` and `${$}` are the characters themselves; `${key, 'text'}`
 * is a variable with a default. An unfinished `${` is plain text.
 */
export function tokenize(text: string, rules: TokenRules): readonly Token[] {
  const tokens: Token[] = []
  const missing: MissingEnds = { brace: false, quote: false }
  let from = 0
  let at = 0
  while (at < text.length) {
    const character = text.charCodeAt(at)
    if (rules.hasWildcards && (character === 0x2a || character === 0x3f)) {
      pushText(tokens, text, from, at)
      tokens.push(character === 0x2a ? star : one)
      at += 1
      from = at
    } else if (rules.hasVariables && character === 0x24 && text.charCodeAt(at + 1) === 0x7b) {
      const variable = readVariable(text, at, missing)
      if (variable === undefined) {
        at += 2
        continue
      }
      pushText(tokens, text, from, at)
      tokens.push(variable.token)
      at = variable.end
      from = at
    } else at += 1
  }
  pushText(tokens, text, from, text.length)
  return tokens
}

function pushText(tokens: Token[], text: string, from: number, end: number): void {
  if (end > from) tokens.push({ kind: "text", text: text.slice(from, end) })
}

const defaultMark = ", '"

/** Ends that were looked for and are not there: they need no second search. */
interface MissingEnds {
  brace: boolean
  quote: boolean
}

function readVariable(
  text: string,
  at: number,
  missing: MissingEnds,
): { token: Token; end: number } | undefined {
  if (missing.brace) return undefined
  const close = text.indexOf("}", at)
  if (close < 0) {
    missing.brace = true
    return undefined
  }
  const inner = text.slice(at + 2, close)
  const mark = inner.indexOf(defaultMark)
  if (mark < 0) {
    const literal = inner === "*" || inner === "?" || inner === "$"
    const token: Token = literal ? { kind: "text", text: inner } : variableToken(inner, undefined)
    return { token, end: close + 1 }
  }
  const from = at + 2 + mark + defaultMark.length
  const end = missing.quote ? -1 : text.indexOf("'}", from)
  if (end < 0) {
    missing.quote = true
    return undefined
  }
  return { token: variableToken(inner.slice(0, mark), text.slice(from, end)), end: end + 2 }
}

function variableToken(name: string, fallback: string | undefined): VariableToken {
  const multivalued = findConditionKey(name)?.multivalued === true
  return { kind: "variable", name: interned(name), key: lowerAscii(name), fallback, multivalued }
}

export const isVariable = (token: Token): token is VariableToken => token.kind === "variable"

/** The text of a variable. Several values have none; only an absent key takes the default. */
export function variableText(token: VariableToken, read: Read): string | undefined {
  const value = read(token.key, token.name)
  if (value === undefined) return token.fallback
  if (typeof value !== "object") return String(value)
  if (value.length === 0) return token.fallback
  return value.length > 1 || token.multivalued ? undefined : String(value[0])
}

/**
 * Whether the variable may stand for one thing or another, because names that differ only in
 * letter case gave it several values.
 */
export function isAmbiguous({ key, name, multivalued }: VariableToken, read: Read): boolean {
  if (multivalued) return false
  const value = read(key, name)
  return typeof value === "object" && value.length > 1
}

/**
 * Tokens with every variable replaced by its text. Undefined when one has no value, or when the
 * result matches only texts longer than `lengthMax`: the caller chooses values, not our memory.
 */
export function expand(
  tokens: readonly Token[],
  read: Read,
  lengthMax: number,
): readonly Token[] | undefined {
  const expanded: Token[] = []
  let length = 0
  for (const token of tokens) {
    const text = isVariable(token) ? variableText(token, read) : undefined
    if (isVariable(token) && text === undefined) return undefined
    const next: Token = text === undefined ? token : { kind: "text", text }
    if (next.kind !== "star") length += next.kind === "text" ? next.text.length : 1
    if (length > lengthMax) return undefined
    expanded.push(next)
  }
  return expanded
}

/** The text of tokens without wildcards, with the same limits. */
export function expandText(
  tokens: readonly Token[],
  read: Read,
  lengthMax: number,
): string | undefined {
  let text = ""
  for (const token of tokens) {
    const part =
      token.kind === "text" ? token.text : isVariable(token) ? variableText(token, read) : undefined
    if (part === undefined || text.length + part.length > lengthMax) return undefined
    text += part
  }
  return text
}
