import { type ActionEntry, actionEntries, carriesConditionKey } from "../catalogue/action-index.js"
import type { ActionRow } from "../catalogue/actions.js"
import { findConditionKey, isFamily, isOnlyForIam } from "../catalogue/condition-keys.js"
import { actionMatches } from "../compile/compile-actions.js"
import type { CompiledCondition } from "../compile/compile-condition.js"
import type { CompiledStatement } from "../compile/compile-statement.js"
import { lowerAscii } from "../vocabulary/fold.js"
import type { ContextRecord, ContextValue, PolicyRequest, Principal } from "../vocabulary/types.js"
import { callerContext, callerKeys } from "./callers.js"
import { samplesOf } from "./samples.js"
import type { WalkBudget } from "./string-classes.js"

/** Where a search looks, and whether that is everywhere. */
interface SearchSpace {
  readonly statements: readonly CompiledStatement[]
  readonly callers: readonly Principal[]
  readonly account: string
  readonly evaluationsMax: number
  /** A grant of the account: who may retire it is asked, too. */
  readonly grantId?: string | undefined
}

interface SearchResult {
  /** False when the budget ended the search or a condition has ways that the samples may miss. */
  readonly isComplete: boolean
}

/** Keys about who calls: a request has them where its action carries them, and else never. */
const aboutCalls = ["kms:calleraccount", "kms:viaservice"]

/** One KMS permission for every set of statements that permissions can be in. */
function actionClasses({ statements, grantId }: SearchSpace): readonly ActionEntry[] {
  const classes = new Map<string, ActionEntry>()
  for (const entry of actionEntries) {
    const { row, lower } = entry
    const member = statements.map(({ actions }) => actionMatches(actions, { entry, lower }))
    const carried = aboutCalls.map((name) => carriesConditionKey(row.name, name))
    const isRetiring = row.name === retireGrant
    const key = JSON.stringify([member, row.crossAccount, row.resource, carried, isRetiring])
    if (!classes.has(key)) classes.set(key, entry)
  }
  const asked = [...classes.values()]
  return grantId === undefined ? asked.filter(({ row }) => row.name !== retireGrant) : asked
}

/** What an action is done to, and which condition keys the request has then. */
interface Matter {
  readonly resource: string
  readonly carries: (lowerCasedKey: string) => boolean
}

const keyName = "key/11111111-2222-3333-4444-555555555555"

function mattersOf({ name, resource }: ActionRow, account: string): readonly Matter[] {
  const carries = (key: string) => !aboutCalls.includes(key) || carriesConditionKey(name, key)
  if (resource === "*") return [{ resource, carries }]
  const arn = `arn:aws:kms:us-east-1:${account}:`
  const ofKey = { resource: arn + keyName, carries }
  if (resource === "key") return [ofKey]
  return [ofKey, { resource: `${arn}alias/one`, carries: (key) => !key.startsWith("kms:") }]
}

/** The walks of one search together: about a second. */
const movesMax = 2_000_000
const retireGrant = "kms:RetireGrant"

/**
 * Asks `visit` about one request of every kind that the statements can tell apart: actions,
 * callers and the cells of each condition key. `visit` ends the search by answering true.
 */
export function search(
  space: SearchSpace,
  visit: (request: PolicyRequest) => boolean,
): SearchResult {
  const { statements, account, grantId } = space
  const budget: WalkBudget = { moves: movesMax }
  let left = space.evaluationsMax
  let isComplete = statements.every(hasPlainResource)
  for (const entry of actionClasses(space)) {
    const { row, lower } = entry
    const relevant = statements.filter(({ actions }) => actionMatches(actions, { entry, lower }))
    if (relevant.length === 0) continue
    const keys = keyCells(relevant, budget)
    if (!keys.isComplete) isComplete = false
    for (const { resource, principal, context } of requestsAbout(row, keys.cells, space)) {
      if (left <= 0) return { isComplete: false }
      left -= 1
      const action = row.name
      const request = { principal, action, resource, resourceAccount: account, context, grantId }
      if (visit(request)) return { isComplete: true }
    }
  }
  return { isComplete }
}

function* requestsAbout(
  row: ActionRow,
  cells: readonly KeyCell[],
  { callers, account }: SearchSpace,
): Generator<Pick<PolicyRequest, "resource" | "principal"> & { readonly context: ContextRecord }> {
  for (const { resource, carries } of mattersOf(row, account)) {
    const carried = cells.filter(({ key }) => carries(key))
    for (const principal of callers) {
      const own = Object.entries(callerContext(principal)).filter(([key]) =>
        carries(lowerAscii(key)),
      )
      for (const context of combinations(carried)) {
        yield { resource, principal, context: { ...context, ...Object.fromEntries(own) } }
      }
    }
  }
}

/** Only then is one key as good as any other. */
const hasPlainResource = ({ resources }: CompiledStatement): boolean =>
  resources === undefined || (resources.patterns.length === 0 && !resources.isNegated)

const settledKeys: readonly string[] = [
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalisawsservice",
  "kms:calleraccount",
]

/** Patterns over the caller can tell more callers apart than those that are tried. */
function isSettledByCallers({ key, row, values }: CompiledCondition): boolean {
  if (!settledKeys.includes(key)) return false
  if (row.tests === "presence" || row.language === "boolean") return true
  if (row.language === "text") return !row.folds
  if (row.language !== "glob" && row.language !== "arn") return false
  return values.every((value) => !value.includes("*") && !value.includes("?"))
}

interface KeyCell {
  readonly key: string
  readonly values: readonly (ContextValue | undefined)[]
}

function keyCells(
  statements: readonly CompiledStatement[],
  budget: WalkBudget,
): {
  readonly cells: readonly KeyCell[]
  readonly isComplete: boolean
} {
  const byKey = new Map<string, CompiledCondition[]>()
  let isComplete = true
  for (const condition of statements.flatMap(conditionsSeen)) {
    if (condition.variables.length > 0) isComplete = false
    if (callerKeys.includes(condition.key)) {
      if (!isSettledByCallers(condition)) isComplete = false
      continue
    }
    const conditions = byKey.get(condition.key) ?? []
    conditions.push(condition)
    byKey.set(condition.key, conditions)
  }
  const cells: KeyCell[] = []
  for (const [key, conditions] of byKey) {
    const samples = samplesOf(conditions, budget)
    if (!samples.isComplete) isComplete = false
    if (!canHoldMany(key)) {
      cells.push({ key, values: [undefined, ...samples.texts] })
      continue
    }
    const lists = subsets(samples.texts, conditions.length)
    if (!lists.isComplete) isComplete = false
    cells.push({ key, values: [undefined, ...lists.subsets] })
  }
  return { cells, isComplete }
}

/** Names of one family that differ only in letter case give their key several values. */
function canHoldMany(key: string): boolean {
  const row = findConditionKey(key)
  return row === undefined || row.multivalued || isFamily(row.name)
}

/** A key that the statement never sees answers alike whatever its value. */
const conditionsSeen = ({ conditions, readsLess }: CompiledStatement) =>
  readsLess ? conditions.filter(({ key }) => !isOnlyForIam(key)) : conditions

const subsetsMax = 200

/** A list answers `size` conditions as some list of at most that many of its values does. */
function subsets(texts: readonly string[], size: number) {
  let grown: (readonly string[])[] = [[]]
  const all: (readonly string[])[] = []
  for (let count = 0; count < size; count += 1) {
    const next: (readonly string[])[] = []
    for (const list of grown) {
      const last = list[list.length - 1]
      const from = last === undefined ? 0 : texts.indexOf(last) + 1
      for (const text of texts.slice(from)) next.push([...list, text])
      if (all.length + next.length > subsetsMax)
        return { subsets: [...all, ...next], isComplete: false }
    }
    all.push(...next)
    grown = next
  }
  return { subsets: all, isComplete: true }
}

function* combinations(
  cells: readonly KeyCell[],
): Generator<{ readonly [key: string]: ContextValue | undefined }> {
  const [first, ...rest] = cells
  if (first === undefined) {
    yield {}
    return
  }
  for (const others of combinations(rest)) {
    for (const value of first.values) yield { ...others, [first.key]: value }
  }
}
