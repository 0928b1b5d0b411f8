/** What a piece of a source file is. `template` is the text between two `${}` of a template. */
type TokenKind = "comment" | "text" | "template" | "pattern" | "number" | "word" | "mark"

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Counted from one. */
  readonly line: number
}

const space = /\s+/y
const template = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:\$\{|`|$)/y
const pattern = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y

/** The first that fits is taken; the last always does. */
const shapes: readonly (readonly [TokenKind, RegExp])[] = [
  ["comment", /\/\/.*|\/\*[\s\S]*?(?:\*\/|$)|#!.*/y],
  ["text", /"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?/y],
  ["number", /\d[\w.]*/y],
  ["word", /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy],
  ["mark", /=>|\.\.\.|\?\.(?!\d)|[\s\S]/uy],
]

/** Words after which a slash begins a pattern. */
const operators = new Set(
  "return typeof case in of instanceof new void delete do else await yield throw".split(" "),
)

/** Whether a value has just ended, so that a slash divides and a brace after it opens a block. */
export function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === "word") return !operators.has(token.text)
  if (token.kind === "template") return !token.text.endsWith("${")
  return token.kind === "mark" ? /^[)\]}>]$/.test(token.text) : true
}

function matchAt(shape: RegExp, text: string, offset: number): string | undefined {
  shape.lastIndex = offset
  return shape.exec(text)?.[0]
}

/**
 * Splits TypeScript into tokens, comments among them. Knows strings, nested templates and regular
 * expressions, so that a word inside them is not mistaken for code; knows no grammar beyond that.
 */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = []
  /** For each template that is open: how many braces are open inside its expression. */
  const open: number[] = []
  let last: Token | undefined
  let offset = 0
  let line = 1

  function take(kind: TokenKind | "space", text: string): void {
    if (kind !== "space") {
      const token = { kind, text, line }
      tokens.push(token)
      if (kind !== "comment") last = token
    }
    for (const character of text) if (character === "\n") line += 1
    offset += text.length
  }

  /** From a backtick, or from the brace that ends an expression, to the next of either. */
  function takeTemplate(): void {
    if (source[offset] === "}") open.pop()
    const text = source.charAt(offset) + (matchAt(template, source, offset + 1) ?? "")
    take("template", text)
    if (text.endsWith("${")) open.push(0)
  }

  while (offset < source.length) {
    const here = source.charAt(offset)
    const blank = matchAt(space, source, offset)
    if (blank !== undefined) {
      take("space", blank)
      continue
    }
    const depth = open.at(-1)
    if (here === "`" || (here === "}" && depth === 0)) {
      takeTemplate()
      continue
    }
    if (depth !== undefined && here === "{") open[open.length - 1] = depth + 1
    if (depth !== undefined && here === "}") open[open.length - 1] = depth - 1
    const isComment = /^\/[/*]/.test(source.slice(offset, offset + 2))
    const regular =
      here === "/" && !isComment && !endsOperand(last) && matchAt(pattern, source, offset)
    if (regular) {
      take("pattern", regular)
      continue
    }
    for (const [kind, shape] of shapes) {
      const text = matchAt(shape, source, offset)
      if (text === undefined) continue
      take(kind, text)
      break
    }
  }
  return tokens
}
