import type { CompileValues } from "./operator.js"

/** An integer or decimal number of any length, ready to be compared exactly. */
interface Decimal {
  readonly sign: -1 | 0 | 1
  /** Without leading zeros. */
  readonly whole: string
  /** Without trailing zeros. */
  readonly fraction: string
}

export function parseDecimal(text: string): Decimal | undefined {
  const signed = text.startsWith("-") || text.startsWith("+")
  const dot = text.indexOf(".")
  const wholeEnd = dot < 0 ? text.length : dot
  const whole = text.slice(signed ? 1 : 0, wholeEnd)
  const fraction = dot < 0 ? "" : text.slice(dot + 1)
  if (!isDigits(whole) || (dot >= 0 && !isDigits(fraction))) return undefined
  const wholeTrimmed = trimStart(whole)
  const fractionTrimmed = trimEnd(fraction)
  const zero = wholeTrimmed === "" && fractionTrimmed === ""
  const sign = zero ? 0 : text.startsWith("-") ? -1 : 1
  return { sign, whole: wholeTrimmed, fraction: fractionTrimmed }
}

/** Negative, zero or positive, as for a sort. */
function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.sign !== right.sign) return left.sign - right.sign
  const magnitude =
    left.whole.length - right.whole.length ||
    compareText(left.whole, right.whole) ||
    compareText(left.fraction, right.fraction)
  return magnitude * left.sign
}

const compareText = (left: string, right: string): number =>
  left === right ? 0 : left < right ? -1 : 1

export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return text !== ""
}

function trimStart(digits: string): string {
  let at = 0
  while (at < digits.length && digits.charCodeAt(at) === 0x30) at += 1
  return digits.slice(at)
}

function trimEnd(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1
  return digits.slice(0, end)
}

/** A numeric test: what is read of the request, compared with each policy value. */
export const compileNumeric =
  (accept: (order: number) => boolean): CompileValues =>
  (values) => {
    const wanted = values.map(parseDecimal).filter((value) => value !== undefined)
    return (text) => {
      const actual = parseDecimal(text)
      if (actual === undefined) return false
      return wanted.some((value) => accept(compareDecimals(actual, value)))
    }
  }
