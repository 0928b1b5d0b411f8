import type { Finding, Rule } from "../rule.js"
import { dependenciesIn, type PackageFolder, type Tree } from "../tree.js"

interface Requirement {
  readonly message: string
  holds(folder: PackageFolder, tree: Tree): boolean
}

const has =
  (file: string) =>
  ({ path }: PackageFolder, { files }: Tree): boolean =>
    files.has(`${path}/${file}`)

const says =
  (field: string, value: unknown) =>
  ({ manifest }: PackageFolder): boolean =>
    manifest[field] === value

const fields = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]
const isPinned = (version: string, field: string): boolean =>
  version === (field === "peerDependencies" ? "catalog:peers" : "catalog:") ||
  version === "workspace:*" ||
  /^npm:.+@\d+\.\d+\.\d+$/.test(version)

type Conditions = Readonly<Record<string, unknown>>

/** The entry points of code; `./package.json` is one of data. */
const exportsOf = ({ manifest }: PackageFolder): readonly (readonly [string, Conditions])[] =>
  Object.entries((manifest.exports ?? {}) as Readonly<Record<string, Conditions>>).filter(
    ([entry]) => entry !== "./package.json",
  )

/**
 * An entry as every tool finds it: modules for what can load them, by `require` as well where
 * Node can (so that there is one copy), and CommonJS for what cannot. Programs, and what itself has
 * to load modules, as a part of vitest, have no CommonJS.
 */
function isEntry([entry, conditions]: readonly [string, Conditions]): boolean {
  if (/^\.\/vitest-|-program$/.test(entry))
    return Object.keys(conditions).join() === "types,default"
  const { types = "", default: lib = "" } = (conditions.import ?? {}) as Record<string, string>
  const commonJs = { types: types.replace(/ts$/, "cts"), default: commonJsOf(lib) }
  const expected = { import: { types, default: lib }, "module-sync": lib, require: commonJs }
  return JSON.stringify(conditions) === JSON.stringify(expected)
}

const commonJsOf = (lib: string): string =>
  lib.replace("./lib/", "./lib/cjs/").replace(/\.js$/, ".cjs")

/** What TypeScript finds that does not read `exports`: the declarations of every entry. */
function hasTypesForAll(folder: PackageFolder): boolean {
  const { main, types, typesVersions = {} } = folder.manifest
  const versions = (typesVersions as Record<string, Record<string, string[]>>)["*"] ?? {}
  return exportsOf(folder).every(([entry, conditions]) => {
    const target = (conditions.import ?? conditions) as Record<string, string>
    if (entry === ".") return types === target.types && main === commonJsOf(target.default ?? "")
    return `./${versions[entry.slice(2)]?.[0]}` === target.types
  })
}

/** Of every package. */
const ofAll: readonly Requirement[] = [
  {
    message: 'needs a "type": "module", or in an example "commonjs"',
    holds: (folder) =>
      says("type", "module")(folder) ||
      (folder.path.startsWith("examples/") && says("type", "commonjs")(folder)),
  },
  { message: 'needs "license": "Apache-2.0"', holds: says("license", "Apache-2.0") },
  {
    message: "names a version: the catalogue of pnpm-workspace.yaml does that, once",
    holds: ({ manifest }) =>
      fields.every((field) =>
        Object.values(dependenciesIn(manifest, field)).every((version) => isPinned(version, field)),
      ),
  },
]

/** Of what people install. */
const ofPublished: readonly Requirement[] = [
  { message: "has no LICENSE", holds: has("LICENSE") },
  { message: "has no README.md", holds: has("README.md") },
  { message: 'needs "sideEffects": false', holds: says("sideEffects", false) },
  {
    message: "needs a description",
    holds: ({ manifest }) => typeof manifest.description === "string",
  },
  {
    message: 'needs "engines": { "node": ">=20.19.0" }',
    holds: ({ manifest }) => dependenciesIn(manifest, "engines").node === ">=20.19.0",
  },
  {
    message: 'needs "exports", each with "import", "module-sync" and "require" of one name',
    holds: (folder) => exportsOf(folder).length > 0 && exportsOf(folder).every(isEntry),
  },
  {
    message: 'needs "main", "types" and "typesVersions" that say the same as "exports"',
    holds: hasTypesForAll,
  },
  {
    message: 'needs "./package.json" among its "exports"',
    holds: ({ manifest }) => dependenciesIn(manifest, "exports")["./package.json"] !== undefined,
  },
  {
    message: 'needs "files" with lib and the declarations, and no sources or maps',
    holds: ({ manifest }) => {
      const files = (manifest.files ?? []) as readonly string[]
      const isHeavy = files.some((file) => file === "src" || file.endsWith(".map"))
      return (
        !isHeavy &&
        ["lib", "dist/**/*.d.ts", "dist/**/*.d.cts"].every((file) => files.includes(file))
      )
    },
  },
  {
    message: "runs a script when it is installed",
    holds: ({ manifest }) =>
      Object.keys(dependenciesIn(manifest, "scripts")).every((name) => !/install/.test(name)),
  },
]

export const manifestsRule: Rule = {
  name: "manifests",
  says: "every package has its papers",
  check: (tree) =>
    [...tree.packages.values()].flatMap((folder): readonly Finding[] => {
      const isPrivate = folder.manifest.private === true
      const path = `${folder.path}/package.json`
      return [...ofAll, ...(isPrivate ? [] : ofPublished)]
        .filter(({ holds }) => !holds(folder, tree))
        .map(({ message }) => ({ path, message }))
    }),
}

/** The lines of the catalogue, and whether each names one exact version. */
export const catalogRule: Rule = {
  name: "catalog",
  says: "the catalogue pins exact versions",
  check: ({ files }) => {
    const path = "pnpm-workspace.yaml"
    const lines = (files.get(path) ?? "").split("\n")
    const start = lines.indexOf("catalog:")
    if (start < 0) return []
    const findings: Finding[] = []
    for (let i = start + 1; /^ {2}\S/.test(lines[i] ?? ""); i += 1) {
      if (/^ {2}"?[@\w/-]+"?: \d+\.\d+\.\d+$/.test(lines[i] ?? "")) continue
      findings.push({ path, line: i + 1, message: "names more than one version" })
    }
    return findings
  },
}
