/**
 * The naive reading of condition operators: straight from the tables of the IAM User Guide, with
 * regular expressions and the dates of the platform. It shares nothing with the evaluator.
 */

export type Context = Map<string, string[] | string>

/** How names are compared: no letter but A to Z has another case. */
export const folded = (name: string) => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** A value with variables put in; `undefined` when one has no value. Wildcards become symbols. */
type Piece = string | typeof anyRun | typeof anyOne
export const anyRun = Symbol("*")
export const anyOne = Symbol("?")

export function piecesOf(value: string, context: Context, expands: boolean): Piece[] | undefined {
  const pieces: Piece[] = []
  let rest = value
  while (rest !== "") {
    const variable = expands ? /^\$\{([^}]*?)(?:, '(.*?)')?\}/s.exec(rest) : null
    if (variable !== null) {
      const [whole, name = "", fallback] = variable
      rest = rest.slice(whole.length)
      if (name === "*" || name === "?" || name === "$") {
        pieces.push(...name)
        continue
      }
      const found = context.get(folded(name))
      const several = found === undefined ? [] : [found].flat()
      const none = several.length === 0
      const text = none ? fallback : several.length > 1 || isMany(name) ? undefined : several[0]
      if (text === undefined) return undefined
      pieces.push(...text)
      continue
    }
    const character = rest.charAt(0)
    rest = rest.slice(1)
    pieces.push(character === "*" ? anyRun : character === "?" ? anyOne : character)
  }
  return pieces
}

/** A variable of the text has several values, by names that differ in letter case. */
export function isUnclear(value: string, context: Context, expands: boolean): boolean {
  const names = expands ? [...value.matchAll(/\$\{([^}]*?)(?:, '.*?')?\}/gs)] : []
  return names.some(([, name = ""]) => {
    const found = context.get(folded(name))
    return Array.isArray(found) && found.length > 1 && !isMany(name)
  })
}

/** AWS gives these keys many values. */
const isMany = (name: string) =>
  /^(kms:(encryptioncontextkeys|grantoperations|resourcealiases)|aws:tagkeys)$/i.test(name)

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

function asLiteral(pieces: Piece[]): string {
  return pieces
    .map((piece) => (piece === anyRun ? "*" : piece === anyOne ? "?" : String(piece)))
    .join("")
}

function globMatches(pieces: Piece[], text: string): boolean {
  const source = pieces.map((piece) =>
    piece === anyRun ? "[^]*" : piece === anyOne ? "[^]" : escaped(String(piece)),
  )
  return new RegExp(`^${source.join("")}$`).test(text)
}

function arnMatches(parts: Piece[][], text: string): boolean {
  const actual = text.split(":")
  if (actual.length < 6 || actual[0] !== "arn" || parts.length !== 6) return false
  const six = [...actual.slice(0, 5), actual.slice(5).join(":")]
  return parts.every((part, index) => globMatches(part, six[index] ?? ""))
}

/** Colons in the policy text separate parts; colons that a variable brought in do not. */
function arnPieces(value: string, context: Context, expands: boolean): Piece[][] | undefined {
  const texts = splitOutsideVariables(value, expands)
  const parts: Piece[][] = []
  for (const text of texts) {
    const pieces = piecesOf(text, context, expands)
    if (pieces === undefined) return undefined
    parts.push(pieces)
  }
  return parts
}

export function splitOutsideVariables(value: string, expands: boolean): string[] {
  const texts = [""]
  let rest = value
  while (rest !== "") {
    const variable = expands ? /^\$\{[^}]*?(?:, '.*?')?\}/s.exec(rest) : null
    const taken = variable?.[0] ?? rest.charAt(0)
    rest = rest.slice(taken.length)
    if (taken === ":" && texts.length < 6) texts.push("")
    else texts[texts.length - 1] += taken
  }
  return texts
}

function number(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}

function instant(text: string): number | undefined {
  if (/^\d{4}$/.test(text)) return Date.parse(`${text}-01-01T00:00:00Z`) / 1000
  if (/^\d{1,15}(\.\d+)?$/.test(text)) return Number(text)
  const clock = String.raw`T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?`
  const shape = new RegExp(String.raw`^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:${clock})?)?)?$`).exec(text)
  if (shape === null) return undefined
  const [, year, month = "01", day = "01", hour = "00", minute = "00", second = "00"] = shape
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000
  const date = new Date(time * 1000)
  if (Number.isNaN(time) || date.getUTCDate() !== Number(day) || hour === "24") return undefined
  const zone = shape[8] ?? "Z"
  const [zoneHour = 0, zoneMinute = 0] = zone === "Z" ? [] : zone.slice(1).split(":").map(Number)
  if (zoneHour > 23 || zoneMinute > 59) return undefined
  const offset = (zoneHour * 60 + zoneMinute) * 60 * (zone.startsWith("-") ? -1 : 1)
  return time + Number(`0${shape[7] ?? ""}`) - offset
}

/** The bits of an address as a text of zeros and ones; mapped addresses are IPv4. */
function addressBits(text: string): string | undefined {
  const bits = text.includes(":") ? bitsOfIpv6(text) : bitsOfIpv4(text)
  const mapped = `${"0".repeat(80)}${"1".repeat(16)}`
  return bits?.length === 128 && bits.startsWith(mapped) ? bits.slice(96) : bits
}

function bitsOfIpv4(text: string): string | undefined {
  const octets = text.split(".")
  if (octets.length !== 4) return undefined
  if (!octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256))
    return undefined
  return octets.map((octet) => Number(octet).toString(2).padStart(8, "0")).join("")
}

function bitsOfIpv6(text: string): string | undefined {
  let hex = text
  const dotted = /(^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted !== null) {
    const bits = bitsOfIpv4(dotted[2] ?? "")
    if (bits === undefined) return undefined
    const groups = [bits.slice(0, 16), bits.slice(16)].map((group) =>
      Number.parseInt(group, 2).toString(16),
    )
    hex = text.slice(0, -(dotted[2] ?? "").length) + groups.join(":")
  }
  const halves = hex.split("::")
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")))
  if (![...head, ...tail].every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail]
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("")
}

function inRange(text: string, range: string): boolean {
  const actual = addressBits(text)
  const [base = "", prefix] = range.split("/")
  const full = base.includes(":") ? 128 : 32
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return false
  let length = prefix === undefined ? full : Number(prefix)
  if (length > full || range.split("/").length > 2) return false
  let wanted = base.includes(":") ? bitsOfIpv6(base) : bitsOfIpv4(base)
  if (full === 128 && length >= 96 && addressBits(base)?.length === 32) {
    wanted = addressBits(base)
    length -= 96
  }
  if (actual === undefined || wanted === undefined || actual.length !== wanted.length) return false
  return actual.slice(0, length) === wanted.slice(0, length)
}

function bytes(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    return undefined
  return atob(text)
}

/** One request value against one policy value. */
type Match = (actual: string, wanted: string, context: Context, expands: boolean) => boolean

function order(read: (text: string) => number | undefined, accept: (order: number) => boolean) {
  const match: Match = (actual, wanted) => {
    const [left, right] = [read(actual), read(wanted)]
    return left !== undefined && right !== undefined && accept(left - right)
  }
  return match
}

function orders(prefix: string, read: (text: string) => number | undefined) {
  return {
    [`${prefix}Equals`]: order(read, (found) => found === 0),
    [`${prefix}LessThan`]: order(read, (found) => found < 0),
    [`${prefix}LessThanEquals`]: order(read, (found) => found <= 0),
    [`${prefix}GreaterThan`]: order(read, (found) => found > 0),
    [`${prefix}GreaterThanEquals`]: order(read, (found) => found >= 0),
  }
}

function onLiteral(accept: (actual: string, literal: string) => boolean): Match {
  return (actual, wanted, context, expands) => {
    const pieces = piecesOf(wanted, context, expands)
    return pieces !== undefined && accept(actual, asLiteral(pieces))
  }
}

const sameInAnyCase = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()

const arnMatch: Match = (actual, wanted, context, expands) => {
  const parts = arnPieces(wanted, context, expands)
  return parts !== undefined && arnMatches(parts, actual)
}

/** What each positive operator says. {@link conditionHolds} reads `Null` and the negated ones. */
export const references: Record<string, Match> = {
  StringEquals: onLiteral((actual, literal) => actual === literal),
  StringEqualsIgnoreCase: onLiteral(sameInAnyCase),
  StringLike: (actual, wanted, context, expands) => {
    const pieces = piecesOf(wanted, context, expands)
    return pieces !== undefined && globMatches(pieces, actual)
  },
  ...orders("Numeric", number),
  ...orders("Date", instant),
  Bool: onLiteral((actual, literal) => {
    return sameInAnyCase(actual, literal) && /^(true|false)$/i.test(actual)
  }),
  BinaryEquals: (actual, wanted) => bytes(actual) !== undefined && bytes(actual) === bytes(wanted),
  IpAddress: (actual, wanted) => inRange(actual, wanted),
  ArnEquals: arnMatch,
  ArnLike: arnMatch,
}

export const negations: Record<string, string> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
  NotIpAddress: "IpAddress",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
}

const hasVariables = (name: string) => /^(String|Arn|Bool)/.test(name)

/** A whole condition entry, by the missing-key and set-operator tables. */
export function conditionHolds(
  operator: string,
  key: string,
  values: string[],
  context: Context,
  expands: boolean,
  effect: string,
): boolean {
  const [quantifier, rest] = operator.includes(":") ? operator.split(":") : ["", operator]
  const ifExists = rest?.endsWith("IfExists") === true
  const name = ifExists ? (rest ?? "").slice(0, -"IfExists".length) : (rest ?? "")
  const found = context.get(folded(key))
  const absent = found === undefined || (found.length === 0 && typeof found !== "string")
  if (name === "Null") {
    if (quantifier !== "") return quantifier === "ForAllValues"
    return values.some((value) => value.toLowerCase() === String(absent))
  }
  if (values.length === 0) return absent && (ifExists || quantifier === "ForAllValues")
  const positive = negations[name]
  const match = references[positive ?? name]
  if (match === undefined) throw new Error(`the reference does not know ${name}`)
  const test = (actual: string): boolean => {
    const matches = values.some((wanted) => match(actual, wanted, context, expands))
    return positive === undefined ? matches : !matches
  }
  if (absent) {
    if (ifExists) return true
    if (quantifier === "ForAllValues") return true
    if (quantifier === "ForAnyValue") return false
    return positive !== undefined
  }
  if (values.some((value) => isUnclear(value, context, expands && hasVariables(name)))) {
    return effect === "Deny"
  }
  if (quantifier === "ForAllValues") return [found].flat().every(test)
  if (quantifier === "ForAnyValue") return [found].flat().some(test)
  return effect === "Deny" ? [found].flat().some(test) : [found].flat().every(test)
}
