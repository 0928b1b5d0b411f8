import { posix } from "node:path"
import { type Finding, sourceRule } from "../rule.js"
import { isRelative, type SourceFile, type Tree } from "../tree.js"

type Found = readonly Omit<Finding, "path">[]

export const typeEscapesRule = sourceRule(
  "type-escapes",
  "types are not silenced",
  ({ code, tokens }): Found => {
    const casts = code
      .filter(({ text }, i) => text === "any" && /^(?:as|<)$/.test(code[i - 1]?.text ?? ""))
      .map(({ line }) => ({ line, message: "any: say what it is, or unknown and parse it" }))
    const comments = tokens
      .filter(({ kind, text }) => kind === "comment" && /@ts-(?:ignore|nocheck)/.test(text))
      .map(({ line }) => ({ line, message: "silences the compiler: mend the types" }))
    return [...casts, ...comments]
  },
)

/** Tools that accept their configuration in no other way. */
const wantsDefault = (path: string): boolean =>
  /\.config\.m?[tj]s$|mutants\/inside\/runner\.ts$/.test(path)

export const defaultExportsRule = sourceRule(
  "default-exports",
  "exports have names",
  ({ path, code }): Found => {
    if (wantsDefault(path)) return []
    return code
      .filter(({ text }, i) => text === "export" && code[i + 1]?.text === "default")
      .map(({ line }) => ({ line, message: "a default export: give it a name" }))
  },
)

/** The files behind the `exports` of a package. */
function entriesOf(tree: Tree, source: SourceFile): readonly string[] {
  const found = tree.packages.get(source.package)
  return JSON.stringify(found?.manifest.exports ?? {})
    .split('"')
    .filter((text) => text.startsWith("./dist/") && text.endsWith(".d.ts"))
    .map((text) => text.replace("./dist/", "src/").replace(/\.d\.ts$/, ".js"))
    .map((text) => posix.join(found?.path ?? "", text))
    .map((path) => path.replace(/\.js$/, ".ts"))
}

export const barrelsRule = sourceRule(
  "barrels",
  "only the entry points of a package re-export, and name what they re-export",
  (source, tree): Found => {
    const wild = source.code
      .filter(({ text }, i) => text === "export" && source.code[i + 1]?.text === "*")
      .map(({ line }) => ({ line, message: "export *: name what is exported" }))
    const entries = entriesOf(tree, source)
    if (entries.length === 0 || entries.includes(source.path)) return wild
    const passedOn = source.imports
      .filter(({ kind }) => kind === "re-export")
      .map(({ line, specifier }) => ({
        line,
        message: `re-exports ${specifier} and is no entry point: import it where it is`,
      }))
    return [
      ...wild.filter(({ line }) => !passedOn.some((other) => other.line === line)),
      ...passedOn,
    ]
  },
)

export const importEffectsRule = sourceRule(
  "import-effects",
  "an import does nothing but make names known",
  ({ part, imports }): Found =>
    imports
      .filter(({ kind }) => part === "src" && kind === "bare")
      .map(({ line, specifier }) => ({ line, message: `imports ${specifier} for its effects` })),
)

/** Classes besides errors, and why. */
const classes: Readonly<Record<string, string>> = {
  SecretBytes: "hides its bytes from printing and serializing, which only a private field does",
  StampedReads: "is made for every attempt of a call; its methods as closures are a kilobyte",
  FileRunner: "vitest's runner, of which a few methods are others",
  ServingRunner: "made by vitest, by `new`",
}

export const classesRule = sourceRule(
  "classes",
  "a class is an error; everything else is functions and plain data",
  ({ part, code }): Found =>
    code.flatMap(({ text, line, kind }, i) => {
      const name = code[i + 1]
      if (part !== "src" || kind !== "word" || text !== "class" || name?.kind !== "word") return []
      if (Object.hasOwn(classes, name.text)) return []
      const end = code.findIndex((token, at) => at > i && token.text === "{")
      const parent = code.slice(i, end).findLast((_, at) => code[i + at - 1]?.text === "extends")
      if (parent?.text.endsWith("Error")) return []
      return [{ line, message: `class ${name.text}: a function that returns a frozen object` }]
    }),
)

export const moduleStateRule = sourceRule(
  "module-state",
  "a module keeps no state",
  ({ part, code }): Found => {
    let depth = 0
    return code.flatMap(({ text, kind, line }) => {
      if (kind === "template") {
        depth += Number(text.endsWith("${")) - Number(text.startsWith("}"))
      }
      if (kind === "mark" && "({[".includes(text)) depth += 1
      if (kind === "mark" && ")}]".includes(text)) depth -= 1
      if (part !== "src" || depth > 0 || kind !== "word") return []
      if (text !== "let" && text !== "var") return []
      return [{ line, message: `${text} at the top of a module: state belongs to a factory` }]
    })
  },
)

/** What would let time, chance or a promise into a rule. */
const impure = new Set(["async", "await", "Promise"])

export const functionalCoreRule = sourceRule(
  "functional-core",
  "the model is true without clock, disk or promise",
  ({ path, code }): Found => {
    if (!path.startsWith("packages/core/src/model/")) return []
    return code
      .filter(({ kind, text }) => kind === "word" && impure.has(text))
      .map(({ line, text }) => ({ line, message: `${text} in the model: hand the value in` }))
  },
)

export const fileNamesRule = sourceRule(
  "file-names",
  "files are named in kebab case",
  ({ path }): Found => {
    const name = posix.basename(path).replace(/(?:\.(?:test|config|bench))?\.m?[tj]s$/, "")
    return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)
      ? []
      : [{ message: `${name}: write it-like-this` }]
  },
)

export const localImportsRule = sourceRule(
  "local-imports",
  "a relative import names the file with its ending",
  ({ imports }): Found =>
    imports
      .filter(({ specifier }) => isRelative(specifier))
      .filter(({ specifier }) => !/\.(?:m?js|json)$/.test(specifier))
      .map(({ line, specifier }) => ({ line, message: `${specifier}: write the ending .js` })),
)
