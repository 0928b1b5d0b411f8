import { endsOperand, type Token } from "./tokens.js"

export interface FunctionSpan {
  /** The line of its head, counted from one. */
  readonly line: number
  readonly lastLine: number
  /** Its lines without the bodies of the functions inside it, which count for themselves. */
  readonly ownLines: number
}

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" }

/** For each bracket the index of its partner, both ways. */
function matchBrackets(code: readonly Token[]): ReadonlyMap<number, number> {
  const partners = new Map<number, number>()
  const open: number[] = []
  code.forEach(({ kind, text }, i) => {
    if (kind !== "mark") return
    if (closing[text] !== undefined) open.push(i)
    if (text !== ")" && text !== "]" && text !== "}") return
    const start = open.pop()
    if (start === undefined) return
    partners.set(start, i)
    partners.set(i, start)
  })
  return partners
}

const notFunctions = new Set(["if", "for", "while", "switch", "catch", "with"])
const typeMarks = new Set([".", "|", "&", "<", ">", ",", "?"])
const statements = "else try finally do return const let import export"
const declarations = "class interface enum namespace type extends implements"
const notTypes = new Set(`${statements} ${declarations}`.split(" "))
const beforeType = new Set([":", "|", "&", "<", ",", "readonly"])

/**
 * Walks back over what may be a return type to the `)` of the parameters; its index, or
 * `undefined` when this is no function.
 */
function parametersEnd(
  code: readonly Token[],
  partners: ReadonlyMap<number, number>,
  brace: number,
): number | undefined {
  if (code[brace - 1]?.text === ")") return brace - 1
  for (let i = brace - 1; i > 0; i -= 1) {
    const { kind, text } = code[i] as Token
    if (text === ":") return code[i - 1]?.text === ")" ? i - 1 : undefined
    const start = partners.get(i)
    if (kind === "mark" && start !== undefined && start < i) {
      if (text === "}" && !beforeType.has(code[start - 1]?.text ?? "")) return undefined
      i = start
      continue
    }
    const isPartOfType = kind === "mark" ? typeMarks.has(text) : !notTypes.has(text)
    if (!isPartOfType) return undefined
  }
  return undefined
}

/** The index where the head of a function begins whose body the brace opens. */
function headOf(
  code: readonly Token[],
  partners: ReadonlyMap<number, number>,
  brace: number,
): number | undefined {
  const before = code[brace - 1]
  if (before?.text === "=>") return partners.get(brace - 2) ?? brace - 1
  if (!endsOperand(before)) return undefined
  const end = parametersEnd(code, partners, brace)
  const start = end === undefined ? undefined : partners.get(end)
  if (start === undefined) return undefined
  const name = code[start - 1]
  return name === undefined || notFunctions.has(name.text) ? undefined : start - 1
}

/** Every function with a body in braces, in the order in which they begin. */
export function findFunctions(code: readonly Token[]): readonly FunctionSpan[] {
  const partners = matchBrackets(code)
  const spans: { line: number; lastLine: number; ownLines: number; end: number }[] = []
  const enclosing: typeof spans = []
  code.forEach(({ kind, text }, i) => {
    if (kind !== "mark" || text !== "{") return
    const head = headOf(code, partners, i)
    const end = partners.get(i)
    if (head === undefined || end === undefined) return
    const line = code[head]?.line ?? 0
    const lastLine = code[end]?.line ?? 0
    const span = { line, lastLine, ownLines: lastLine - line + 1, end }
    while ((enclosing.at(-1)?.end ?? Number.POSITIVE_INFINITY) < i) enclosing.pop()
    const outer = enclosing.at(-1)
    if (outer !== undefined) outer.ownLines -= lastLine - line
    enclosing.push(span)
    spans.push(span)
  })
  return spans.map(({ line, lastLine, ownLines }) => ({ line, lastLine, ownLines }))
}
