import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"

/** What a file imports when it is loaded; what it imports later, and types, left out. */
function staticImports(file: URL): string[] {
  const source = readFileSync(file, "utf8").replace(/^(import|export) type [^;]*?from ".*"$/gm, "")
  return [...source.matchAll(/^(?:import|export|\}) ?.*?from "(.*)"$/gm)].map(
    ([, from]) => from ?? "",
  )
}

function loadedBy(entry: string): Set<string> {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: URL): void => {
    if (seen.has(file.href)) return
    seen.add(file.href)
    for (const from of staticImports(file)) {
      if (from.startsWith(".")) visit(new URL(from.replace(/\.js$/, ".ts"), file))
      else packages.add(from)
    }
  }
  visit(new URL(entry, import.meta.url))
  expect(seen.size).toBeGreaterThan(20)
  return packages
}

describe("loading the software HSM", () => {
  it("loads AES, SHA-2 and HMAC, and no curves, no RSA and no lattices", () => {
    expect([...loadedBy("../../src/software-hsm/software-hsm.ts")].toSorted()).toEqual([
      "@noble/ciphers/aes.js",
      "@noble/hashes/hmac.js",
      "@noble/hashes/sha2.js",
      "@noble/hashes/utils.js",
    ])
  })
})
