import { writeFileSync } from "node:fs"
import type { Reporter, Vitest } from "vitest/node"
import { type MetaWithPolicies, unpackRecord } from "./coverage/packed-record.js"
import { mergeGiven } from "./coverage/policies-in-place.js"
import { policyCoverage } from "./coverage/policy-coverage.js"
import {
  type CoverageThresholds,
  missedThresholds,
  renderPolicyCoverage,
} from "./coverage/render.js"

export interface PolicyCoverageReporterOptions {
  /** The least percentages; a run that misses one fails. Default: none. */
  readonly thresholds?: CoverageThresholds
  /** A file for the whole coverage as JSON. Default: none. */
  readonly outputFile?: string
}

/**
 * A reporter for vitest, 4.1 or newer: prints which statements, conditions and grants never
 * decided anything, and which mistakes in them no test would notice. It needs a setup file
 * that calls `recordPolicyCoverage()` of `@keywright/testing/vitest-coverage`.
 *
 * @example
 * import { policyCoverageReporter } from "@keywright/testing/vitest-reporter"
 * export default defineConfig({
 *   test: {
 *     setupFiles: ["test/setup.ts"],
 *     reporters: ["default", policyCoverageReporter({ thresholds: { statements: 100 } })],
 *   },
 * })
 */
export function policyCoverageReporter(options: PolicyCoverageReporterOptions = {}): Reporter {
  const { thresholds = {}, outputFile } = options
  let vitest: Vitest | undefined
  return {
    onInit: (started) => {
      vitest = started
    },
    onTestRunEnd: (modules) => {
      const records = modules.flatMap((module) => {
        const { keywrightPolicies: packed } = module.meta() as MetaWithPolicies
        if (packed === undefined) return []
        const { questions, given } = unpackRecord(packed)
        const nameOf = (test: string) => `${module.relativeModuleId} > ${test}`
        const named = questions.map((one) => ({ ...one, tests: one.tests.map(nameOf) }))
        return [{ questions: named, given }]
      })
      const coverage = policyCoverage({
        questions: records.flatMap(({ questions }) => questions),
        given: mergeGiven(records.map(({ given }) => given)),
      })
      if (outputFile !== undefined) {
        writeFileSync(outputFile, `${JSON.stringify(coverage, undefined, 2)}\n`)
      }
      const missed = missedThresholds(coverage, thresholds)
      vitest?.logger.log(renderPolicyCoverage(coverage))
      for (const sentence of missed) vitest?.logger.error(sentence)
      if (missed.length > 0) process.exitCode = 1
    },
  }
}
