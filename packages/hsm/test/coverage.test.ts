import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { opensslCoverage } from "../src/openssl.js"

describe("the table of who does what", () => {
  it("stands in the README as it is in the code", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const lines = opensslCoverage.map(({ keys, operation, by, why = "" }) =>
      `| ${keys} | ${operation} | ${by} | ${why}`.trimEnd(),
    )
    for (const line of lines) expect(readme).toContain(`${line} |`)
    expect(readme.match(/^\| .* \| (?:OpenSSL|noble|OpenSSL, else noble) \|/gm)?.length).toBe(
      lines.length,
    )
  })
})
