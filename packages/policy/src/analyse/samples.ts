import type { CompiledCondition } from "../compile/compile-condition.js"
import { splitTokens } from "../operators/arns.js"
import { parseInstant } from "../operators/dates.js"
import { parseDecimal } from "../operators/numbers.js"
import type { Language } from "../operators/operator.js"
import { tokenize } from "../operators/tokens.js"
import { addressSamples } from "./address-samples.js"
import { type ClassPattern, classesOf, stepsOf, type WalkBudget } from "./string-classes.js"

interface Samples {
  /** Texts of which every other text behaves like one, for the given conditions. */
  readonly texts: readonly string[]
  readonly isComplete: boolean
}

type Sampler = (conditions: readonly CompiledCondition[], budget: WalkBudget) => Samples

/** A value that can be read as no type but text. */
const unreadable = "stranger"

/** Sample values of one key for all conditions on it: one for each way in which they can answer. */
export function samplesOf(conditions: readonly CompiledCondition[], budget: WalkBudget): Samples {
  // A presence test tells no values apart: absence is added by whoever asks.
  const compared = conditions.filter(({ row }) => row.tests === "value")
  if (compared.length === 0) return { texts: [unreadable], isComplete: true }
  const chosen = new Set(compared.map(({ row }) => samplers[row.language]))
  const texts = new Set<string>()
  let isComplete = chosen.size === 1 && compared.every(({ variables }) => variables.length === 0)
  for (const sampler of chosen) {
    const own = compared.filter(({ row }) => samplers[row.language] === sampler)
    const samples = sampler(own, budget)
    for (const text of samples.texts) texts.add(text)
    if (!samples.isComplete) isComplete = false
  }
  return { texts: [...texts], isComplete }
}

const valuesOf = (conditions: readonly CompiledCondition[]) =>
  conditions.flatMap(({ values }) => values)

const sampleStrings: Sampler = (conditions, budget) => {
  const patterns = conditions.flatMap(patternsOf)
  const usable = patterns.filter((pattern) => pattern !== undefined)
  const { texts, isComplete } = classesOf(usable, budget)
  return { texts, isComplete: isComplete && usable.length === patterns.length }
}

/** Undefined where the exact language of a value is not a plain pattern. */
function patternsOf({ row, values, variables }: CompiledCondition): (ClassPattern | undefined)[] {
  const expands = variables.length > 0
  const { folds, language } = row
  return values.map((value) => {
    const tokens = tokenize(value, { hasVariables: expands, hasWildcards: language !== "text" })
    if (tokens.some((token) => token.kind === "variable")) return undefined
    if (folds && !isLatin1(value)) return undefined
    if (language !== "arn") return { steps: stepsOf(tokens, () => false), folds }
    const parts = splitTokens(tokens, 6)
    if (parts.length !== 6 || !value.startsWith("arn:")) return undefined
    const steps = parts.flatMap((part, index) => [
      ...(index === 0 ? [] : [{ kind: "character", character: ":" } as const]),
      ...stepsOf(part, () => index < 5),
    ])
    return { steps, folds }
  })
}

/** Beyond, a letter folds otherwise beside some letters than alone. */
function isLatin1(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0xff) return false
  return true
}

const sampleBooleans: Sampler = () => ({ texts: ["true", "false", unreadable], isComplete: true })

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
  return { texts, isComplete: exact && texts.slice(0, -1).every(isDecimal) && named.every(isShort) }
}

const isDecimal = (text: string) => parseDecimal(text) !== undefined
const isShort = (text: string) => text.length <= 12

const sampleDates: Sampler = (conditions) => {
  const instants = valuesOf(conditions)
    .map(parseInstant)
    .filter((value) => value !== undefined)
  const texts = between(instants, (value) => (Number.isInteger(value) ? `${value}.0` : `${value}`))
  const isComplete = texts.every((text) => parseInstant(text) !== undefined)
  return { texts: [...texts, unreadable], isComplete }
}

const sampleAddresses: Sampler = (conditions) => ({
  texts: [...addressSamples(valuesOf(conditions)), unreadable],
  isComplete: true,
})

const sampleBytes: Sampler = (conditions) => ({
  texts: [...valuesOf(conditions), "c3RyYW5nZXI=", unreadable],
  isComplete: true,
})

const sampleAsWritten: Sampler = (conditions) => ({
  texts: [...valuesOf(conditions), unreadable],
  isComplete: false,
})

const samplers: { readonly [language in Language]: Sampler } = {
  text: sampleStrings,
  glob: sampleStrings,
  arn: sampleStrings,
  boolean: sampleBooleans,
  number: sampleNumbers,
  date: sampleDates,
  address: sampleAddresses,
  bytes: sampleBytes,
  none: sampleAsWritten,
}
