import { describe, expect, it } from "vitest"
import { type CoverageThresholds, missedThresholds, policyCoverage } from "../../src/coverage.js"

const nothing = policyCoverage({ questions: [], given: { documents: [], grants: [] } })
const half = {
  ...nothing,
  mutants: { covered: 1, total: 2 },
  documents: [{ document: "keyPolicy" as const, attachedTo: [], questions: 1, statements: [] }],
}

describe("a threshold", () => {
  it("is reached by what is as much, and missed by what is less", () => {
    expect(missedThresholds(half, { mutants: 50 })).toEqual([])
    expect(missedThresholds(half, { mutants: 50.1 })).toEqual([
      "policy coverage: mutants 1 of 2 (50 %) do not reach 50.1 %",
    ])
  })

  it("is reached where there is nothing to cover", () => {
    expect(missedThresholds(half, { statements: 100, grants: 100 })).toEqual([])
  })

  it("is not reached where nothing was recorded", () => {
    expect(missedThresholds(nothing, { statements: 0 })).toEqual([
      "policy coverage: no policy was asked; is what the tests do recorded?",
    ])
    expect(missedThresholds(nothing, {})).toEqual([])
  })

  it("that is no percentage, or of no figure, is a wrong call", () => {
    for (const percent of [-1, 101, Number.NaN, "9"]) {
      const wrong = { grants: percent } as CoverageThresholds
      expect(() => missedThresholds(half, wrong)).toThrow(TypeError)
    }
    const wrong = { lines: 100 } as CoverageThresholds
    expect(() => missedThresholds(half, wrong)).toThrow("`thresholds` has no `lines`")
  })
})
