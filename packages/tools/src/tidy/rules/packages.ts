import { sourceRule } from "../rule.js"
import { isRelative, packageNameOf, resolveImport } from "../tree.js"

const engine = ["policy", "storage", "core", "hsm", "attestation", "aws-sdk", "identity"]

/** What the sources of each package may import of the others. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  policy: [],
  storage: [],
  attestation: [],
  identity: ["policy", "storage"],
  core: ["policy", "storage"],
  hsm: ["core"],
  "aws-sdk": ["core", "identity"],
  testing: ["policy", "storage", "core", "hsm", "aws-sdk", "identity"],
  keywright: engine,
  tools: [...engine, "testing", "keywright"],
}

/** The folder of one of our packages, by its name on npm. */
const folderOf = (name: string): string | undefined =>
  name === "keywright" ? name : /^@keywright\/(.+)$/.exec(name)?.[1]

const ownFolder = (path: string): string => path.split("/").slice(0, 2).join("/")

export const packagesRule = sourceRule(
  "packages",
  "a package imports only those that the table of packages lists for it, and only by name",
  (source, tree) =>
    source.imports.flatMap(({ specifier, line }) => {
      if (isRelative(specifier)) {
        const target = resolveImport(tree, source, specifier)
        const isNear = ownFolder(target) === ownFolder(source.path)
        const isForTests = /^packages\/(?:[^/]+\/test|tools\/src\/servers)\//.test(target)
        if (isNear || (source.part === "test" && isForTests)) return []
        return [{ line, message: `leaves the package: ${specifier}; import by name` }]
      }
      const other = folderOf(packageNameOf(specifier))
      if (source.part !== "src" || other === undefined || other === source.package) return []
      if (source.package.startsWith("examples/")) return []
      if (mayImport[source.package]?.includes(other)) return []
      return [{ line, message: `${source.package} may not import ${specifier}` }]
    }),
)
