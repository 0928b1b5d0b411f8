import { alike, type Equivalent } from "./equivalent.js"

/* The operators of conditions, and the patterns that they and resources have. */

const operator = (name: string): string => `packages/policy/src/operators/${name}.ts`
const arns = operator("arns")
const dates = operator("dates")
const binary = operator("binary")
const findPiece = operator("find-piece")

const forTheCompiler = "for the compiler alone: what stands there is never absent"
const nothingBefore = "what has nothing in front of the mark is refused either way"
const readTwice = "what cannot be read equals nothing: the one guard or the other says so"

const inValues: readonly Equivalent[] = [
  ...alike(
    arns,
    "an empty piece of text says nothing",
    [
      'if (colon > from) current.push({ kind: "text", text: token.text.slice(from, colon) })',
      "true",
      "colon >= from",
    ],
    [
      'if (from < token.text.length) current.push({ kind: "text", text: token.text.slice(from) })',
      "true",
      "from <= token.text.length",
    ],
  ),
  ...alike(arns, "what begins with a colon does not begin with `arn:`", [
    "if (colon < 0) break",
    "colon <= 0",
  ]),
  ...alike(
    arns,
    "matched alike, as it is or prepared: what is not prepared takes no memory",
    ["if (isShortPattern(value, variables)) {", "false", "{}"],
    ["return matchArns(short.length === values.length ? values : short, patterns)", "false"],
  ),
  ...alike(
    arns,
    forTheCompiler,
    ['const own = actual[index] ?? ""', '"Stryker was here!"'],
    [
      'if (!matchShort(pattern.slice(from, colon), actual[index] ?? "")) return false',
      '"Stryker was here!"',
    ],
    ['return matchShort(pattern.slice(from), actual[arnParts - 1] ?? "")', '"Stryker was here!"'],
  ),
  ...alike(binary, "both sides have it, and are as equal as without", [
    "const bytes: string[] = []",
    '["Stryker was here"]',
  ]),
  ...alike(binary, "both sides have it, and are as equal as without", [
    'return bytes.join("")',
    '"Stryker was here!"',
  ]),
  ...alike(
    binary,
    readTwice,
    [
      "const wanted = new Set(values.map(decodeBase64).filter((value) => value !== undefined))",
      "values.map(decodeBase64)",
      "true",
    ],
    ["return actual !== undefined && wanted.has(actual)", "true"],
  ),
  ...alike(
    dates,
    nothingBefore,
    ["const date = parseDay(t < 0 ? text : text.slice(0, t), t >= 0)", "t <= 0", "t > 0"],
    ["if (date === undefined || t < 0) return date", "t <= 0"],
    ["const whole = dot < 0 ? text : text.slice(0, dot)", "dot <= 0"],
    ["if (dot < 0) return whole.length === 4 ? undefined : Number(whole)", "dot <= 0"],
    ["const whole = field(dot < 0 ? text : text.slice(0, dot), 2, 0, 59)", "dot <= 0"],
    ["if (whole === undefined || dot < 0) return whole", "dot <= 0"],
    ["if (sign < 0) return { clock: text, offsetSeconds: 0 }", "sign <= 0"],
  ),
  ...alike(dates, forTheCompiler, [
    'const seconds = parts.length === 3 ? parseSeconds(parts[2] ?? "") : 0',
    '"Stryker was here!"',
  ]),
  ...alike(dates, "no number is before, behind or at what is none", [
    "return actual !== undefined && wanted.some((value) => accept(actual - value))",
    "true",
  ]),
  ...alike(dates, "no number is before, behind or at what is none", [
    "const wanted = values.map(parseInstant).filter((value) => value !== undefined)",
    "values.map(parseInstant)",
    "true",
  ]),
]

const inPatterns: readonly Equivalent[] = [
  ...alike(
    findPiece,
    "a place is found alike: each way is quicker, or takes less, for pieces of some length",
    ["if (length > plainSearchMax) {", "true", "length >= plainSearchMax"],
    ["if (from + length > end) return -1", "false", "from - length"],
    ["if (piece.ones === undefined) {", "false", "{}"],
    [
      "if (wanted.length > automatonMax) return segmentsFinder(wanted, ones)",
      "true",
      "false",
      "wanted.length >= automatonMax",
      "wanted.length <= automatonMax",
    ],
    ["const head = wanted.slice(0, plainSearchMax)", "wanted"],
    ["if (text.startsWith(wanted, start)) return start", "false"],
    ["if (end - at > plainSearchMax) {", "false", "end - at >= plainSearchMax", "{}"],
    [
      "while (end < length && ones[end] !== true) end += 1",
      "false",
      "end <= length",
      "end >= length",
    ],
    ["function runEnd(length: number, ones: readonly boolean[], from: number): number {", "{}"],
    ["const reach = Math.min(used + 1, words)", "Math.max(used + 1, words)"],
    ["if (after !== 0) used = word + 1", "true"],
  ),
  ...alike(findPiece, "a place is found alike: what it may cost is counted in patterns.test.ts", [
    "if (length > plainSearchMax) {",
    "false",
    "length <= plainSearchMax",
    "{}",
  ]),
  ...alike(
    findPiece,
    "what lies behind the last number is not kept, and never asked for",
    ["for (let at = 0; at < length; at += 1) codes[at] = wanted.charCodeAt(at)", "at <= length"],
    ["for (let at = 1; at < codes.length; at += 1) {", "at <= codes.length"],
    ["for (let word = 0; word < reach; word += 1) {", "word <= reach"],
    ["const others = new Int32Array(Math.ceil(wanted.length / 32))", "wanted.length * 32"],
    [
      "for (let at = 0; at < wanted.length; at += 1) if (ones[at] === true) setBit(others, at)",
      "at <= wanted.length",
    ],
    ["for (let at = 0; at < wanted.length; at += 1) {", "at <= wanted.length"],
    ["scan(text, from, from + starts - 1 + length, (at) => {", "from + starts + 1"],
    [
      "segments.push({ offset: at, length: end - at, scan: literalScan(wanted.slice(at, end)) })",
      "end + at",
    ],
  ),
  ...alike(findPiece, "a mask of the question mark itself is that of all others", [
    "if (ones[at] === true) continue",
    "false",
  ]),
  ...alike(findPiece, "one that is empty, or another: it has no text to be found", [
    'text === "" ? emptyPiece : newPiece(text, ones)',
    "false",
    '"Stryker was here!"',
  ]),
]

const quicker = "found and matched alike: each way is quicker, or takes less, for some"

const inWays: readonly Equivalent[] = [
  ...alike(
    operator("glob"),
    quicker,
    [
      "if (from > 0 && star - from > shortPieceMax) return false",
      "true",
      "false",
      "from >= 0",
      "star + from",
      "star - from >= shortPieceMax",
      "star - from <= shortPieceMax",
    ],
    ["if (star < 0) return true", "true", "star <= 0"],
    [
      'if (pattern.includes("?") || (hasVariables && pattern.includes("${"))) return false',
      "true",
      '""',
      'hasVariables || pattern.includes("${")',
    ],
    ["export function isShortPattern(pattern: string, hasVariables: boolean): boolean {", "{}"],
    ["if (lengthMin === 0) return anyText", "false"],
    [
      'if (last.text !== "" && !standsAt(last, text, end)) return false',
      "true",
      '"Stryker was here!"',
    ],
    ['else if (text !== "") {', "true", '"Stryker was here!"'],
  ),
  ...alike(operator("glob"), "a star that is found stands behind the first", [
    "if (next < 0) return text.length - piece.length >= at && text.endsWith(piece)",
    "next <= 0",
  ]),
  ...alike(findPiece, quicker, [
    "for (let at = 0; at < wanted.length; ) {",
    "false",
    "at >= wanted.length",
  ]),
  ...alike(operator("strings"), quicker, [
    "if (short.length === values.length) return matchShortOnes(values)",
    "false",
  ]),
  ...alike(
    operator("strings"),
    quicker,
    ["if (fixed.length === 1 && only !== undefined) return matchOne(only, fold)", "false"],
    [
      "if (fixed.length > fewMax) return matchSome(new Set(fixed), fold)",
      "true",
      "false",
      "fixed.length >= fewMax",
      "fixed.length <= fewMax",
    ],
  ),
  ...alike(operator("ip-addresses"), quicker, [
    "return numbers.length > plainNumbersMax ? Uint16Array.from(numbers) : numbers",
    "false",
    "true",
    "numbers.length >= plainNumbersMax",
    "numbers.length <= plainNumbersMax",
  ]),
  ...alike(operator("ip-addresses"), "no digit follows a zero", [
    "octet = (octet < 0 ? 0 : octet * 10) + code - 0x30",
    "octet <= 0",
  ]),
  ...alike(operator("numbers"), "behind the end there is no zero", [
    "while (at < digits.length && digits.charCodeAt(at) === 0x30) at += 1",
    "at <= digits.length",
    "true",
  ]),
]

export const inPolicyOperators: readonly Equivalent[] = [
  ...inWays,
  ...inValues,
  ...inPatterns,
  ...alike(operator("tokens"), "what is absent is as false", [
    "const missing: MissingEnds = { brace: false, quote: false }",
    "{}",
  ]),
]
