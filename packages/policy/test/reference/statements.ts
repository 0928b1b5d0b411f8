import {
  anyOne,
  anyRun,
  type Context,
  conditionHolds,
  isUnclear,
  piecesOf,
  splitOutsideVariables,
} from "./operators.js"

export interface Caller {
  readonly type: string
  readonly arn: string
  readonly account: string
  readonly roleArn?: string | undefined
  readonly issuerUserArn?: string | undefined
  readonly service?: string | undefined
  readonly hasBoundary: boolean
}

export interface Question {
  readonly caller: Caller
  readonly action: string
  readonly resource: string
  readonly context: Context
}

/** Stands in a resource for a region that nobody has named: any text without a colon. */
export const someRegion = "\ue000"

export type Json = { readonly [name: string]: unknown }

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

export function statementsOf(document: Json): Json[] {
  return asList(document.Statement) as Json[]
}

/** How an entry of `Principal` meets the caller. */
export type Match = "direct" | "limited" | "delegation"

/** The account that is meant, if it lies in the partition of the caller. */
export function accountOf(entry: string, caller: Caller): string | undefined {
  if (/^\d{12}$/.test(entry)) return entry
  const [, partition, account] = /^arn:([^:]+):iam::(\d{12}):root$/.exec(entry) ?? []
  return partition === caller.arn.split(":")[1] ? account : undefined
}

function entryMatches(kind: string, entry: string, caller: Caller): Match | undefined {
  if (kind === "Service") {
    return caller.type === "service" && entry === caller.service ? "direct" : undefined
  }
  if (kind !== "AWS") return undefined
  if (entry === "*") return "direct"
  if (caller.type === "service") return undefined
  const account = accountOf(entry, caller)
  if (account !== undefined) {
    if (account !== caller.account) return undefined
    return caller.type === "root" ? "direct" : "delegation"
  }
  if (caller.type === "root") return undefined
  if (entry === caller.arn) return "direct"
  if (caller.type === "role-session" && entry === caller.roleArn) return "limited"
  if (caller.type === "federated-user" && entry === caller.issuerUserArn) return "limited"
  return undefined
}

function entriesOf(principal: unknown): [string, string][] {
  if (principal === "*") return [["AWS", "*"]]
  return Object.entries(principal as Json).flatMap(([kind, names]) =>
    asList(names).map((name): [string, string] => [kind, String(name)]),
  )
}

/** Everyone whom NotPrincipal must list to spare the caller. */
function namesToList(caller: Caller): (string | undefined)[] {
  if (caller.type === "service") return [caller.service]
  if (caller.type === "root") return [caller.account]
  if (caller.type === "role-session") return [caller.arn, caller.roleArn, caller.account]
  if (caller.type === "federated-user") return [caller.arn, caller.issuerUserArn, caller.account]
  return [caller.arn, caller.account]
}

function principalMatches(statement: Json, caller: Caller): Match[] {
  if (statement.Principal !== undefined) {
    return entriesOf(statement.Principal)
      .map(([kind, entry]) => entryMatches(kind, entry, caller))
      .filter((match) => match !== undefined)
  }
  if (statement.NotPrincipal === undefined) return ["direct"]
  if (caller.hasBoundary) return ["direct"]
  const listed = entriesOf(statement.NotPrincipal).map(
    ([, entry]) => accountOf(entry, caller) ?? entry,
  )
  if (listed.includes("*")) return []
  return namesToList(caller).every((name) => name !== undefined && listed.includes(name))
    ? []
    : ["direct"]
}

function actionMatches(statement: Json, action: string): boolean {
  const negated = statement.NotAction !== undefined
  const patterns = asList(negated ? statement.NotAction : statement.Action)
  const listed = patterns.some((pattern) => {
    const source = String(pattern)
      .toLowerCase()
      .replace(/[\\^$.+()[\]{}|/-]/g, "\\$&")
      .replace(/\*/g, "[^]*")
      .replace(/\?/g, "[^]")
    return new RegExp(`^${source}$`).test(action.toLowerCase())
  })
  return listed !== negated
}

/**
 * Character by character, going back wherever it must: the rule of the Resource page. With `maybe`
 * it is enough that a region which nobody has named may be one that fits.
 */
function resourceEntryMatches(
  entry: string,
  question: Question,
  expands: boolean,
  maybe: boolean,
): boolean {
  if (entry === "*") return true
  const texts = splitOutsideVariables(entry, expands)
  const pieces: (string | typeof anyRun | typeof anyOne)[] = []
  const partOf: number[] = []
  for (const [part, text] of texts.entries()) {
    const found = piecesOf(text, question.context, expands && part === 5)
    if (found === undefined) return false
    if (part > 0) {
      pieces.push(":")
      partOf.push(part - 1)
    }
    pieces.push(...found)
    partOf.push(...found.map(() => part))
  }
  const text = question.resource
  const matches = (at: number, from: number): boolean => {
    const piece = pieces[at]
    if (piece === undefined) return from === text.length
    const last = partOf[at] === 5
    if (piece === anyRun) {
      if (maybe && text.charAt(from) === someRegion && matches(at, from + 1)) return true
      const endsPart = at === pieces.length - 1 || partOf[at + 1] !== partOf[at] || isColon(at + 1)
      if (matches(at + 1, from)) return true
      const free = last || endsPart || text.charAt(from) !== ":"
      return from < text.length && free && matches(at, from + 1)
    }
    if (from >= text.length) return false
    const character = text.charAt(from)
    if (character === someRegion) {
      if (!maybe) return false
      return matches(at, from + 1) || (piece !== ":" && matches(at + 1, from))
    }
    const fits = piece === anyOne ? last || character !== ":" : piece === character
    return fits && matches(at + 1, from + 1)
  }
  const isColon = (at: number) => pieces[at] === ":" && partOf[at] !== 5
  return matches(0, 0)
}

function resourceMatches(statement: Json, question: Question, expands: boolean): boolean {
  const negated = statement.NotResource !== undefined
  const entries = asList(negated ? statement.NotResource : statement.Resource)
  const maybe = (statement.Effect === "Deny") !== negated
  const listed = entries.map(String).some((entry) => {
    const last = splitOutsideVariables(entry, expands)[5] ?? ""
    if (isUnclear(last, question.context, expands)) return maybe
    return resourceEntryMatches(entry, question, expands, maybe)
  })
  return listed !== negated
}

/** The ways in which a statement applies; none when it does not. */
export function statementMatches(document: Json, statement: Json, question: Question): Match[] {
  const expands = document.Version === "2012-10-17"
  const hasAction = statement.Action !== undefined || statement.NotAction !== undefined
  const hasResource = statement.Resource !== undefined || statement.NotResource !== undefined
  if (!hasAction || !hasResource) return []
  if (!actionMatches(statement, question.action)) return []
  if (!resourceMatches(statement, question, expands)) return []
  const blocks = Object.entries((statement.Condition ?? {}) as Json)
  for (const [operator, keys] of blocks) {
    for (const [key, values] of Object.entries(keys as Json)) {
      const texts = asList(values).map(String)
      const { context } = question
      if (!conditionHolds(operator, key, texts, context, expands, String(statement.Effect))) {
        return []
      }
    }
  }
  return principalMatches(statement, question.caller)
}

export function effectApplies(document: Json, effect: string, question: Question): boolean {
  return statementsOf(document).some(
    (statement) =>
      statement.Effect === effect && statementMatches(document, statement, question).length > 0,
  )
}
