import { sourceRule } from "../rule.js"
import { dependenciesIn, isRelative, packageNameOf, type Tree } from "../tree.js"

type Manifest = Readonly<Record<string, unknown>>

const shipped = ["dependencies", "peerDependencies", "optionalDependencies"]
const all = [...shipped, "devDependencies"]

const names = (manifest: Manifest, fields: readonly string[]): readonly string[] =>
  fields.flatMap((field) => Object.keys(dependenciesIn(manifest, field)))

function rootManifest(tree: Tree): Manifest {
  return JSON.parse(tree.files.get("package.json") ?? "{}")
}

export const dependenciesRule = sourceRule(
  "dependencies",
  "what is imported is declared; what ships does not import what is only there for development",
  (source, tree) => {
    const found = tree.packages.get(source.package)
    if (found === undefined) return []
    const { manifest } = found
    const isShipped = source.part === "src" && manifest.private !== true
    const declared = isShipped
      ? names(manifest, shipped)
      : [...names(manifest, all), ...names(rootManifest(tree), all)]
    return source.imports.flatMap(({ specifier, line }) => {
      if (isRelative(specifier) || specifier.startsWith("node:")) return []
      const name = packageNameOf(specifier)
      if (name === manifest.name || declared.includes(name)) return []
      const message = `${name} is not among the dependencies in ${found.path}/package.json`
      return [{ line, message }]
    })
  },
)
