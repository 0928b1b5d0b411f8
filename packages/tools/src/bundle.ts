import { copyFileSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"
import { root } from "./paths.js"

/*
 * Writes the JavaScript that packages ship: the modules of a package joined into a few files,
 * because a process pays for every module that it loads (docs/decisions/0007). The compiler has
 * checked the types and written the declarations before.
 */

/** The dependency of which only what is used is shipped, in a file of its own. */
const joined = "zod"

interface Manifest {
  readonly exports?: Readonly<Record<string, { readonly types: string; readonly default: string }>>
}

/** The entry points of a package: where each is written, and the source that it comes from. */
function entriesOf(folder: string): Readonly<Record<string, string>> {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  return Object.fromEntries(
    Object.values(manifest.exports ?? {})
      .filter((target) => target.default.startsWith("./lib/"))
      .map((target) => [
        target.default.slice("./lib/".length, -".js".length),
        join(folder, target.types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts")),
      ]),
  )
}

async function bundle(folder: string): Promise<void> {
  const input = entriesOf(folder)
  if (Object.keys(input).length === 0) return
  const dir = join(folder, "lib")
  rmSync(dir, { recursive: true, force: true })
  const bundled = await rolldown({
    input,
    // Any other dependency stays what its authors published.
    external: (id) => /^[^./]/.test(id) && id !== joined,
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    treeshake: { moduleSideEffects: false },
  })
  const { output } = await bundled.write({
    dir,
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    codeSplitting: { groups: [{ name: joined, test: `/node_modules/${joined}/` }] },
  })
  await bundled.close()
  if (output.some((file) => file.fileName === `chunks/${joined}.js`)) {
    const licence = join(folder, "node_modules", joined, "LICENSE")
    copyFileSync(licence, join(dir, "chunks", `${joined}.LICENSE`))
  }
}

const packages = join(root, "packages")
for (const { name } of readdirSync(packages, { withFileTypes: true }).filter((one) =>
  one.isDirectory(),
)) {
  await bundle(join(packages, name))
}
