import { readdirSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL("../..", import.meta.url))

interface Target {
  readonly types: string
}

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, string | Target | { readonly import: Target }>>
}

/**
 * Every entry point of every package, and the source behind it: tests run on the sources, never
 * on what was built before, and there is one copy of each module.
 */
const sources = readdirSync(`${root}packages`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: folder }) => {
    const path = `${root}packages/${folder}/`
    const manifest: Manifest = JSON.parse(readFileSync(`${path}package.json`, "utf8"))
    return Object.entries(manifest.exports ?? {}).flatMap(([entry, condition]) => {
      if (typeof condition === "string") return []
      const { types } = "import" in condition ? condition.import : condition
      return {
        find: new RegExp(`^${manifest.name}${entry.slice(1)}$`),
        replacement: types.replace("./dist/", `${path}src/`).replace(/\.d\.ts$/, ".ts"),
      }
    })
  })

const tests = "packages/*/test/**/*.test.ts"

/**
 * A PKCS#11 module is loaded once in a process; and whoever measures the memory of one, or its
 * longest stretch, measures what others have left in it, too. A module that stands for another
 * stands there for all.
 */
const alone = [
  "packages/hsm/test/pkcs11/*.test.ts",
  "packages/testing/test/{pkcs11-engine,resealing}.test.ts",
  "packages/testing/test/conformance/{nss,pkcs11}-hsm.test.ts",
  "packages/core/test/access/authorization.test.ts",
  "packages/core/test/envelope/streams.test.ts",
  "packages/core/test/hosts/memory-bounds.test.ts",
  "packages/hsm/test/heap-snapshot.test.ts",
  "packages/hsm/test/{memory,system-entropy}.test.ts",
  "packages/hsm/test/isolated/{hostile,memory}.test.ts",
  "packages/keywright/test/long-work.test.ts",
  "packages/policy/test/{compilers,patterns}.test.ts",
]

/** What hangs ends at last, and nothing because its machine is busy. Slow runs are waited for. */
const testTimeout = process.env["SLOW"] === "1" ? 7_200_000 : 300_000

export default defineConfig({
  root,
  resolve: { alias: sources },
  test: {
    // Files of one process share the modules that they import, which is a third of the time.
    projects: [
      { extends: true, test: { name: "shared", include: [tests], exclude: alone, isolate: false } },
      { extends: true, test: { name: "alone", include: alone } },
    ],
    maxWorkers: Math.min(4, availableParallelism()),
    testTimeout,
    hookTimeout: 300_000,
    teardownTimeout: 20_000,
    expect: { poll: { timeout: 240_000 } },
    passWithNoTests: false,
    allowOnly: false,
  },
})
