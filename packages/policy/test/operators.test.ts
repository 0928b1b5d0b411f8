import { describe, expect, test } from "vitest"
import { samplesOf } from "../src/analyse/samples.js"
import { otherCapitals } from "../src/analyse/string-classes.js"
import { compileCondition, conditionHolds } from "../src/compile/compile-condition.js"
import { formOf } from "../src/compile/held-form.js"
import { compare, compileDocument, isPublic } from "../src/index.js"
import type { OperatorRow } from "../src/operators/operator.js"
import { findOperator, operators } from "../src/operators/table.js"
import { negations, references } from "./reference/operators.js"
import { conditionTopics } from "./support/condition-cases.js"
import { keyAllows } from "./support/scene.js"

const cases = conditionTopics.flatMap((topic) => topic.cases)
const baseOf = (operator: string) => /^(?:\w+:)?(\w+?)(?:IfExists)?$/.exec(operator)?.[1]
const isText = (value: unknown): value is string => typeof value === "string"

function conditionOf(row: OperatorRow, value: string) {
  const values = [{ value, at: -1, path: "" }]
  const name = { operator: row.name, row, quantifier: undefined, hasIfExists: false }
  return compileCondition(
    { ...name, key: "test:key", values, at: -1, path: "" },
    "2008-10-17",
    "Allow",
  )
}

const answers = (row: OperatorRow, value: string, request: string) =>
  conditionHolds(conditionOf(row, value), () => request)

/** The forms in which an operator is written, and the cases that each of them lacks. */
function caseGaps({ name, tests, takesIfExists }: OperatorRow): string[] {
  const missing = (form: string, holds?: boolean) =>
    !cases.some((one) => one.operator === form && (holds ?? one.holds) === one.holds)
  const suffixed = takesIfExists ? [`${name}IfExists`] : []
  return [
    ...(missing(name, true) ? [`${name} has no case in which it holds`] : []),
    ...(missing(name, false) ? [`${name} has no case in which it fails`] : []),
    ...[`ForAllValues:${name}`, `ForAnyValue:${name}`, ...suffixed]
      .filter((form) => missing(form))
      .map((form) => `${form} has no case`),
    ...(tests === "presence" || cases.some((one) => one.operator === name && !("request" in one))
      ? []
      : [`${name} has no case with an absent key`]),
  ]
}

function referenceGaps({ name, isNegated, tests }: OperatorRow): string[] {
  if (tests === "presence") return []
  const known = references[negations[name] ?? name] !== undefined
  const alike = isNegated === (negations[name] !== undefined)
  return known && alike ? [] : [`${name} has no row in the reference evaluator`]
}

/** Single values of the cases, which the operator can read. */
function requestsOf(row: OperatorRow): readonly string[] {
  const own = cases.filter(({ operator }) => baseOf(operator) === row.name)
  return [...new Set(own.map(({ request }) => request).filter(isText))].filter(row.reads)
}

function valuesOf(row: OperatorRow): readonly string[] {
  const own = cases.filter(({ operator }) => baseOf(operator) === row.name)
  return [...new Set(own.flatMap(({ values }) => values).filter(isText))]
    .filter(row.reads)
    .filter((value) => !value.includes("${"))
}

function oppositeGaps(row: OperatorRow): string[] {
  const { name, opposite } = row
  if (opposite === undefined) return []
  if (opposite === "by value") {
    const differs = ["true", "false"].every(
      (one) => answers(row, "true", one) !== answers(row, "false", one),
    )
    return differs ? [] : [`${name} does not answer the opposite for the other value`]
  }
  const other = findOperator(opposite)
  if (other?.opposite !== name) return [`${name} is not the opposite of ${opposite}`]
  const pairs = valuesOf(row).flatMap((value) => requestsOf(row).map((one) => [value, one]))
  const same = pairs.find(
    ([value = "", one = ""]) => answers(row, value, one) === answers(other, value, one),
  )
  return same === undefined ? [] : [`${name} and ${opposite} answer alike on ${same.join(", ")}`]
}

/** Two conditions on one key come out in some way that no sample of their languages shows. */
function languageGaps(row: OperatorRow, values: readonly string[] = valuesOf(row)): string[] {
  if (row.tests === "presence") return []
  const alike = operators.filter(({ type, tests }) => type === row.type && tests === "value")
  for (const other of alike) {
    for (const value of values) {
      for (const against of [...valuesOf(other), ...values].filter(other.reads)) {
        const conditions = [conditionOf(row, value), conditionOf(other, against)]
        const verdict = (text: string) =>
          conditions.map((condition) => conditionHolds(condition, () => text)).join()
        const { texts, isComplete } = samplesOf(conditions, { moves: 100_000 })
        if (!isComplete) continue
        const shown = new Set(texts.map(verdict))
        const tried = [value, against].flatMap((text) => [
          text,
          `${text}x`,
          `x${text}`,
          text.slice(0, -1),
          text.toUpperCase(),
          text.replaceAll("k", "\u212a"),
        ])
        const missed = [...requestsOf(row), ...tried].find((text) => !shown.has(verdict(text)))
        if (missed === undefined) continue
        const pair = `${row.name} ${value} and ${other.name} ${against}`
        return [`the language of ${pair} misses ${missed}`]
      }
    }
  }
  return []
}

describe("every condition operator", () => {
  test.each(operators.map((row) => [row.name, row] as const))("%s is complete", (_name, row) => {
    expect(caseGaps(row)).toEqual([])
    expect(referenceGaps(row)).toEqual([])
    expect(oppositeGaps(row)).toEqual([])
    expect(languageGaps(row)).toEqual([])
  })

  test("has one row, under its name", () => {
    for (const row of operators) expect(findOperator(row.name)).toBe(row)
  })
})

describe("an operator that is added", () => {
  const base = findOperator("StringEquals") as OperatorRow
  const added: OperatorRow = {
    ...base,
    name: "StringResembles",
    opposite: "StringNotResembles",
    compile: (values) => (text) => values.some((value) => text.startsWith(value)),
  }

  test("is told by name which cases it lacks", () => {
    expect(caseGaps(added)).toEqual([
      "StringResembles has no case in which it holds",
      "StringResembles has no case in which it fails",
      "ForAllValues:StringResembles has no case",
      "ForAnyValue:StringResembles has no case",
      "StringResemblesIfExists has no case",
      "StringResembles has no case with an absent key",
    ])
  })

  test("is told by name that the reference evaluator and its opposite are missing", () => {
    expect(referenceGaps(added)).toEqual(["StringResembles has no row in the reference evaluator"])
    expect(oppositeGaps(added)).toEqual([
      "StringResembles is not the opposite of StringNotResembles",
    ])
    expect(oppositeGaps({ ...base, opposite: "StringNotLike" })).toEqual([
      "StringEquals is not the opposite of StringNotLike",
    ])
  })

  test("is told by name when its language says too little", () => {
    expect(languageGaps(added, ["team"])[0]).toContain("StringResembles team and StringEquals")
    expect(languageGaps({ ...added, language: "none" }, ["team"])).toEqual([])
    const folding = findOperator("StringEqualsIgnoreCase") as OperatorRow
    expect(languageGaps({ ...folding, folds: false })).not.toEqual([])
  })

  test("makes no proof as long as it has no language", () => {
    const condition = { StringEquals: { "aws:SourceVpce": "vpce-1" } }
    const made = () => compileDocument(keyAllows("*", { Condition: condition }), "keyPolicy")
    expect(compare(made(), made()).relation).toBe("equal")
    expect(isPublic(made()).public).toBe("no")
    const without = made()
    for (const compiled of formOf(without).statements.flatMap(({ conditions }) => conditions)) {
      Object.assign(compiled, { row: { ...compiled.row, language: "none" } })
    }
    expect(compare(without, made()).relation).toBe("unknown")
    expect(isPublic(without).public).toBe("unknown")
  })
})

describe("analysis by the language of an operator", () => {
  const caller = (Condition: object) => keyAllows("*", { Condition })

  test("does not take two numbers of an account for the same question", () => {
    const below = (limit: string) => caller({ NumericLessThan: { "aws:PrincipalAccount": limit } })
    expect(compare(below("500000000000.5"), below("600000000000.5")).relation).toBe("unknown")
  })

  test("does not call a policy closed that compares an address as text", () => {
    const some = caller({ StringLike: { "aws:SourceIp": "2*" } })
    expect(isPublic(some).public).toBe("unknown")
  })

  test("knows every letter that folds into Latin-1", () => {
    const found: [string, string][] = []
    for (let unit = 0; unit <= 0xffff; unit += 1) {
      const letter = String.fromCharCode(unit)
      const small = letter.toLowerCase()
      if (small === letter || small.length > 1 || small.charCodeAt(0) > 0xff) continue
      if (small.toUpperCase() !== letter) found.push([small, letter])
    }
    expect(new Map(found)).toEqual(otherCapitals)
    const ignoring = caller({ StringEqualsIgnoreCase: { "aws:UserAgent": "k" } })
    const exact = caller({ StringEquals: { "aws:UserAgent": ["k", "K"] } })
    expect(compare(ignoring, exact).relation).toBe("wider")
  })
})
