import { describe, expect, test } from "vitest"
import { oppositeCondition } from "../src/index.js"
import type { OperatorRow } from "../src/operators/operator.js"
import { findOperator, operators } from "../src/operators/table.js"
import { expand, expandText, tokenize } from "../src/operators/tokens.js"

/** What operators read of a text: compared with what others read of it. */

const row = (name: string) => findOperator(name) as OperatorRow
const reads = (name: string, text: string) => row(name).reads(text)
const holds = (name: string, value: string, text: string) =>
  row(name).compile([value], false)(text, () => undefined)

describe("a date", () => {
  const at = (text: string, seconds: number) => holds("DateEquals", String(seconds), text)
  const two = (part: number) => String(part).padStart(2, "0")

  test("is a day of the Gregorian calendar, or nothing", () => {
    for (const year of [1600, 1900, 1969, 1970, 1996, 2000, 2023, 2024, 2100, 9999]) {
      for (let month = 0; month <= 13; month += 1) {
        for (const day of [0, 1, 28, 29, 30, 31, 32]) {
          const date = new Date(Date.UTC(year, month - 1, day))
          const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
          const text = `${year}-${two(month)}-${two(day)}`
          expect(reads("DateEquals", text), text).toBe(isDay)
          const seconds = date.getTime() / 1000
          if (isDay && seconds >= 0) expect(at(`${text}T00:00Z`, seconds), text).toBe(true)
          const since = `${text}T00:00:00Z`
          if (isDay) expect(holds("DateLessThan", "1970-01-01", since), text).toBe(seconds < 0)
        }
      }
    }
  })

  test("counts the days before 1970, and leap years of centuries", () => {
    for (const [year, days] of [
      ["0000", -719_528],
      ["0001", -719_162],
      ["0004-03-01", -718_007],
      ["1600-03", -135_080],
      ["1900-03-01", -25_508],
      ["1969-12-31", -1],
    ] as const) {
      // Days before 1970 have no number of seconds: another day is as far from them.
      const [earlier, later] = [`${year}`, new Date(days * 86_400_000).toISOString()]
      expect(holds("DateEquals", earlier, later.slice(0, 19)), year).toBe(true)
    }
  })

  test.each([
    ["2026-03-04T05:06Z", "2026-03-04T05:06:00Z"],
    ["2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z"],
    ["2026-03-04T05:06:07.25Z", "2026-03-04T05:06:07.250Z"],
    ["2026-03-04T05:06:07", "2026-03-04T05:06:07Z"],
    ["2026-03-04T05:06:07+01:30", "2026-03-04T03:36:07Z"],
    ["2026-03-04T05:06:07-01:30", "2026-03-04T06:36:07Z"],
    ["2026-03-04T05:06+00:00", "2026-03-04T05:06:00Z"],
    ["2026-03-04T00:00-23:59", "2026-03-04T23:59:00Z"],
    ["2026-03-04T23:59:59Z", "2026-03-04T23:59:59Z"],
    ["2026-03-04T00:00:00Z", "2026-03-04T00:00:00Z"],
    ["2026-03", "2026-03-01T00:00:00Z"],
    ["2026-12-31", "2026-12-31T00:00:00Z"],
    ["2026", "2026-01-01T00:00:00Z"],
    ["1772600767.5", "2026-03-04T05:06:07.500Z"],
    ["0", "1970-01-01T00:00:00Z"],
    ["12026", "1970-01-01T03:20:26Z"],
    ["2026.5", "1970-01-01T00:33:46.500Z"],
  ])("%s is %s", (text, instant) => {
    expect(at(text, Date.parse(instant) / 1000)).toBe(true)
    expect(holds("DateEquals", text, instant)).toBe(true)
    expect(holds("DateGreaterThan", text, instant)).toBe(false)
    expect(holds("DateGreaterThan", text, "9999-12-31")).toBe(true)
  })

  test("of fifteen digits is a number of seconds, and of sixteen nothing", () => {
    expect(reads("DateEquals", "1".repeat(15))).toBe(true)
    expect(reads("DateEquals", "1".repeat(16))).toBe(false)
  })

  test.each([
    ["", "T", "Z", "-", "2026-", "20260-01", "2026-1", "2026-001"],
    ["2026-01-1", "2026-01-001", "2026-01-01-01", "2026-13", "x026", "2026-0x", "2026-01-0x"],
    ["T05:06Z", "2026T05:06Z", "2026-03T05:06Z", "1772600767T05:06Z", "2026-03-04T"],
    ["2026-03-04T05Z", "2026-03-04T05:06:07:08Z", "2026-03-04T24:00Z", "2026-03-04T05:60Z"],
    ["2026-03-04T05:06:60Z", "2026-03-04T5:06Z", "2026-03-04T05:6Z", "2026-03-04T05:06:7Z"],
    [
      "2026-03-04T05:06:Z",
      "2026-03-04T05:06:07.Z",
      "2026-03-04T05:06:07.xZ",
      "2026-03-04T05:06:7.5Z",
    ],
    ["2026-03-04T05:06:07.2.5Z", "2026-03-04T05:06.5Z", "2026-03-04T05:06ZZ"],
    ["2026-03-04T05:06+01", "2026-03-04T05:06+24:00", "2026-03-04T05:06+00:60"],
    ["2026-03-04T05:06+01:00:00", "2026-03-04T05:06+1:00", "2026-03-04T05:06+01:0"],
    ["2026-03-04T05:06+", "2026-03-04T+01:00", "2026-03-04T05:06+01:00Z", "2026-03-04t05:06Z"],
    ["-1", "+1", "1.", ".5", "1.x", "1.5.5", "1e3", " 2026", "2026 "],
  ])("is not written so: %s, %s, %s …", (...texts) => {
    for (const text of texts) expect(reads("DateEquals", text), text).toBe(false)
  })
})

describe("a number", () => {
  const texts = [
    ...["0", "-0", "+0", "00.0", "1", "01", "1.0", "1.00", "-1", "+1", "1.5", "1.05", "1.50"],
    ...["9", "10", "9.99", "-9.99", "-10", "0.5", "-0.5", "0.05", "100", "19", "20", "007.70"],
  ]

  test("is ordered as numbers are", () => {
    for (const one of texts) {
      for (const other of texts) {
        const [value, text] = [Number(one), Number(other)]
        const all = [text === value, text < value, text <= value, text > value, text >= value]
        expect(
          ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].map((test) =>
            holds(`Numeric${test}`, one, other),
          ),
          `${other} and ${one}`,
        ).toEqual(all)
      }
    }
  })

  test("of any length is compared exactly", () => {
    const long = "123456789012345678901234567890"
    expect(holds("NumericLessThan", `${long}.2`, `${long}.1`)).toBe(true)
    expect(holds("NumericEquals", `${long}.1`, `${long}.2`)).toBe(false)
    expect(holds("NumericGreaterThan", `-${long}1`, `-${long}0`)).toBe(true)
  })

  test.each(["", "+", "-", ".", ".5", "5.", "+-1", "--1", "1-", "1e3", "1_0", " 1", "1 ", "1.2.3"])(
    "is not %o",
    (text) => {
      expect(reads("NumericEquals", text)).toBe(false)
      expect(holds("NumericEquals", text, text)).toBe(false)
    },
  )

  test.each(["/", ":", "x"])("has no digit %s", (character) => {
    for (const text of [character, `1${character}`, `${character}1`, `1.${character}`]) {
      expect(reads("NumericEquals", text), text).toBe(false)
    }
  })
})

describe("bytes", () => {
  /** RFC 4648, section 10. */
  test.each(["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"])(
    "are read of Base64: %o",
    (text) => {
      expect(reads("BinaryEquals", text)).toBe(true)
      for (const other of ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]) {
        expect(holds("BinaryEquals", text, other)).toBe(text === other)
      }
    },
  )

  test("differ in any of their bits", () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    for (let at = 0; at < 256; at += 1) {
      const changed = Buffer.from(all)
      changed[at] = at ^ (1 << (at % 8))
      expect(holds("BinaryEquals", all.toString("base64"), changed.toString("base64"))).toBe(false)
    }
    expect(holds("BinaryEquals", all.toString("base64"), all.toString("base64"))).toBe(true)
  })

  test.each(["Z", "Zg", "Zg=", "Zm9", "Zm9v=", "Z===", "====", "=Zg=", "==Zg", "Zm9!", "Zm-v"])(
    "are not read of %s",
    (text) => {
      expect(reads("BinaryEquals", text)).toBe(false)
      expect(holds("BinaryEquals", text, text)).toBe(false)
    },
  )
})

describe("a truth", () => {
  test.each(["true", "TRUE", "True", "false", "FALSE", "False"])("is written %s", (text) => {
    expect(reads("Bool", text)).toBe(true)
    for (const value of ["true", "false"]) {
      expect(holds("Bool", value, text)).toBe(value === text.toLowerCase())
    }
  })

  test.each(["", "1", "yes", "truely", "null"])("is not written %o", (text) => {
    expect(reads("Bool", text)).toBe(false)
    expect(holds("Bool", text, text)).toBe(false)
  })
})

describe("an ARN", () => {
  const app = "arn:aws:iam::111122223333:role/team/App"

  test.each([
    ["arn:aws:iam::111122223333:role/team/App", true],
    ["arn:aws:iam::111122223333:role/*", true],
    ["arn:*:iam:*:*:role/team/*", true],
    ["arn:aws:i?m::111122223333:role/team/Ap?", true],
    ["arn:aws:iam::1111*3:r*/t*m/*pp", true],
    ["arn:aws:iam:*:role/team/App", false],
    ["arn:aws:iam::*", false],
    ["arn:aws:iam::111122223333:role/team/Ap", false],
    ["arn:aws:iam::111122223333:role/team/App?", false],
    ["arn:aws:iam:?:111122223333:role/team/App", false],
  ])("is compared with %s part by part", (pattern, isAlike) => {
    expect(reads("ArnLike", pattern)).toBe(pattern.split(":").length >= 6)
    expect(holds("ArnLike", pattern, app)).toBe(isAlike)
    expect(holds("ArnEquals", pattern, app)).toBe(isAlike)
  })

  test.each(["", "*", "**", "*:**", "arn:*", "arn:?ws", "?rn:aws:iam", "arn:aws:*:*:*"])(
    "has six parts, so that %o is none",
    (pattern) => {
      expect(reads("ArnLike", pattern)).toBe(false)
      for (const text of [app, "arn:aws:iam", "arn:aws", pattern]) {
        expect(holds("ArnLike", pattern, text), text).toBe(false)
      }
    },
  )

  test("begins with arn:, whatever a pattern says", () => {
    for (const pattern of ["*:*:*:*:*:*", "?rn:*:*:*:*:*", "xrn:aws:iam::1:role/App"]) {
      expect(holds("ArnLike", pattern, app)).toBe(!pattern.startsWith("x"))
      expect(holds("ArnLike", pattern, "xrn:aws:iam::1:role/App")).toBe(false)
      expect(reads("ArnLike", pattern)).toBe(false)
    }
  })

  test("of fewer parts is none, whatever the pattern", () => {
    for (const text of ["arn:aws:iam:us", "arn:aws:iam::1", "arn:aws:iam", "arn:"]) {
      for (const pattern of ["arn:*:*:*:*:*", "arn:?*:*:*:*:*", "arn:aws:iam:::*"]) {
        expect(holds("ArnLike", pattern, text), text).toBe(false)
      }
    }
  })

  test("may have variables in its parts, besides text and wildcards", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    const matches = row("ArnLike").compile(["arn:aws:s3:::${test:name}-logs/*"], true)
    const bucket = (name: string) => `arn:aws:s3:::${name}-logs/2026`
    expect(matches(bucket("ann"), () => "ann")).toBe(true)
    expect(matches(bucket("bob"), () => "ann")).toBe(false)
    expect(matches(bucket("a"), () => undefined)).toBe(false)
    // Colons in a name are none of the ARN's.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    expect(reads("ArnLike", "arn:aws:s3:::${test:name}")).toBe(true)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    expect(reads("ArnLike", "arn:aws:${a:b:c:d}")).toBe(false)
  })

  test("may have more colons in its resource", () => {
    const logs = "arn:aws:logs:us-east-1:111122223333:log-group:orders:*"
    expect(holds("ArnLike", "arn:aws:logs:*:*:log-group:orders:*", logs)).toBe(true)
    expect(holds("ArnLike", "arn:aws:logs:*:*:log-group:or?ers:*", logs)).toBe(true)
    expect(holds("ArnLike", "arn:aws:logs:*:*:*:invoices:*", logs)).toBe(false)
  })
})

test("a text with a dollar and no brace behind it has no variable", () => {
  for (const text of ["$", "$x}", "a$b}", "{x}", "$ {x}", "${", "${x"]) {
    for (const name of ["StringEquals", "StringEqualsIgnoreCase", "StringLike"]) {
      const matches = row(name).compile([text], true)
      expect(
        matches(text, () => "other"),
        text,
      ).toBe(true)
      expect(
        matches("other", () => "other"),
        text,
      ).toBe(false)
    }
  }
})

describe("the opposite of a condition", () => {
  test("keeps set operator and IfExists, and turns the values of Bool and Null", () => {
    const values = ["a"]
    expect(oppositeCondition({ operator: "ForAnyValue:ArnLikeIfExists", values })).toEqual({
      operator: "ForAnyValue:ArnNotLikeIfExists",
      values,
    })
    expect(oppositeCondition({ operator: "Null", values: ["TRUE", "false"] })).toEqual({
      operator: "Null",
      values: ["false", "true"],
    })
    expect(oppositeCondition({ operator: "BinaryEquals", values })).toBeUndefined()
    expect(oppositeCondition({ operator: "Nonsense", values })).toBeUndefined()
  })
  test.each(operators.map(({ name, opposite }) => [name, opposite] as const))(
    "of %s answers otherwise on what both can read, and has this one for its own",
    (name, opposite) => {
      const values = [
        ...["true", "false", "1", "2", "2026-01-01", "arn:a:b:c:d:e", "arn:a:b:c:d:f"],
      ]
      const readable = [...values, "10.0.0.0/8", "::1"].filter(row(name).reads)
      const other = { name: opposite === "by value" ? name : opposite, of: opposite }
      if (other.name === undefined) return
      expect(row(other.name).opposite).toBe(opposite === "by value" ? opposite : name)
      for (const value of opposite === "by value" ? ["true", "false"] : readable) {
        const against = oppositeCondition({ operator: name, values: [value] })
        expect(against?.operator).toBe(other.name)
        for (const text of readable.map((one) => one.replace("/8", ""))) {
          const answers = (operator: string, own: string) =>
            holds(operator, own, text) !== row(operator).isNegated
          const turned = answers(other.name, against?.values[0] ?? "")
          expect(turned, `${value} on ${text}`).toBe(!answers(name, value))
        }
      }
    },
  )
})

describe("the name of an operator says", () => {
  const types = new Map([
    ["String", "String"],
    ["Numeric", "Numeric"],
    ["Date", "Date"],
    ["Bool", "Bool"],
    ["Null", "Bool"],
    ["Binary", "Binary"],
    ["IpAddress", "IPAddress"],
    ["NotIpAddress", "IPAddress"],
    ["Arn", "ARN"],
  ])
  const named = (name: string, pattern: RegExp) => pattern.test(name)

  test.each(operators.map((one) => [one.name, one] as const))("what %s does", (name, operator) => {
    const [begins = ""] = [...types.keys()].filter((start) => name.startsWith(start))
    expect(operator).toMatchObject({
      type: types.get(begins),
      isNegated: named(name, /Not/),
      hasVariables: named(name, /^(?:String|Arn|Bool)/),
      folds: named(name, /IgnoreCase$|^Bool|^Null/),
      tests: named(name, /^Null/) ? "presence" : "value",
      takesIfExists: !named(name, /^Null/),
    })
    for (const text of ["", "x", "arn:"]) {
      if (begins === "String") expect(operator.reads(text)).toBe(true)
      else if (text === "x") expect(operator.reads(text)).toBe(false)
    }
  })
})

test.each([
  ["DateEquals", "2026-01-01", "2027-01-01", "2026-01-01T00:00Z"],
  ["NumericLessThan", "1", "10", "5"],
  ["BinaryEquals", "Zg==", "Zm8=", "Zm8="],
  ["IpAddress", "10.0.0.0/8", "::/0", "10.1.2.3"],
  ["ArnLike", "arn:a:b:c:d:e", "arn:*:b:c:d:e", "arn:x:b:c:d:e"],
])("%s of %s and %s is true when one of them is", (name, one, other, text) => {
  for (const values of [
    [one, other],
    [other, one],
    [one, other, "what cannot be read"],
  ]) {
    expect(row(name).compile(values, false)(text, () => undefined)).toBe(true)
    expect(row(name).compile(values, false)("none", () => undefined)).toBe(false)
  }
})

test("a variable without a name takes its default", () => {
  for (const name of ["StringEquals", "StringLike", "ArnLike"]) {
    const start = name === "ArnLike" ? "arn:a:b:c:d:" : ""
    const matches = row(name).compile([`${start}$\{, 'x'}`], true)
    expect(matches(`${start}x`, () => undefined)).toBe(true)
    expect(matches(`${start}y`, () => undefined)).toBe(false)
    expect(matches(`${start}y`, (key) => (key === "" ? "y" : undefined))).toBe(true)
  }
})

test.each([
  [undefined, "x"],
  [[], "x"],
  ["a", "a"],
  [["a"], "a"],
  [["a", "b"], undefined],
  [true, "true"],
  [7, "7"],
])("a variable that has %j stands for %j: many values have no text", (value, text) => {
  for (const name of ["StringEquals", "StringLike"]) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    const matches = row(name).compile(["${test:name, 'x'}"], true)
    for (const one of ["x", "a", "b", "true", "7", "undefined", "a,b", ""]) {
      expect(
        matches(one, () => value),
        one,
      ).toBe(one === text)
    }
  }
})

test.each([
  [[], true],
  [["a"], false],
  [["x"], false],
])("a variable of a key of many values that has %j takes its default: %s", (values, isDefault) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  const matches = row("StringEquals").compile(["${aws:TagKeys, 'x'}"], true)
  expect(matches("x", () => values)).toBe(isDefault)
  expect(matches("a", () => values)).toBe(false)
})

test.each([
  ["ab*", 2],
  ["a?b*", 3],
  ["#{test:name}*", 3],
  ["a#{test:name}?#{test:name}*", 8],
])("%s, with a dollar, takes texts of %d characters, and none shorter", (written, length) => {
  const tokens = tokenize(written.replaceAll("#", "$"), { hasVariables: true, hasWildcards: true })
  const read = () => "abc"
  const kinds = tokens.map(({ kind }) => (kind === "variable" ? "text" : kind))
  expect(expand(tokens, read, length)?.map(({ kind }) => kind)).toEqual(kinds)
  expect(expand(tokens, read, length - 1)).toBeUndefined()
  const fixed = tokens.filter(({ kind }) => kind === "text" || kind === "variable")
  const least = length - kinds.filter((kind) => kind === "one").length
  expect(expandText(fixed, read, least)).toHaveLength(least)
  expect(expandText(fixed, read, least - 1)).toBeUndefined()
  expect(expandText(tokens, read, length)).toBeUndefined()
})
