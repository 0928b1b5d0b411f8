import fc from "fast-check"
import { expect, test } from "vitest"
import { globOf, isShortPattern, matchGlob, matchShort } from "../src/operators/glob.js"
import { tokenize } from "../src/operators/tokens.js"
import { isLike } from "./support/is-like.js"

function expectLike(pattern: string, text: string): void {
  const wanted = isLike(pattern, text)
  const glob = globOf(tokenize(pattern, { hasVariables: false, hasWildcards: true }))
  if (matchGlob(glob, text) !== wanted) expect.fail(`${pattern} on ${text} is ${wanted}`)
  if (!isShortPattern(pattern, false)) return
  if (matchShort(pattern, text) !== wanted) expect.fail(`short ${pattern} on ${text} is ${wanted}`)
}

test.each([
  ["a?b*", ["a", "?", "b", "*"]],
  ["#{*}#{?}#{#}", ["text *", "text ?", "text #"]],
  ["a#{b}c", ["a", "#b", "c"]],
  ["#{Key, 'x}y'}z", ["#Key 'x}y'", "z"]],
  ["#{Key, ''}", ["#Key ''"]],
  ["#{a#{b", ["#{a#{b"]],
  ["#{a, 'b}*", ["#{a, 'b}", "*"]],
  ["#{a, 'b}#{c}#{d, 'e'", ["#{a, 'b}", "#c", "#{d, 'e'"]],
  ["#a}", ["#a}"]],
  ["", []],
])("%s, with dollars, is text, wildcards and variables", (written, parts) => {
  const value = written.replaceAll("#", "$")
  const said = tokenize(value, { hasVariables: true, hasWildcards: true }).map((token) => {
    if (token.kind === "text") return /^[*?$]$/.test(token.text) ? `text ${token.text}` : token.text
    if (token.kind !== "variable") return { star: "*", one: "?" }[token.kind]
    expect(token.key).toBe(token.name.toLowerCase())
    return `$${token.name}${token.fallback === undefined ? "" : ` '${token.fallback}'`}`
  })
  expect(said).toEqual(parts.map((part) => part.replaceAll("#", "$")))
})

test("short patterns mean what they say on every short text", () => {
  const words = (letters: string, lengthMax: number): readonly string[] => {
    const shorter = lengthMax === 0 ? [] : words(letters, lengthMax - 1)
    return ["", ...shorter.flatMap((word) => [...letters].map((letter) => word + letter))]
  }
  const texts = [...new Set(words("ab", 5))]
  for (const pattern of new Set(words("ab*?", 4))) {
    for (const text of texts) expectLike(pattern, text)
  }
})

/** Long pieces of few letters begin alike in many places: by runs, by periods, or at random. */
const letters = (lengthMin: number, lengthMax: number) =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom("a", "ab", "aab", "abaab"), fc.integer({ min: 0, max: 3 }))
      .map(([period, shift]) => period.repeat(lengthMax).slice(shift, lengthMax + shift))
      .chain((text) => fc.integer({ min: lengthMin, max: lengthMax }).map((n) => text.slice(0, n))),
    fc
      .array(fc.constantFrom("a", "b"), { minLength: lengthMin, maxLength: lengthMax })
      .map((list) => list.join("")),
  )

const withOnes = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.array(fc.nat(), { minLength: 1, maxLength: 6 })).map(([whole, places]) =>
    places.reduce((at, place) => {
      const cut = place % at.length
      return `${at.slice(0, cut)}?${at.slice(cut + 1)}`
    }, whole),
  )

/** Around the lengths at which a piece is searched in another way. */
const pieces = fc.oneof(
  letters(0, 6),
  letters(30, 36),
  letters(60, 100),
  withOnes(letters(1, 8)),
  withOnes(letters(31, 34)),
  withOnes(letters(60, 100)),
  withOnes(letters(254, 260)),
  withOnes(letters(300, 560)),
)

test("pieces of every length are found at both ends of a text, and no further", () => {
  const lengths = [1, 2, 31, 32, 33, 64, 65, 257, 289]
  const forms = [
    (length: number) => "a".repeat(length),
    (length: number) => `${"a".repeat(length - 1)}b`,
    (length: number) =>
      Array.from({ length }, (_, at) => String.fromCharCode(0x3000 + at)).join(""),
    (length: number) => `?${"ab".repeat(length).slice(1, length)}`,
    (length: number) => `${"aab".repeat(length).slice(0, length - 1)}?`,
    (length: number) => `${"a".repeat(length >> 1)}?${"b".repeat(length)}`.slice(0, length),
    (length: number) => "ab?".repeat(length).slice(0, length),
    (length: number) =>
      `${"a?b".repeat(14)}${"c".repeat(40)}${"?a".repeat(length)}`.slice(0, length),
  ]
  for (const length of lengths) {
    for (const form of forms) {
      const piece = form(length)
      const own = piece.replaceAll("?", "c")
      const [head = "", last = ""] = [own.slice(0, 1), own.slice(-1)]
      const most = own.slice(0, -1)
      for (const text of [own, `b${own}`, `${head}${own}`, `${own}a`, most, `${most}d`]) {
        expectLike(`*${piece}*`, text)
        if (length < 34) for (const one of [piece, `*${piece}`, `${piece}*`]) expectLike(one, text)
      }
      for (const rest of [own, most, `${most}d`, "c".repeat(length)]) {
        expectLike(`*${piece}*${piece}*`, own + rest)
        expectLike(`*${piece}*${piece}*`, `b${own}${rest}`)
      }
      const other = "d".repeat(length)
      for (const text of [`b${own}`, `${most}d${own}`, `${other}d${own}`]) {
        for (const behind of ["", last, `${last}*`]) expectLike(`*${piece}*${behind}`, text)
      }
      for (const text of [`${most}${own.slice(1)}`, `${most}d${own.slice(1)}`, other + most]) {
        expectLike(`*${piece}*`, text)
      }
      for (const text of [other + own, own + other, `${most}d${own}${other}`]) {
        expectLike(`*${piece}*${other}*`, text)
      }
      expectLike(`*${other}*${piece}*`, `${other}b${own}`)
    }
  }
})

test.each([
  ["xbcdefgh", "ybcdefgh"],
  ["abcdefgx", "abcdefgy"],
  ["aaaaaaaa", "aaaaaaab"],
])("long pieces of %s and %s are found among all texts of both", (one, other) => {
  const made = (count: number) =>
    Array.from({ length: 2 ** count }, (_, bits) =>
      Array.from({ length: count }, (_, at) => ((bits >> at) & 1 ? one : other)).join(""),
    )
  const texts = made(8)
  for (const piece of [...made(5), ...made(6)]) {
    const glob = globOf(tokenize(`*${piece}*`, { hasVariables: false, hasWildcards: true }))
    for (const text of texts) {
      if (matchGlob(glob, text) !== text.includes(piece)) expect.fail(`${piece} in ${text}`)
    }
  }
})

test("pieces of every length mean what they say where they almost stand", () => {
  const stuffing = fc.array(letters(0, 90), { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(
      fc.array(pieces, { minLength: 1, maxLength: 3 }),
      fc.tuple(fc.boolean(), fc.boolean()),
      stuffing,
      fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
      (wanted, [isOpenBefore, isOpenBehind], stuffings, changes) => {
        const inner = wanted.join("*")
        const pattern = `${isOpenBefore ? "*" : ""}${inner}${isOpenBehind ? "*" : ""}`
        const [before = "", ...between] = stuffings
        const filled = wanted.map((piece, i) => piece.replaceAll("?", "c") + (between[i] ?? ""))
        const last = wanted.at(-1)?.replaceAll("?", "a") ?? ""
        const whole = `${isOpenBefore ? before : ""}${filled.slice(0, -1).join("")}${last}`
        const text = isOpenBehind ? whole + before : whole
        expectLike(pattern, text)
        for (const change of changes) {
          const at = change % (text.length + 1)
          expectLike(pattern, `${text.slice(0, at)}b${text.slice(at + 1)}`)
          expectLike(pattern, text.slice(0, at) + text.slice(at + 1))
        }
      },
    ),
    { numRuns: 60 },
  )
})
