import { splitText, splitTokens } from "../operators/arns.js"
import { type Glob, globOf, matchGlob } from "../operators/glob.js"
import {
  expand,
  isAmbiguous,
  isVariable,
  type Read,
  type Token,
  tokenize,
} from "../operators/tokens.js"
import type { NormalList, PolicyVersion } from "../parse/normal-form.js"

/** The resources of a statement. */
export interface ResourceTest {
  readonly isNegated: boolean
  readonly isEverything: boolean
  /** Whether an entry counts as matched that only may be: by a variable of several values, say. */
  readonly ambiguous: boolean
  readonly patterns: readonly ResourcePattern[]
}

/** One entry: a plain glob where that says the same, else part by part. */
type ResourcePattern =
  | { readonly shape: "glob"; readonly glob: Glob }
  | { readonly shape: "template"; readonly tokens: readonly Token[] }
  | { readonly shape: "parts"; readonly parts: readonly Token[][] }

/** What the resources of a statement are compared with. */
export interface RequestedResource {
  readonly resource: string
  /** The resource as it is in a region, where nobody said in which one: `resource` is in none. */
  readonly inRegion: ((region: string) => string) | undefined
}

const arnParts = 6
const partsToRegion = 4

export function compileResources(
  list: NormalList | undefined,
  version: PolicyVersion,
  effect: "Allow" | "Deny",
): ResourceTest | undefined {
  if (list === undefined) return undefined
  let patterns: ResourcePattern[] | undefined
  let isEverything = false
  for (const { value } of list.values) {
    if (value === "*") isEverything = true
    else {
      patterns ??= []
      patterns.push(compilePattern(value, version))
    }
  }
  const { isNegated } = list
  if (isEverything && !isNegated) return everyResource
  const ambiguous = (effect === "Deny") !== isNegated
  return { isNegated, isEverything, ambiguous, patterns: patterns ?? noPatterns }
}

const noPatterns: readonly ResourcePattern[] = []
/** What `*` says, once for all statements that say it. */
const everyResource: ResourceTest = {
  isNegated: false,
  isEverything: true,
  ambiguous: true,
  patterns: noPatterns,
}

function compilePattern(value: string, version: PolicyVersion): ResourcePattern {
  const variables = version === "2012-10-17" && value.includes("${")
  if (!variables) return shapeOf(tokenize(value, { hasVariables: false, hasWildcards: true }))
  const parts = splitText(value, arnParts)
  const head = parts.slice(0, -1).map((part) => `${part}:`)
  if (parts.length < arnParts) {
    return shapeOf(tokenize(value, { hasVariables: false, hasWildcards: true }))
  }
  const tokens = [
    ...tokenize(head.join(""), { hasVariables: false, hasWildcards: true }),
    ...tokenize(parts[arnParts - 1] ?? "", { hasVariables: true, hasWildcards: true }),
  ]
  return tokens.some(isVariable) ? { shape: "template", tokens } : shapeOf(tokens)
}

function shapeOf(tokens: readonly Token[]): ResourcePattern {
  const parts = splitTokens(tokens, arnParts)
  const staysInside = parts.slice(0, arnParts - 1).some(hasBoundWildcard)
  return staysInside ? { shape: "parts", parts } : { shape: "glob", glob: globOf(tokens) }
}

/** A wildcard that must not run over a colon: any but a star at the very end of its part. */
const hasBoundWildcard = (part: readonly Token[]): boolean =>
  part.some((token, index) => {
    if (token.kind === "one") return true
    return token.kind === "star" && index < part.length - 1
  })

export const resourceMatches = (
  test: ResourceTest,
  requested: RequestedResource,
  read: Read,
): boolean => isListed(test, requested, read) !== test.isNegated

function isListed(test: ResourceTest, requested: RequestedResource, read: Read): boolean {
  if (test.isEverything) return true
  for (const pattern of test.patterns) {
    if (pattern.shape === "template" && pattern.tokens.some((one) => isUnsettled(one, read))) {
      if (test.ambiguous) return true
    } else if (patternMatches(pattern, requested.resource, read)) return true
    if (test.ambiguous && matchesSomewhere(pattern, requested, read)) return true
  }
  return false
}

/** Whether an entry matches in some region, where nobody said in which one. */
function matchesSomewhere(
  pattern: ResourcePattern,
  { inRegion }: RequestedResource,
  read: Read,
): boolean {
  if (inRegion === undefined) return false
  const regions = ["", ...literalOf(pattern).split(":", partsToRegion)]
  return regions.some((region) => patternMatches(pattern, inRegion(region), read))
}

/** An entry without its stars and variables: the least text that it matches. */
function literalOf(pattern: ResourcePattern): string {
  if (pattern.shape === "glob") {
    const { first, middle, last } = pattern.glob
    return [first, ...middle, last].map((piece) => piece?.text ?? "").join("")
  }
  if (pattern.shape === "template") return pattern.tokens.map(textOf).join("")
  return pattern.parts.map((part) => part.map(textOf).join("")).join(":")
}

const textOf = (token: Token): string =>
  token.kind === "text" ? token.text : token.kind === "one" ? "?" : ""

const isUnsettled = (token: Token, read: Read) => isVariable(token) && isAmbiguous(token, read)

function patternMatches(pattern: ResourcePattern, resource: string, read: Read): boolean {
  if (pattern.shape === "glob") return matchGlob(pattern.glob, resource)
  if (pattern.shape === "parts") return partsMatch(pattern.parts, resource)
  const tokens = expand(pattern.tokens, read, resource.length)
  if (tokens === undefined) return false
  return patternMatches(shapeOfExpanded(pattern.tokens, tokens), resource, read)
}

/** What a variable inserted stays in the last part, also when it holds a colon. */
function shapeOfExpanded(template: readonly Token[], expanded: readonly Token[]): ResourcePattern {
  const firstVariable = template.findIndex(isVariable)
  const head = expanded.slice(0, firstVariable)
  const parts = splitTokens(head, arnParts)
  const last = [...(parts[arnParts - 1] ?? []), ...expanded.slice(firstVariable)]
  const front = parts.slice(0, arnParts - 1)
  if (!front.some(hasBoundWildcard)) return { shape: "glob", glob: globOf(expanded) }
  return { shape: "parts", parts: [...front, last] }
}

/**
 * Part by part. A part that ends in a star may also take following parts of the resource; the
 * sixth part of the pattern is compared with all that is left.
 */
function partsMatch(parts: readonly (readonly Token[])[], resource: string): boolean {
  const actual = resource.split(":")
  let starts = new Set<number>([0])
  for (const [index, tokens] of parts.entries()) {
    const glob = globOf(tokens)
    if (index === arnParts - 1) {
      for (const start of starts) {
        if (start >= actual.length) continue
        if (matchGlob(glob, actual.slice(start).join(":"))) return true
      }
      return false
    }
    const crosses = tokens[tokens.length - 1]?.kind === "star"
    const next = new Set<number>()
    for (const start of starts) {
      if (start >= actual.length || !matchGlob(glob, actual[start] ?? "")) continue
      next.add(start + 1)
      if (!crosses) continue
      for (let skipped = start + 2; skipped <= actual.length; skipped += 1) next.add(skipped)
    }
    starts = next
  }
  return starts.has(actual.length)
}
