import { isDigits } from "./numbers.js"
import type { CompileValues } from "./operator.js"

const secondsPerDay = 86_400
const epochDigitsMax = 15

/**
 * An instant in seconds since 1970: a W3C profile of ISO 8601 (year, month, day, or a time with
 * minutes, seconds or a fraction), or a number of seconds. Four digits are a year. A time without
 * offset is UTC.
 */
export function parseInstant(text: string): number | undefined {
  const epoch = parseEpoch(text)
  if (epoch !== undefined) return epoch
  const t = text.indexOf("T")
  const date = parseDay(t < 0 ? text : text.slice(0, t), t >= 0)
  if (date === undefined || t < 0) return date
  const time = parseTime(text.slice(t + 1))
  return time === undefined ? undefined : date + time
}

function parseEpoch(text: string): number | undefined {
  const dot = text.indexOf(".")
  const whole = dot < 0 ? text : text.slice(0, dot)
  if (!isDigits(whole) || whole.length > epochDigitsMax) return undefined
  if (dot < 0) return whole.length === 4 ? undefined : Number(whole)
  const fraction = text.slice(dot + 1)
  return isDigits(fraction) ? Number(`${whole}.${fraction}`) : undefined
}

function parseDay(text: string, wholeDay: boolean): number | undefined {
  const parts = text.split("-")
  if (parts.length > 3 || (wholeDay && parts.length !== 3)) return undefined
  const year = field(parts[0], 4, 0, 9999)
  const month = parts.length > 1 ? field(parts[1], 2, 1, 12) : 1
  if (year === undefined || month === undefined) return undefined
  const day = parts.length > 2 ? field(parts[2], 2, 1, daysIn(year, month)) : 1
  return day === undefined ? undefined : daysSinceEpoch(year, month, day) * secondsPerDay
}

function field(text: string | undefined, digits: number, min: number, max: number) {
  if (text === undefined || text.length !== digits || !isDigits(text)) return undefined
  const value = Number(text)
  return value >= min && value <= max ? value : undefined
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

/** The proleptic Gregorian calendar, counted from March so that a leap day comes last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1
  const monthFromMarch = (month + 9) % 12
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400)
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1
  return shifted * 365 + leapDays + dayOfYear - 719_468
}

/** Seconds after midnight UTC of `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f`, with `Z` or an offset. */
function parseTime(text: string): number | undefined {
  const zone = splitZone(text)
  if (zone === undefined) return undefined
  const parts = zone.clock.split(":")
  if (parts.length > 3) return undefined
  const hours = field(parts[0], 2, 0, 23)
  const minutes = field(parts[1], 2, 0, 59)
  const seconds = parts.length === 3 ? parseSeconds(parts[2] ?? "") : 0
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined
  return hours * 3600 + minutes * 60 + seconds - zone.offsetSeconds
}

function parseSeconds(text: string): number | undefined {
  const dot = text.indexOf(".")
  const whole = field(dot < 0 ? text : text.slice(0, dot), 2, 0, 59)
  if (whole === undefined || dot < 0) return whole
  const fraction = text.slice(dot + 1)
  return isDigits(fraction) ? whole + Number(`0.${fraction}`) : undefined
}

function splitZone(text: string): { clock: string; offsetSeconds: number } | undefined {
  if (text.endsWith("Z")) return { clock: text.slice(0, -1), offsetSeconds: 0 }
  const sign = Math.max(text.lastIndexOf("+"), text.lastIndexOf("-"))
  if (sign < 0) return { clock: text, offsetSeconds: 0 }
  const offset = text.slice(sign + 1).split(":")
  const hours = field(offset[0], 2, 0, 23)
  const minutes = field(offset[1], 2, 0, 59)
  if (offset.length !== 2 || hours === undefined || minutes === undefined) return undefined
  const seconds = hours * 3600 + minutes * 60
  const offsetSeconds = text.charAt(sign) === "-" ? -seconds : seconds
  return { clock: text.slice(0, sign), offsetSeconds }
}

/** A date test: both sides are instants; text is never compared. */
export const compileDate =
  (accept: (order: number) => boolean): CompileValues =>
  (values) => {
    const wanted = values.map(parseInstant).filter((value) => value !== undefined)
    return (text) => {
      const actual = parseInstant(text)
      return actual !== undefined && wanted.some((value) => accept(actual - value))
    }
  }
