import type { Token } from "../operators/tokens.js"

/** A pattern whose tokens say whether a wildcard must stop at a colon. */
export interface ClassPattern {
  readonly steps: readonly PatternStep[]
  /** Letter case is set aside. */
  readonly folds: boolean
}

type PatternStep =
  | { readonly kind: "character"; readonly character: string }
  | { readonly kind: "star" | "one"; readonly staysInPart: boolean }

interface Classes {
  /** One text for every combination of matching and not matching that any text can have. */
  readonly texts: readonly string[]
  /** False when the budget ended the search: a combination may be missing. */
  readonly isComplete: boolean
}

/** Steps of tokens without variables. `staysInPart` answers for the wildcard at an index. */
export const stepsOf = (
  tokens: readonly Token[],
  staysInPart: (index: number) => boolean,
): PatternStep[] =>
  tokens.flatMap((token, index): PatternStep[] => {
    if (token.kind === "text") {
      return token.text.split("").map((character) => ({ kind: "character", character }))
    }
    if (token.kind === "variable") return []
    return [{ kind: token.kind, staysInPart: staysInPart(index) }]
  })

const statesMax = 4_000

/** What walks may still cost: positions of patterns that are moved over a character. */
export interface WalkBudget {
  moves: number
}

/**
 * Walks all patterns at once, as one automaton over the characters they name and one that they do
 * not, and keeps the first text for every combination of matches.
 */
export function classesOf(patterns: readonly ClassPattern[], budget: WalkBudget): Classes {
  const alphabet = alphabetOf(patterns)
  const start = patterns.map((pattern) => closure(pattern, [0]))
  const queue: { readonly states: readonly number[][]; readonly text: string }[] = [
    { states: start, text: "" },
  ]
  const seen = new Set<string>([JSON.stringify(start)])
  const found = new Map<string, string>()
  for (const { states, text } of queue) {
    const width = states.reduce((sum, positions) => sum + positions.length + 1, 0)
    const verdict = states.map((positions, index) => isAccepting(patterns[index], positions)).join()
    if (!found.has(verdict)) found.set(verdict, text)
    for (const character of alphabet) {
      budget.moves -= width
      if (budget.moves < 0) return { texts: [...found.values()], isComplete: false }
      const next = states.map((positions, index) => step(patterns[index], positions, character))
      const key = JSON.stringify(next)
      if (seen.has(key)) continue
      if (seen.size >= statesMax) return { texts: [...found.values()], isComplete: false }
      seen.add(key)
      queue.push({ states: next, text: text + character })
    }
  }
  return { texts: [...found.values()], isComplete: true }
}

/** Letters of Latin-1 that are the small form of one more letter: Kelvin, Ångström, capital ß. */
export const otherCapitals: ReadonlyMap<string, string> = new Map([
  ["k", "\u212a"],
  ["å", "\u212b"],
  ["ß", "\u1e9e"],
])

function alphabetOf(patterns: readonly ClassPattern[]): string[] {
  const characters = new Set<string>()
  for (const { steps, folds } of patterns) {
    for (const patternStep of steps) {
      if (patternStep.kind !== "character") {
        if (patternStep.staysInPart) characters.add(":")
        continue
      }
      characters.add(patternStep.character)
      if (!folds) continue
      characters.add(patternStep.character.toLowerCase())
      characters.add(patternStep.character.toUpperCase().charAt(0))
      const other = otherCapitals.get(patternStep.character.toLowerCase())
      if (other !== undefined) characters.add(other)
    }
  }
  const stranger = [..."xyzqwk0123456789~|"].find((character) => !characters.has(character))
  return [...characters, stranger ?? "\u00ff"]
}

function closure({ steps }: ClassPattern, positions: readonly number[]): number[] {
  const closed = new Set<number>()
  for (const position of positions) {
    let at = position
    closed.add(at)
    while (steps[at]?.kind === "star") {
      at += 1
      closed.add(at)
    }
  }
  return [...closed].sort((left, right) => left - right)
}

function step(
  pattern: ClassPattern | undefined,
  positions: readonly number[],
  character: string,
): number[] {
  if (pattern === undefined) return []
  const next: number[] = []
  for (const position of positions) {
    const patternStep = pattern.steps[position]
    if (patternStep === undefined) continue
    if (patternStep.kind === "character") {
      if (sameCharacter(patternStep.character, character, pattern.folds)) next.push(position + 1)
    } else if (character !== ":" || !patternStep.staysInPart) {
      next.push(patternStep.kind === "star" ? position : position + 1)
    }
  }
  return closure(pattern, next)
}

const sameCharacter = (left: string, right: string, folds: boolean): boolean =>
  folds ? left.toLowerCase() === right.toLowerCase() : left === right

const isAccepting = (pattern: ClassPattern | undefined, positions: readonly number[]): boolean =>
  pattern !== undefined && positions.includes(pattern.steps.length)
