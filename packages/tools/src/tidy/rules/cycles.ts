import type { Finding, Rule } from "../rule.js"
import { isRelative, resolveImport, type Tree } from "../tree.js"

type Graph = ReadonlyMap<string, readonly string[]>

const graphOf = (tree: Tree): Graph =>
  new Map(
    tree.sources.map((source) => [
      source.path,
      source.imports
        .filter(({ specifier }) => isRelative(specifier))
        .map(({ specifier }) => resolveImport(tree, source, specifier)),
    ]),
  )

/** Each cycle once, as the paths along it, found depth first. */
function findCycles(graph: Graph): readonly (readonly string[])[] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const trail: string[] = []
  function walk(path: string): void {
    const start = trail.indexOf(path)
    if (start >= 0) cycles.push(trail.slice(start))
    if (start >= 0 || done.has(path)) return
    trail.push(path)
    for (const next of graph.get(path) ?? []) walk(next)
    trail.pop()
    done.add(path)
  }
  for (const path of graph.keys()) walk(path)
  return cycles
}

export const cyclesRule: Rule = {
  name: "cycles",
  says: "no file imports itself through others, not even for a type",
  check: (tree) =>
    findCycles(graphOf(tree)).map((cycle): Finding => {
      const path = cycle[0] ?? ""
      return { path, message: `import cycle: ${[...cycle, path].join(" → ")}` }
    }),
}
