import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, posix } from "node:path"
import { type Tree, treeOf } from "./tree.js"

const skipped = new Set(["node_modules", "dist", "lib", ".git"])
const isText = (name: string): boolean =>
  /\.(?:m?[tj]s|json|md|ya?ml|sh|txt)$|^(?:LICENSE|run|\.gitignore|\.npmrc)$/.test(name)
const bytesMax = 1_000_000

function* pathsBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (skipped.has(entry.name)) continue
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* pathsBelow(path)
    else if (entry.isFile() && !entry.name.endsWith(".tsbuildinfo")) yield path
  }
}

function pathsIn(root: string): readonly string[] {
  const prefix = root.length + 1
  return [...pathsBelow(root)].map((path) => path.slice(prefix).replaceAll("\\", "/")).sort()
}

/** Reads every text of the repository, but for what was installed, built or is very large. */
export function readTree(root: string): Tree {
  const paths = pathsIn(root)
  const texts = paths
    .filter((path) => isText(posix.basename(path)) && statSync(join(root, path)).size <= bytesMax)
    .map((path) => [path, readFileSync(join(root, path), "utf8")])
  return treeOf(Object.fromEntries(texts), paths)
}
