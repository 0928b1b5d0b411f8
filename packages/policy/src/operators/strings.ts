import { type Glob, globOf, isShortPattern, matchGlob, matchShort } from "./glob.js"
import type { CompileValues, ValueMatcher } from "./operator.js"
import { expand, expandText, isVariable, type Token, tokenize } from "./tokens.js"

/** StringEquals: the same text. */
export const compileExact: CompileValues = (values, variables) =>
  compileFolded(values, variables, (text) => text)

/** StringEqualsIgnoreCase: the same text when letter case is set aside. */
export const compileIgnoringCase: CompileValues = (values, variables) =>
  compileFolded(values, variables, (text) => text.toLowerCase())

type Fold = (text: string) => string

function compileFolded(values: readonly string[], variables: boolean, fold: Fold): ValueMatcher {
  const fixed: string[] = []
  const templates: (readonly Token[])[] = []
  for (const value of values) {
    const tokens = tokenize(value, { hasVariables: variables, hasWildcards: false })
    if (tokens.some(isVariable)) templates.push(tokens)
    else fixed.push(fold(textOf(tokens)))
  }
  const [only] = fixed
  if (templates.length > 0) return matchTemplates(new Set(fixed), templates, fold)
  if (fixed.length === 1 && only !== undefined) return matchOne(only, fold)
  if (fixed.length > fewMax) return matchSome(new Set(fixed), fold)
  const isAsWritten = fixed.every((text, index) => text === values[index])
  return matchFew(isAsWritten ? values : fixed, fold)
}

/** So many texts are compared one by one: a set of them is as large again. */
const fewMax = 32

// Each in a function of its own, so that it keeps nothing but what it needs.

const matchOne =
  (only: string, fold: Fold): ValueMatcher =>
  (text) =>
    fold(text) === only

const matchFew =
  (fixed: readonly string[], fold: Fold): ValueMatcher =>
  (text) =>
    fixed.includes(fold(text))

const matchSome =
  (fixed: ReadonlySet<string>, fold: Fold): ValueMatcher =>
  (text) =>
    fixed.has(fold(text))

function matchTemplates(
  fixed: ReadonlySet<string>,
  templates: readonly (readonly Token[])[],
  fold: Fold,
): ValueMatcher {
  return (text, read) => {
    const folded = fold(text)
    if (fixed.has(folded)) return true
    for (const tokens of templates) {
      // Folding never makes a text shorter.
      const expanded = expandText(tokens, read, folded.length)
      if (expanded !== undefined && fold(expanded) === folded) return true
    }
    return false
  }
}

/** The text of tokens that are all text. */
function textOf(tokens: readonly Token[]): string {
  let text = ""
  for (const token of tokens) if (token.kind === "text") text += token.text
  return text
}

/** StringLike: `*` and `?` in the policy value; what a variable inserts is literal. */
export const compileLike: CompileValues = (values, variables) => {
  const short: string[] = []
  const globs: Glob[] = []
  const templates: (readonly Token[])[] = []
  for (const value of values) {
    if (isShortPattern(value, variables)) {
      short.push(value)
      continue
    }
    const tokens = tokenize(value, { hasVariables: variables, hasWildcards: true })
    if (tokens.some(isVariable)) templates.push(tokens)
    else globs.push(globOf(tokens))
  }
  // The list that there is anyway, where it says the same.
  if (short.length === values.length) return matchShortOnes(values)
  return matchLike(short, globs, templates)
}

const matchShortOnes =
  (patterns: readonly string[]): ValueMatcher =>
  (text) => {
    for (const pattern of patterns) if (matchShort(pattern, text)) return true
    return false
  }

const matchLike =
  (
    short: readonly string[],
    globs: readonly Glob[],
    templates: readonly (readonly Token[])[],
  ): ValueMatcher =>
  (text, read) => {
    for (const pattern of short) if (matchShort(pattern, text)) return true
    for (const glob of globs) if (matchGlob(glob, text)) return true
    for (const tokens of templates) {
      const expanded = expand(tokens, read, text.length)
      if (expanded !== undefined && matchGlob(globOf(expanded), text)) return true
    }
    return false
  }
