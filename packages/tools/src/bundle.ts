import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import { type OutputOptions, type RolldownOutput, rolldown } from "rolldown"
import { commonJsTypes } from "./common-js-types.js"
import { root } from "./paths.js"

/*
 * Writes the JavaScript that packages ship: the modules of a package joined into a few files,
 * because a process pays for every module that it loads (docs/decisions/0007); once as ECMAScript
 * modules, and once in CommonJS, for what cannot load those (docs/decisions/0062). The compiler
 * has checked the types and written the declarations before.
 */

/** The dependency of which only what is used is shipped, in a file of its own. */
const joined = "zod"
const isJoined = (id: string) => id === joined || id.startsWith(`${joined}/`)
/** What is published as ECMAScript modules only, and has to be inside of what is not. */
const withoutCommonJs = /^(?:@noble\/|micro-rsa-dsa-dh(?:\/|$))/

interface Target {
  readonly types: string
  readonly default: string
}

type Condition = Target | { readonly import: Target; readonly require: Target } | string

interface Entry {
  /** From `lib`, without its ending. */
  readonly name: string
  /** From the folder of the package. */
  readonly types: string
  /** Absent where CommonJS is of no use: for programs, and for what itself has to load modules. */
  readonly commonJsTypes: string | undefined
}

/** What a package exports and its programs: where each is written, and its declarations. */
function entriesOf(folder: string): readonly Entry[] {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const conditions: readonly Condition[] = Object.values(manifest.exports ?? {})
  const programs = Object.values<string>(manifest.bin ?? {}).map((path) => ({
    types: path.replace("./lib/", "./dist/").replace(/\.js$/, ".d.ts"),
    default: path,
  }))
  return [...conditions, ...programs].flatMap((condition) => {
    if (typeof condition === "string") return []
    const target = "import" in condition ? condition.import : condition
    if (!target.default.startsWith("./lib/")) return []
    return {
      name: target.default.slice("./lib/".length, -".js".length),
      types: target.types,
      commonJsTypes: "require" in condition ? condition.require.types : undefined,
    }
  })
}

/** Joins the sources of some entries; `isOutside` says what stays what its authors published. */
async function joinSources(
  folder: string,
  entries: readonly Entry[],
  isOutside: (id: string) => boolean,
  options: OutputOptions,
): Promise<RolldownOutput> {
  const sourceOf = ({ types }: Entry) =>
    join(folder, types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts"))
  const bundled = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry.name, sourceOf(entry)])),
    external: (id) => /^[^./]/.test(id) && !isJoined(id) && isOutside(id),
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    treeshake: { moduleSideEffects: false },
    ...(options.format === "cjs" && { transform: { define: { "import.meta.url": "__filename" } } }),
  })
  const written = await bundled.write({
    codeSplitting: { groups: [{ name: joined, test: `/node_modules/${joined}/` }] },
    ...options,
  })
  await bundled.close()
  return written
}

/** Puts beside the files the licences of what others wrote and is in them. */
function copyLicences(dir: string, { output }: RolldownOutput): void {
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))
  const inside = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\/(?!.*\/node_modules\/)/
  for (const id of modules) {
    const [, folder, name] = inside.exec(id) ?? []
    if (folder === undefined || name === undefined) continue
    const file = `${name.replace("@", "").replace("/", "-")}.LICENSE`
    copyFileSync(join(folder, "LICENSE"), join(dir, "chunks", file))
  }
}

/** What a user's bundler and Node load. */
async function writeModules(folder: string, entries: readonly Entry[]): Promise<void> {
  const dir = join(folder, "lib")
  rmSync(dir, { recursive: true, force: true })
  const written = await joinSources(folder, entries, () => true, {
    dir,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
  })
  copyLicences(dir, written)
}

/** The same for what knows no modules: jest, and older tools. */
async function writeCommonJs(folder: string, entries: readonly Entry[]): Promise<void> {
  const dir = join(folder, "lib", "cjs")
  const known = entries.filter((entry) => entry.commonJsTypes !== undefined)
  const isOutside = (id: string) => !withoutCommonJs.test(id)
  const written = await joinSources(folder, known, isOutside, {
    dir,
    format: "cjs",
    exports: "named",
    dynamicImportInCjs: false,
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunks/[name].cjs",
  })
  copyLicences(dir, written)
}

async function writeCommonJsTypes(folder: string, entries: readonly Entry[]): Promise<void> {
  for (const { name, types, commonJsTypes: target } of entries) {
    if (target === undefined) continue
    const exported = await import(pathToFileURL(join(folder, "lib", `${name}.js`)).href)
    const path = `./${basename(types).replace(/\.d\.ts$/, ".js")}`
    const text = readFileSync(join(folder, types), "utf8")
    writeFileSync(join(folder, target), commonJsTypes(path, text, exported))
  }
}

/**
 * Writes declarations in the words of TypeScript before 5.7, whose `Uint8Array` takes no parameter;
 * to newer ones it means the same. The compiler must not take them for changed.
 */
function writeOlderTypes(folder: string): void {
  const dir = join(folder, "dist")
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue
    const path = join(dir, name)
    const text = readFileSync(path, "utf8")
    const older = text.replaceAll("Uint8Array<ArrayBufferLike>", "Uint8Array")
    if (older === text) continue
    const { atime, mtime } = statSync(path)
    writeFileSync(path, older)
    utimesSync(path, atime, mtime)
  }
}

const packages = readdirSync(join(root, "packages"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join(root, "packages", name))
  .map((folder) => ({ folder, entries: entriesOf(folder) }))
  .filter(({ entries }) => entries.length > 0)

for (const { folder, entries } of packages) {
  await writeModules(folder, entries)
  await writeCommonJs(folder, entries)
}
// Only now is everything there that a package imports of the others.
for (const { folder, entries } of packages) {
  writeOlderTypes(folder)
  await writeCommonJsTypes(folder, entries)
}
