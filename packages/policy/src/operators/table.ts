import { compileArn, isArnPattern } from "./arns.js"
import { compileBinary, decodeBase64 } from "./binary.js"
import { compileBoolean, isBoolean } from "./booleans.js"
import { compileDate, parseInstant } from "./dates.js"
import { compileIpAddress, parseRange } from "./ip-addresses.js"
import { compileNumeric, parseDecimal } from "./numbers.js"
import type { CompileValues, OperatorRow } from "./operator.js"
import { compileExact, compileIgnoringCase, compileLike } from "./strings.js"

interface Family {
  readonly type: OperatorRow["type"]
  readonly variables: boolean
  readonly wildcards?: boolean
  readonly reads: (value: string) => boolean
}

const strings: Family = { type: "String", variables: true, reads: () => true }
const patterns: Family = { ...strings, wildcards: true }
const arns: Family = { type: "ARN", variables: true, wildcards: true, reads: isArnPattern }
const numbers: Family = {
  type: "Numeric",
  variables: false,
  reads: (value) => parseDecimal(value) !== undefined,
}
const dates: Family = {
  type: "Date",
  variables: false,
  reads: (value) => parseInstant(value) !== undefined,
}
const booleans: Family = { type: "Bool", variables: true, reads: isBoolean }
const addresses: Family = {
  type: "IPAddress",
  variables: false,
  reads: (value) => parseRange(value) !== undefined,
}
const binary: Family = {
  type: "Binary",
  variables: false,
  reads: (value) => decodeBase64(value) !== undefined,
}

function positive(name: string, family: Family, compile: CompileValues): OperatorRow {
  const { wildcards = false, ...rest } = family
  return { name, negated: false, tests: "value", ifExists: true, wildcards, ...rest, compile }
}

function negative(name: string, family: Family, compile: CompileValues): OperatorRow {
  return { ...positive(name, family, compile), negated: true }
}

const equal = (order: number) => order === 0
const less = (order: number) => order < 0
const lessOrEqual = (order: number) => order <= 0
const greater = (order: number) => order > 0
const greaterOrEqual = (order: number) => order >= 0

/** Every condition operator (IAM User Guide, "Condition operators"). */
const operators: readonly OperatorRow[] = [
  positive("StringEquals", strings, compileExact),
  negative("StringNotEquals", strings, compileExact),
  positive("StringEqualsIgnoreCase", strings, compileIgnoringCase),
  negative("StringNotEqualsIgnoreCase", strings, compileIgnoringCase),
  positive("StringLike", patterns, compileLike),
  negative("StringNotLike", patterns, compileLike),
  positive("NumericEquals", numbers, compileNumeric(equal)),
  negative("NumericNotEquals", numbers, compileNumeric(equal)),
  positive("NumericLessThan", numbers, compileNumeric(less)),
  positive("NumericLessThanEquals", numbers, compileNumeric(lessOrEqual)),
  positive("NumericGreaterThan", numbers, compileNumeric(greater)),
  positive("NumericGreaterThanEquals", numbers, compileNumeric(greaterOrEqual)),
  positive("DateEquals", dates, compileDate(equal)),
  negative("DateNotEquals", dates, compileDate(equal)),
  positive("DateLessThan", dates, compileDate(less)),
  positive("DateLessThanEquals", dates, compileDate(lessOrEqual)),
  positive("DateGreaterThan", dates, compileDate(greater)),
  positive("DateGreaterThanEquals", dates, compileDate(greaterOrEqual)),
  positive("Bool", booleans, compileBoolean),
  positive("BinaryEquals", binary, compileBinary),
  positive("IpAddress", addresses, compileIpAddress),
  negative("NotIpAddress", addresses, compileIpAddress),
  positive("ArnEquals", arns, compileArn),
  positive("ArnLike", arns, compileArn),
  negative("ArnNotEquals", arns, compileArn),
  negative("ArnNotLike", arns, compileArn),
  {
    ...positive("Null", { type: "Null", variables: false, reads: isBoolean }, compileBoolean),
    tests: "presence",
    ifExists: false,
  },
]

const byName: ReadonlyMap<string, OperatorRow> = new Map(operators.map((row) => [row.name, row]))

export function findOperator(name: string): OperatorRow | undefined {
  return byName.get(name)
}
