import type { Token } from "./tokens.js"

export interface Import {
  /** What stands between the quotes. */
  readonly specifier: string
  readonly line: number
  readonly kind: "import" | "re-export" | "dynamic" | "bare"
}

const unquote = (text: string): string => text.slice(1, -1)

/** The quoted text after `from`, if the clause that begins at `start` has one. */
function findSource(code: readonly Token[], start: number): Token | undefined {
  for (let i = start; i < code.length; i += 1) {
    const token = code[i] as Token
    if (token.kind === "text" && code[i - 1]?.text === "from") return token
    if (token.kind !== "word" && !["{", "}", ",", "*"].includes(token.text)) return undefined
  }
  return undefined
}

/** Everything that the tokens of a file, without its comments, load from elsewhere. */
export function findImports(code: readonly Token[]): readonly Import[] {
  return code.flatMap((token, i): Import[] => {
    const { text, kind, line } = token
    const next = code[i + 1]
    if (kind !== "word" || next === undefined || code[i - 1]?.text === ".") return []
    if (text === "import" && next.text === "(") {
      const named = code[i + 2]
      return named?.kind === "text"
        ? [{ specifier: unquote(named.text), line, kind: "dynamic" }]
        : []
    }
    if (text === "import" && next.kind === "text") {
      return [{ specifier: unquote(next.text), line, kind: "bare" }]
    }
    if (text !== "import" && text !== "export") return []
    const source = findSource(code, i + 1)
    if (source === undefined) return []
    const isImport = text === "import"
    return [{ specifier: unquote(source.text), line, kind: isImport ? "import" : "re-export" }]
  })
}
