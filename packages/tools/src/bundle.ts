import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"
import { root } from "./paths.js"

/*
 * Writes the JavaScript that packages ship: the modules of a package joined into a few files,
 * because a process pays for every module that it loads (docs/decisions/0007). The compiler has
 * checked the types and written the declarations before.
 */

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
    // Dependencies stay what they are; only the package's own modules are joined.
    external: /^[^./]/,
    platform: "neutral",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    treeshake: { moduleSideEffects: false },
  })
  await bundled.write({
    dir,
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
  })
  await bundled.close()
}

const packages = join(root, "packages")
for (const { name } of readdirSync(packages, { withFileTypes: true }).filter((one) =>
  one.isDirectory(),
)) {
  await bundle(join(packages, name))
}
