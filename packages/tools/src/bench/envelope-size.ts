import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import { root } from "../paths.js"

const entry = join(root, "packages/core/src/envelope/index.ts")

/** What a page loads that imports these names of `@keywright/core/envelope`, in bytes of gzip. */
export async function envelopeSizeBytes(...names: readonly string[]): Promise<number> {
  const page = "\0page"
  const wanted = names.length === 0 ? "*" : `{ ${names.join(", ")} }`
  const bundled = await rolldown({
    input: page,
    platform: "browser",
    resolve: { extensionAlias: { ".js": [".ts"] } },
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === page ? id : undefined),
        load: (id) => (id === page ? `export ${wanted} from ${JSON.stringify(entry)}` : undefined),
      },
    ],
  })
  try {
    const { output } = await bundled.generate({ format: "esm", minify: true })
    const code = output.map((file) => (file.type === "chunk" ? file.code : "")).join("")
    return gzipSync(code, { level: 9 }).length
  } finally {
    await bundled.close()
  }
}
