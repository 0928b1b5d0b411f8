import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { PolicyCoverage } from "../../src/coverage.js"

const fixture = fileURLToPath(new URL("./fixture/", import.meta.url))
const vitest = fileURLToPath(new URL("../../../../node_modules/vitest/vitest.mjs", import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-coverage-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs vitest on the fixture, in a process of its own and on what is built. */
async function run(pool: "forks" | "threads", thresholds: object) {
  const outputFile = join(folder, "coverage.json")
  const env = { ...process.env, POLICY_COVERAGE: JSON.stringify({ pool, thresholds, outputFile }) }
  const started = [vitest, "run", "--config", "vitest.config.ts", "--no-color"]
  const { code, text } = await new Promise<{ code: unknown; text: string }>((resolve) => {
    execFile(process.execPath, started, { cwd: fixture, env }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, text: out + err }),
    )
  })
  const coverage: PolicyCoverage = JSON.parse(readFileSync(outputFile, "utf8"))
  return { code, text, coverage }
}

const described = [1, 2].map((nth) => {
  const time = nth === 1 ? "first" : "second"
  return `use-case.ts > orders > describe the key, the ${time} time`
})

describe("the vitest reporter", () => {
  for (const pool of ["forks", "threads"] as const) {
    it(`merges what the workers of a run have recorded, in ${pool}`, async () => {
      const { coverage, text, code } = await run(pool, { statements: 30 })
      expect(code, text).toBe(0)
      expect(coverage.statements).toEqual({ covered: 1, total: 3 })
      const [policy, ...others] = coverage.documents
      expect(others).toEqual([])
      expect(policy?.attachedTo).toHaveLength(3)
      expect(text).toContain('Allow statement 2 "Spare": never applied')
    })
  }

  it("names the tests that would still pass, each by itself although they ran at once", async () => {
    const { coverage } = await run("forks", {})
    const spare = coverage.unnoticed.find(
      ({ part, mutator }) => part === 'statement 2 "Spare"' && mutator === "drop-statement",
    )
    expect(spare?.tests).toEqual(["stranger-case.ts > a stranger is refused", ...described])
    const used = coverage.unnoticed.filter(({ part }) => part === 'statement 1 "Use"')
    expect(used.map(({ mutator }) => mutator)).toEqual(["widen-action"])
  })

  it("fails a run that misses a threshold, and says which", async () => {
    const { code, text } = await run("forks", { statements: 34, grants: 100 })
    expect(code).toBe(1)
    expect(text).toContain("policy coverage: statements 1 of 3 (33 %) do not reach 34 %")
    expect(text).not.toContain("grants")
  })
})
