import { Lexer, LineCounter, Parser, parseDocument } from "yaml"
import { limits } from "../vocabulary/limits.js"

/** A text may repeat parts of itself so often. */
const maxAliasCount = 100

/** Accounts nest a third of it. */
const depthMax = 100

/**
 * Throws `TypeError` for what nests too deeply. The parser would go down until its stack is full,
 * and find that out; but V8 ends the process when it compiles a pattern down there.
 */
function checkDepth(text: string): void {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    // Whole documents: what is open is on the stack.
    for (const _document of parser.next(lexeme));
    if (parser.stack.length > depthMax) throw new TypeError("the text nests too deeply")
  }
}

/**
 * Reads accounts as YAML 1.2, of which JSON is a part, for `directory.fill`. Nothing is guessed of
 * what is written: `no`, `1e3` and `012345678901` are texts.
 *
 * Throws `TypeError` that says where the text is wrong and never what stands there, because that
 * may be a secret.
 *
 * ```ts
 * await directory.fill(readAccounts(await readFile("accounts.yaml", "utf8")))
 * ```
 */
export function readAccounts(text: string): unknown {
  if (typeof text !== "string" || text.length > limits.yamlLengthMax) {
    throw new TypeError(`\`text\` must have at most ${limits.yamlLengthMax} characters`)
  }
  checkDepth(text)
  const lineCounter = new LineCounter()
  const document = parseDocument(text, {
    ...{ lineCounter, schema: "failsafe", uniqueKeys: true, prettyErrors: false },
    // Warnings would be printed, with the text that they are about.
    logLevel: "error",
  })
  const [error] = [...document.errors, ...document.warnings]
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    throw new TypeError(`line ${line}, column ${col}: ${error.code}`)
  }
  try {
    return document.toJS({ maxAliasCount })
  } catch {
    throw new TypeError("an alias has no anchor before it, or repeats too much")
  }
}
