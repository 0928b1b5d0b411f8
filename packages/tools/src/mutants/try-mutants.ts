import { createRequire } from "node:module"
import process from "node:process"
import { fileURLToPath } from "node:url"
import type { LogLevel } from "@stryker-mutator/api/core"
import { Stryker } from "@stryker-mutator/core"

/*
 * Makes the mistakes in a copy of the repository and runs the tests of a room against each, in a
 * process of its own, which can be ended when its time is over.
 */

const [, , folder = "", sources = "[]"] = process.argv
const { resolve } = createRequire(import.meta.url)

await new Stryker({
  mutate: JSON.parse(sources),
  plugins: [
    resolve("@stryker-mutator/vitest-runner"),
    fileURLToPath(new URL("reporter.js", import.meta.url)),
  ],
  testRunner: "vitest",
  vitest: { configFile: "packages/tools/mutants.config.ts", related: false },
  coverageAnalysis: "perTest",
  reporters: ["telling"],
  concurrency: Number(process.env["MUTANTS_WORKERS"] ?? 2),
  tempDirName: folder,
  // The tests run on the sources; and compilers are asked nothing.
  ignorePatterns: [".git", "**/lib", "**/dist", "docs"],
  tsconfigFile: "none",
  dryRunTimeoutMinutes: 30,
  timeoutMS: 20_000,
  logLevel: "error" as LogLevel,
}).runMutationTest()
