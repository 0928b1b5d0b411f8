import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import { root } from "./paths.js"
import { frozenPaper, frozenProgram, sha256Of } from "./previous/build.js"
import { run } from "./run.js"

/*
 * Freezes a host of an earlier commit as one file, which tests and drills let run beside those of
 * today: `npm run freeze -- <commit>`. The program of the host is that of today, which uses public
 * names only; everything of Keywright below it is of that commit.
 */

const [asked = ""] = process.argv.slice(2)
const found = await run("git", ["rev-parse", "--verify", `${asked}^{commit}`])
if (!found.ok) {
  process.stderr.write("usage: freeze <commit>\n")
  process.exit(2)
}
const commit = found.stdout.trim()

interface Target {
  readonly types: string
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports?: Readonly<Record<string, Target | { readonly import: Target } | string>>
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const foldersIn = (packages: string): readonly string[] =>
  readdirSync(packages).filter((name) => existsSync(join(packages, name, "package.json")))

/** Every entry point of the packages, and the source behind it. */
const sourcesIn = (packages: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    foldersIn(packages).flatMap((name) => {
      const folder = join(packages, name)
      const { name: own, exports = {} } = manifestOf(folder)
      return Object.entries(exports).flatMap(([entry, condition]) => {
        if (typeof condition === "string") return []
        const { types } = "import" in condition ? condition.import : condition
        const source = types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts")
        return [[`${own}${entry.slice(1)}`, join(folder, source)]]
      })
    }),
  )

/** Where the libraries are that are frozen with it: those of today. */
const librariesIn = (packages: string): string[] =>
  foldersIn(packages).map((name) => join(root, "packages", name, "node_modules"))

/** Drivers of databases are handed in, and stay outside. */
const drivers = ["pg", "libsql"]

const folder = mkdtempSync(join(tmpdir(), "keywright-freeze-"))
try {
  const archive = join(folder, "packages.tar")
  await run("git", [
    "archive",
    "--format=tar",
    "-o",
    archive,
    commit,
    "packages",
    "tsconfig.base.json",
  ])
  await run("tar", ["-xf", archive, "-C", folder])
  const packages = join(folder, "packages")
  const sources = sourcesIn(packages)
  const bundled = await rolldown({
    input: join(root, "packages", "tools", "src", "drill", "host.ts"),
    external: (id) => id.startsWith("node:") || drivers.includes(id),
    platform: "node",
    resolve: {
      extensionAlias: { ".js": [".ts", ".js"] },
      modules: ["node_modules", ...librariesIn(packages)],
    },
    plugins: [{ name: "of that commit", resolveId: (id) => sources[id] }],
    treeshake: { moduleSideEffects: false },
  })
  const { output } = await bundled.generate({ format: "esm", minify: true, codeSplitting: false })
  await bundled.close()
  const bytes = Buffer.from(output[0].code)
  const { version } = manifestOf(join(packages, "core"))
  const paper = { commit, version, sha256: sha256Of(bytes) }
  writeFileSync(frozenProgram, gzipSync(bytes, { level: 9 }))
  writeFileSync(frozenPaper, `${JSON.stringify(paper, undefined, 2)}\n`)
  process.stdout.write(`${frozenProgram}: ${bytes.length} bytes of ${commit}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
