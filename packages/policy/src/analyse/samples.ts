import type { CompiledCondition } from "../compile/compile-condition.js"
import { splitTokens } from "../operators/arns.js"
import { parseInstant } from "../operators/dates.js"
import { parseDecimal } from "../operators/numbers.js"
import type { OperatorRow } from "../operators/operator.js"
import { tokenize } from "../operators/tokens.js"
import { addressSamples } from "./address-samples.js"
import { type ClassPattern, classesOf, stepsOf, type WalkBudget } from "./string-classes.js"

interface Samples {
  /** Texts of which every other text behaves like one, for the given conditions. */
  readonly texts: readonly string[]
  readonly complete: boolean
}

type Sampler = (conditions: readonly CompiledCondition[], budget: WalkBudget) => Samples

/** A value that can be read as no type but text. */
const unreadable = "stranger"

/** Sample values of one key for all conditions on it: one for each way in which they can answer. */
export function samplesOf(conditions: readonly CompiledCondition[], budget: WalkBudget): Samples {
  const families = new Set(conditions.map((condition) => samplers[condition.row.type]))
  const texts = new Set<string>()
  let complete = families.size === 1 && conditions.every(({ variables }) => variables.length === 0)
  for (const sampler of families) {
    const own = conditions.filter((condition) => samplers[condition.row.type] === sampler)
    const samples = sampler(own, budget)
    for (const text of samples.texts) texts.add(text)
    if (!samples.complete) complete = false
  }
  // Presence tests go with any other family: absence is added by whoever asks.
  const rest = conditions.filter((condition) => condition.row.tests === "value")
  if (rest.length > 0 && rest.length < conditions.length) return samplesOf(rest, budget)
  return { texts: [...texts], complete }
}

const valuesOf = (conditions: readonly CompiledCondition[]) =>
  conditions.flatMap((condition) => condition.source.values.map((entry) => entry.value))

const sampleStrings: Sampler = (conditions, budget) => {
  const patterns = conditions.flatMap(patternsOf)
  const usable = patterns.filter((pattern) => pattern !== undefined)
  const { texts, complete } = classesOf(usable, budget)
  return { texts, complete: complete && usable.length === patterns.length }
}

/** Undefined where the exact language of a value is not a plain pattern. */
function patternsOf({ row, source, variables }: CompiledCondition): (ClassPattern | undefined)[] {
  const expands = variables.length > 0
  return source.values.map(({ value }) => {
    const tokens = tokenize(value, { variables: expands, wildcards: row.wildcards })
    if (tokens.some((token) => token.kind === "variable")) return undefined
    if (row.type !== "ARN") {
      return { steps: stepsOf(tokens, () => false), folds: row.name.includes("IgnoreCase") }
    }
    const parts = splitTokens(tokens, 6)
    if (parts.length !== 6 || !value.startsWith("arn:")) return undefined
    const steps = parts.flatMap((part, index) => [
      ...(index === 0 ? [] : [{ kind: "character", character: ":" } as const]),
      ...stepsOf(part, () => index < 5),
    ])
    return { steps, folds: false }
  })
}

const sampleBooleans: Sampler = () => ({ texts: ["true", "false", unreadable], complete: true })

/** Every number named, one between each two neighbours and one beyond each end. */
function between(values: readonly number[], print: (value: number) => string): string[] {
  const sorted = [...new Set(values)].sort((left, right) => left - right)
  const samples: number[] = []
  for (const [index, value] of sorted.entries()) {
    const before = sorted[index - 1]
    samples.push(before === undefined ? value - 1 : (before + value) / 2, value)
  }
  const last = sorted[sorted.length - 1]
  if (last !== undefined) samples.push(last + 1)
  return samples.map(print)
}

const sampleNumbers: Sampler = (conditions) => {
  const named = valuesOf(conditions).filter((value) => parseDecimal(value) !== undefined)
  const numbers = named.map(Number)
  const texts = [...named, ...between(numbers, String), unreadable]
  const exact = numbers.every((value) => Math.abs(value) < 1e12)
  return { texts, complete: exact && texts.slice(0, -1).every(isDecimal) && named.every(isShort) }
}

const isDecimal = (text: string) => parseDecimal(text) !== undefined
const isShort = (text: string) => text.length <= 12

const sampleDates: Sampler = (conditions) => {
  const instants = valuesOf(conditions)
    .map(parseInstant)
    .filter((value) => value !== undefined)
  const texts = between(instants, (value) => (Number.isInteger(value) ? `${value}.0` : `${value}`))
  const complete = texts.every((text) => parseInstant(text) !== undefined)
  return { texts: [...texts, unreadable], complete }
}

const sampleAddresses: Sampler = (conditions) => ({
  texts: [...addressSamples(valuesOf(conditions)), unreadable],
  complete: true,
})

const sampleBytes: Sampler = (conditions) => ({
  texts: [...valuesOf(conditions), "c3RyYW5nZXI=", unreadable],
  complete: true,
})

const samplers: { readonly [type in OperatorRow["type"]]: Sampler } = {
  String: sampleStrings,
  ARN: sampleStrings,
  Bool: sampleBooleans,
  Null: sampleBooleans,
  Numeric: sampleNumbers,
  Date: sampleDates,
  IPAddress: sampleAddresses,
  Binary: sampleBytes,
}
