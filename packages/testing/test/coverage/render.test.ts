import { describe, expect, it, test } from "vitest"
import {
  missedThresholds,
  type PolicyCoverage,
  policyCoverage,
  renderPolicyCoverage,
} from "../../src/coverage.js"

const nothing = policyCoverage({ questions: [], given: { documents: [], grants: [] } })
const ratio = (covered: number, total: number) => ({ covered, total })

const condition = { operator: "Bool", key: "aws:SecureTransport", values: ["true"] }
const whole = { statement: 0, effect: "Allow", applied: 1, decided: 1, conditions: [] } as const
const mutant = {
  mutator: "drop-condition",
  of: "keyPolicy of key/1",
  part: 'statement 1 "Office"',
  change: "dropped",
  questions: 3,
  tests: ["a", "b", "c", "d", "e"],
}

const coverage: PolicyCoverage = {
  statements: ratio(2, 3),
  conditions: ratio(0, 7),
  grants: ratio(1, 1),
  mutants: ratio(1999, 2000),
  documents: [
    {
      document: "keyPolicy",
      attachedTo: ["key/1", "key/2", "key/3"],
      questions: 3,
      statements: [
        whole,
        {
          statement: 1,
          sid: "Office",
          effect: "Deny",
          applied: 0,
          decided: 0,
          conditions: [
            { ...condition, held: 0, failed: 0 },
            { ...condition, key: "aws:ViaAWSService", held: 1, failed: 0 },
            { ...condition, key: "aws:SourceVpc", held: 0, failed: 1 },
            { ...condition, key: "aws:PrincipalArn", held: 1, failed: 1 },
          ],
        },
        { ...whole, statement: 2, applied: 2, decided: 0 },
      ],
    },
    { document: "scp", attachedTo: ["1"], questions: 1, statements: [whole] },
    {
      document: "identityPolicy",
      attachedTo: [],
      questions: 0,
      statements: [{ ...whole, applied: 0, decided: 0 }],
    },
  ],
  grantList: [
    { grantee: "A", operations: ["Encrypt"], questions: 1, decided: 1 },
    { grantee: "B", operations: ["Encrypt", "Decrypt"], questions: 1, decided: 0 },
  ],
  unnoticed: [
    mutant,
    { ...mutant, change: "with the effect Allow" },
    { ...mutant, part: "statement 2" },
    { ...mutant, of: "scp of 1", tests: ["a", "b", "c"] },
    { ...mutant, of: "grant to B", part: "grant", tests: [] },
  ],
}

describe("coverage of policies", () => {
  test("is printed: the figures, and what is missing", () => {
    expect(renderPolicyCoverage(coverage).split("\n")).toEqual([
      "policy coverage",
      "  statements that decided: 2 of 3 (66 %)",
      "  conditions seen to hold and to fail: 0 of 7 (0 %)",
      "  grants that decided: 1 of 1 (100 %)",
      "  mistakes that would be noticed: 1999 of 2000 (99 %)",
      "never decided",
      "  keyPolicy of key/1 and 2 more",
      '    Deny statement 1 "Office": never applied',
      '    Deny statement 1 "Office": condition Bool aws:SecureTransport never held',
      '    Deny statement 1 "Office": condition Bool aws:SecureTransport never failed',
      '    Deny statement 1 "Office": condition Bool aws:ViaAWSService never failed',
      '    Deny statement 1 "Office": condition Bool aws:SourceVpc never held',
      "    Allow statement 2: applied, but never decided",
      "  identityPolicy that was never asked",
      "    Allow statement 0: never applied",
      "  grant to B (Encrypt, Decrypt): never decided",
      "mistakes that nobody would notice",
      "  keyPolicy of key/1",
      '    statement 1 "Office": dropped; with the effect Allow',
      "    statement 2: dropped",
      "    still pass: a, b, c and 2 more",
      "  scp of 1",
      '    statement 1 "Office": dropped',
      "    still pass: a, b, c",
      "  grant to B",
      "    grant: dropped",
      "    3 answers stay the same",
      "",
    ])
  })

  test("is one line where nothing was asked, and says nothing of what is not there", () => {
    expect(renderPolicyCoverage(nothing)).toBe("policy coverage\n")
    expect(renderPolicyCoverage({ ...nothing, grants: ratio(1, 1) })).toBe(
      "policy coverage\n  grants that decided: 1 of 1 (100 %)\n",
    )
  })

  it.each([
    [{ statements: 66 }, []],
    [{ statements: 67 }, ["policy coverage: statements 2 of 3 (66 %) do not reach 67 %"]],
    [
      { conditions: 1, grants: 100, mutants: 100 },
      [
        "policy coverage: conditions 0 of 7 (0 %) do not reach 1 %",
        "policy coverage: mutants 1999 of 2000 (99 %) do not reach 100 %",
      ],
    ],
    [{ conditions: 0, statements: undefined }, []],
  ])("is held to thresholds: %j", (thresholds, missed) => {
    expect(missedThresholds(coverage, thresholds)).toEqual(missed)
  })

  test("of nothing reaches no threshold, but where none is set", () => {
    expect(missedThresholds(nothing, { grants: undefined })).toEqual([])
    expect(missedThresholds(nothing, { grants: 0, mutants: undefined })).toHaveLength(1)
  })

  it.each([-0.1, 100.1, "50", null])("has no threshold of %j", (percent) => {
    expect(() => missedThresholds(coverage, { mutants: percent as number })).toThrow(
      new TypeError("`thresholds.mutants` must be a percentage"),
    )
  })
})
