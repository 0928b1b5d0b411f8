import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import { root } from "../paths.js"

/** What a page loads, in bytes of gzip. */
export interface LoadedSize {
  /** Before anything of it runs. */
  readonly first: number
  /** With all that it may load later. */
  readonly all: number
  /** What the bundler had to say. */
  readonly warnings: readonly string[]
}

/** Of a page that imports names of a source of ours, or all of them. */
export async function loadedSize(source: string, ...names: readonly string[]): Promise<LoadedSize> {
  const page = "\0page"
  const wanted = names.length === 0 ? "*" : `{ ${names.join(", ")} }`
  const entry = JSON.stringify(join(root, "packages", source))
  const warnings: string[] = []
  const bundled = await rolldown({
    input: page,
    platform: "browser",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    onLog: (level, { message }) => void warnings.push(`${level}: ${message}`),
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === page ? id : undefined),
        load: (id) => (id === page ? `export ${wanted} from ${entry}` : undefined),
      },
    ],
  })
  try {
    const { output } = await bundled.generate({ format: "esm", minify: true })
    const chunks = output.flatMap((file) => (file.type === "chunk" ? [file] : []))
    const early = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
    for (const name of early) {
      const chunk = chunks.find(({ fileName }) => fileName === name)
      for (const imported of chunk?.imports ?? []) early.add(imported)
    }
    const sizeOf = (some: typeof chunks): number =>
      gzipSync(some.map(({ code }) => code).join(""), { level: 9 }).length
    return {
      first: sizeOf(chunks.filter(({ fileName }) => early.has(fileName))),
      all: sizeOf(chunks),
      warnings,
    }
  } finally {
    await bundled.close()
  }
}
