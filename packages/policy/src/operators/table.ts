import { compileArn, isArnPattern } from "./arns.js"
import { compileBinary, decodeBase64 } from "./binary.js"
import { compileBoolean, isBoolean } from "./booleans.js"
import { compileDate, parseInstant } from "./dates.js"
import { compileIpAddress, parseRange } from "./ip-addresses.js"
import { compileNumeric, parseDecimal } from "./numbers.js"
import type { CompileValues, OperatorRow } from "./operator.js"
import { compileExact, compileIgnoringCase, compileLike } from "./strings.js"

/** What operators on the same type of value share. */
type ValueColumns = Pick<OperatorRow, "type" | "hasVariables" | "language" | "folds" | "reads">

const texts: ValueColumns = {
  type: "String",
  hasVariables: true,
  language: "text",
  folds: false,
  reads: () => true,
}
const textsInAnyCase: ValueColumns = { ...texts, folds: true }
const patterns: ValueColumns = { ...texts, language: "glob" }
const arns: ValueColumns = { ...texts, type: "ARN", language: "arn", reads: isArnPattern }
const numbers: ValueColumns = {
  type: "Numeric",
  hasVariables: false,
  language: "number",
  folds: false,
  reads: (value) => parseDecimal(value) !== undefined,
}
const dates: ValueColumns = {
  ...numbers,
  type: "Date",
  language: "date",
  reads: (value) => parseInstant(value) !== undefined,
}
const booleans: ValueColumns = {
  type: "Bool",
  hasVariables: true,
  language: "boolean",
  folds: true,
  reads: isBoolean,
}
const addresses: ValueColumns = {
  ...numbers,
  type: "IPAddress",
  language: "address",
  reads: (value) => parseRange(value) !== undefined,
}
const binary: ValueColumns = {
  ...numbers,
  type: "Binary",
  language: "bytes",
  reads: (value) => decodeBase64(value) !== undefined,
}

const positive = (
  name: string,
  opposite: OperatorRow["opposite"],
  columns: ValueColumns,
  compile: CompileValues,
): OperatorRow => ({
  name,
  opposite,
  isNegated: false,
  tests: "value",
  takesIfExists: true,
  ...columns,
  compile,
})

const negative = (...row: Parameters<typeof positive>): OperatorRow => ({
  ...positive(...row),
  isNegated: true,
})

const equal = (order: number) => order === 0
const less = (order: number) => order < 0
const lessOrEqual = (order: number) => order <= 0
const greater = (order: number) => order > 0
const greaterOrEqual = (order: number) => order >= 0

/** Every condition operator. Source: IAM User Guide, "Condition operators". */
export const operators: readonly OperatorRow[] = [
  positive("StringEquals", "StringNotEquals", texts, compileExact),
  negative("StringNotEquals", "StringEquals", texts, compileExact),
  positive(
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    textsInAnyCase,
    compileIgnoringCase,
  ),
  negative(
    "StringNotEqualsIgnoreCase",
    "StringEqualsIgnoreCase",
    textsInAnyCase,
    compileIgnoringCase,
  ),
  positive("StringLike", "StringNotLike", patterns, compileLike),
  negative("StringNotLike", "StringLike", patterns, compileLike),
  positive("NumericEquals", "NumericNotEquals", numbers, compileNumeric(equal)),
  negative("NumericNotEquals", "NumericEquals", numbers, compileNumeric(equal)),
  positive("NumericLessThan", "NumericGreaterThanEquals", numbers, compileNumeric(less)),
  positive("NumericLessThanEquals", "NumericGreaterThan", numbers, compileNumeric(lessOrEqual)),
  positive("NumericGreaterThan", "NumericLessThanEquals", numbers, compileNumeric(greater)),
  positive("NumericGreaterThanEquals", "NumericLessThan", numbers, compileNumeric(greaterOrEqual)),
  positive("DateEquals", "DateNotEquals", dates, compileDate(equal)),
  negative("DateNotEquals", "DateEquals", dates, compileDate(equal)),
  positive("DateLessThan", "DateGreaterThanEquals", dates, compileDate(less)),
  positive("DateLessThanEquals", "DateGreaterThan", dates, compileDate(lessOrEqual)),
  positive("DateGreaterThan", "DateLessThanEquals", dates, compileDate(greater)),
  positive("DateGreaterThanEquals", "DateLessThan", dates, compileDate(greaterOrEqual)),
  positive("Bool", "by value", booleans, compileBoolean),
  positive("BinaryEquals", undefined, binary, compileBinary),
  positive("IpAddress", "NotIpAddress", addresses, compileIpAddress),
  negative("NotIpAddress", "IpAddress", addresses, compileIpAddress),
  positive("ArnEquals", "ArnNotEquals", arns, compileArn),
  positive("ArnLike", "ArnNotLike", arns, compileArn),
  negative("ArnNotEquals", "ArnEquals", arns, compileArn),
  negative("ArnNotLike", "ArnLike", arns, compileArn),
  {
    ...positive("Null", "by value", { ...booleans, hasVariables: false }, compileBoolean),
    tests: "presence",
    takesIfExists: false,
  },
]

const byName: ReadonlyMap<string, OperatorRow> = new Map(operators.map((row) => [row.name, row]))

export const findOperator = (name: string): OperatorRow | undefined => byName.get(name)
