/** A piece of code in a page, to be run as a module. */
export interface Snippet {
  /** `README-2.ts`: the page, and the place among its snippets. */
  readonly file: string
  readonly code: string
}

const comment = /(?:<!-- (?:(not run): .+?|(goes on)|given:\s+([\s\S]*?)) -->\n+)?/
const block = /```(?:ts|js|typescript|javascript)\n([\s\S]*?)^```$/
const fence = new RegExp(`^${comment.source}${block.source}`, "gm")

/**
 * The TypeScript and JavaScript of a page. Every piece is a module of its own, unless a comment
 * stands before it: after `<!-- goes on -->` it belongs to the piece before; what
 * `<!-- given: … -->` says stands unseen in front of it; after `<!-- not run: why -->` it is left
 * out.
 */
export function snippetsOf(page: string, markdown: string): readonly Snippet[] {
  const snippets: Snippet[] = []
  let count = 0
  for (const [, notRun, goesOn, given, code = ""] of markdown.matchAll(fence)) {
    count += 1
    if (notRun !== undefined) continue
    const before = goesOn === undefined ? undefined : snippets.pop()
    const setting = given === undefined ? "" : `${given}\n`
    const file = before?.file ?? `${page}-${count}.ts`
    snippets.push({ file, code: `${before?.code ?? ""}${setting}${code}` })
  }
  return snippets
}
