import {
  type ActionEntry,
  entriesLike,
  findAction,
  wholeCatalogue,
} from "../catalogue/action-index.js"
import { type Glob, globOf, matchGlob } from "../operators/glob.js"
import { tokenize } from "../operators/tokens.js"
import type { NormalList } from "../parse/normal-form.js"
import { lowerAscii } from "../vocabulary/fold.js"

/** The actions of a statement: a bit for each KMS permission, patterns for everything else. */
export interface ActionTest {
  readonly low: number
  readonly high: number
  readonly isNegated: boolean
  readonly isEverything: boolean
  /** As written: they are matched only where an action is none of KMS. */
  readonly patterns: readonly string[]
}

const noPatterns: readonly string[] = []

/** A statement without Action: it does nothing. */
export const noActions: ActionTest = {
  low: 0,
  high: 0,
  isNegated: false,
  isEverything: false,
  patterns: noPatterns,
}

const globOfAction = (lower: string): Glob =>
  globOf(tokenize(lower, { hasVariables: false, hasWildcards: true }))

export function compileActions(list: NormalList | undefined): ActionTest {
  if (list === undefined) return noActions
  let low = 0
  let high = 0
  let isEverything = false
  let patterns: string[] | undefined
  for (const { value } of list.values) {
    if (value === "*") {
      isEverything = true
      low = high = -1
      continue
    }
    const known = value.endsWith("*") ? undefined : findAction(value)
    if (known !== undefined) {
      low |= known.low
      high |= known.high
      continue
    }
    const lower = lowerAscii(value)
    patterns ??= []
    patterns.push(value)
    if (lower === wholeCatalogue) {
      low = high = -1
      continue
    }
    const glob = globOfAction(lower)
    for (const entry of entriesLike(lower)) {
      if (!matchGlob(glob, entry.lower)) continue
      low |= entry.low
      high |= entry.high
    }
  }
  const { isNegated } = list
  const kept = patterns ?? noPatterns
  if (!isNegated) return { low, high, isNegated, isEverything, patterns: kept }
  return { low: ~low, high: ~high, isNegated, isEverything, patterns: kept }
}

/** The action of a request: a row of the catalogue, or a name that is matched by its text. */
export interface RequestedAction {
  readonly entry: ActionEntry | undefined
  readonly lower: string
}

export function actionMatches(test: ActionTest, action: RequestedAction): boolean {
  const { entry } = action
  if (entry !== undefined) return (test.low & entry.low) !== 0 || (test.high & entry.high) !== 0
  const listed =
    test.isEverything ||
    test.patterns.some((pattern) => matchGlob(globOfAction(lowerAscii(pattern)), action.lower))
  return listed !== test.isNegated
}
