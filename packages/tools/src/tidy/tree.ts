import { posix } from "node:path"
import { findImports, type Import } from "./imports.js"
import { type Token, tokenize } from "./tokens.js"

/** What of a package a file belongs to; `other` is whatever is not shipped, tested or measured. */
export type Part = "src" | "test" | "bench" | "other"

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string
  /** The folder under `packages/`, or the path of an example: `examples/quick-start`. */
  readonly package: string
  readonly part: Part
  /** From the folder of the part: `formats/marker.ts`. */
  readonly name: string
  readonly lines: readonly string[]
  readonly tokens: readonly Token[]
  /** The tokens that are not comments. */
  readonly code: readonly Token[]
  readonly imports: readonly Import[]
}

export interface PackageFolder {
  /** `packages/core`. */
  readonly path: string
  /** What `package.json` says. */
  readonly manifest: Readonly<Record<string, unknown>>
}

/** A repository as the rules see it. */
export interface Tree {
  /** Of every file, text or not. */
  readonly paths: readonly string[]
  /** All text, by path. */
  readonly files: ReadonlyMap<string, string>
  readonly sources: readonly SourceFile[]
  /** By the folder under `packages/`, or the path of an example. */
  readonly packages: ReadonlyMap<string, PackageFolder>
}

const place = /^(?:packages\/([^/]+)|(examples\/[^/]+))\/(?:(src|test|bench)\/)?(.+)$/
const isSource = (path: string): boolean => /\.m?[tj]s$/.test(path) && !/\.d\.m?ts$/.test(path)

function parseSource(path: string, text: string): SourceFile | undefined {
  const found = place.exec(path)
  if (found === null || !isSource(path)) return undefined
  const [, inPackages, inExamples, part = "other", name = ""] = found
  const tokens = tokenize(text)
  const code = tokens.filter(({ kind }) => kind !== "comment")
  return {
    path,
    package: inPackages ?? inExamples ?? "",
    part: part as Part,
    name,
    lines: text.replace(/\n$/, "").split("\n"),
    tokens,
    code,
    imports: findImports(code),
  }
}

/** Makes a tree of texts by path, and of the paths of what is no text besides. */
export function treeOf(
  texts: Readonly<Record<string, string>>,
  paths: readonly string[] = Object.keys(texts),
): Tree {
  const files = new Map(Object.entries(texts))
  const sources = [...files].flatMap(([path, text]) => parseSource(path, text) ?? [])
  const packages = new Map<string, PackageFolder>()
  for (const [path, text] of files) {
    const found = /^(?:packages\/([^/]+)|(examples\/[^/]+))\/package\.json$/.exec(path)
    const name = found?.[1] ?? found?.[2]
    if (name === undefined) continue
    packages.set(name, { path: posix.dirname(path), manifest: JSON.parse(text) })
  }
  return { paths, files, sources, packages }
}

/** The file that a relative import means, by the path that it has in the tree, if it is there. */
export function resolveImport(tree: Tree, from: SourceFile, specifier: string): string {
  const path = posix.join(posix.dirname(from.path), specifier)
  const typed = path.replace(/\.(m?)js$/, ".$1ts")
  return tree.files.has(path) || !tree.files.has(typed) ? path : typed
}

export const isRelative = (specifier: string): boolean => /^\.\.?\//.test(specifier)

/** `@noble/hashes/sha2.js` is of the package `@noble/hashes`. */
export const packageNameOf = (specifier: string): string =>
  /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier

/** What a dependency field of a manifest names. */
export const dependenciesIn = (
  manifest: Readonly<Record<string, unknown>>,
  field: string,
): Readonly<Record<string, string>> => (manifest[field] ?? {}) as Readonly<Record<string, string>>
