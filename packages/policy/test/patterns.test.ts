import process from "node:process"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { compile, validateKeyPolicy } from "../src/index.js"
import { expectMillionsOfSteps } from "./support/cost.js"
import { isLike } from "./support/is-like.js"
import { home, keyAllows, requestOf } from "./support/scene.js"

// biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
const variable = "${kms:EncryptionContext:a}"
const tested = "kms:EncryptionContext:b"

function compiledWith(more: Record<string, unknown>) {
  const policy = JSON.stringify(keyAllows("*", more))
  expect(validateKeyPolicy(policy)).toMatchObject({ ok: true })
  return compile({ keyPolicy: policy })
}

const sending = (a: string, b: string) =>
  requestOf("user", { context: { "kms:EncryptionContext:a": a, [tested]: b } })

const distinct = (count: number) =>
  Array.from({ length: count }, (_, index) => String.fromCharCode(0x3000 + index)).join("")

/** Work takes at most so many millions of steps, and so many megabytes. */
function expectCost(work: () => void, most: { readonly steps: number; readonly memory: number }) {
  const before = process.memoryUsage().rss
  expectMillionsOfSteps(work, most.steps)
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(most.memory)
}

describe("variables whose values the caller chose", () => {
  const many = variable.repeat(1_100)
  const letters = "a".repeat(10_000)
  const almost = `${"a".repeat(4_999)}b`
  const numbered = (shape: string) =>
    Array.from({ length: 900 }, (_, index) => shape.replace("#", index.toString(36)))

  test.each([
    ["StringLike", `${many}*`, distinct(14_000), "x"],
    ["StringLike", `*${many}*`, distinct(14_000), distinct(14_000)],
    ["StringLike", many, distinct(14_000), distinct(14_000)],
    ["StringEquals", many, distinct(60_000), "x"],
    ["StringEqualsIgnoreCase", many, distinct(60_000), "x"],
    ["ArnLike", `arn:aws:x:::${many}*`, distinct(14_000), "arn:aws:x:::y"],
    ["StringLike", Array(1_000).fill(`*${variable}*`), distinct(14_000), distinct(13_999)],
    ["StringLike", Array(1_000).fill(`*${variable}*`), distinct(14_000), `x${distinct(13_999)}`],
    ["StringLike", numbered(`*${variable}#*`), almost, letters],
    ["StringLike", numbered(`*#-?${variable}*`), letters.slice(5_000), letters],
    ["StringLike", numbered(`*${variable}?*`), `b${almost.slice(1)}`, letters],
    ["StringLike", numbered(`*${variable}?*`), almost, letters],
  ])("%s %#: cost what a long text costs", (operator, value, a, b) => {
    const compiled = compiledWith({ Condition: { [operator]: { [tested]: value } } })
    const request = sending(a, b)
    const decide = () => expect(compiled.decide(request).effect).toBe("implicitDeny")
    expectCost(decide, { steps: 500, memory: 150 })
  })

  test("in a resource: cost what a long text costs", () => {
    const compiled = compiledWith({ Resource: `arn:aws:kms:us-east-1:${home}:key/${many}` })
    const request = sending(distinct(14_000), "")
    expectCost(() => compiled.decide(request), { steps: 50, memory: 100 })
  })

  test("a long value is found where it stands", () => {
    const like = { StringLike: { [tested]: `*-${variable}?${variable}-*` } }
    const compiled = compiledWith({ Condition: like })
    const value = distinct(500)
    const found = `x-${value}-${value}-x`
    expect(compiled.decide(sending(value, found)).effect).toBe("allow")
    expect(compiled.decide(sending(value, found.slice(0, -2))).effect).toBe("implicitDeny")
  })
})

test("a pattern of many different characters needs memory for its length only", () => {
  const pattern = `*${distinct(30_000)}?${distinct(10_000)}*`
  const like = { StringLike: { [tested]: [pattern, pattern.replace("?", "")] } }
  const compiled = compile({ keyPolicy: keyAllows("*", { Condition: like }) })
  const text = pattern.slice(1, -1)
  const decide = () => {
    expect(compiled.decide(sending("", text)).effect).toBe("allow")
    expect(compiled.decide(sending("", `x${text.slice(1)}`)).effect).toBe("implicitDeny")
  }
  expectCost(decide, { steps: 500, memory: 150 })
})

test("pieces of every length are found where they stand, and nowhere else", () => {
  const run = fc
    .tuple(fc.constantFrom("a", "b", "ab", "aab", "?", "a?", "*"), fc.integer({ min: 1, max: 120 }))
    .map(([text, count]) => (text === "*" ? text : text.repeat(count)))
  const runs = fc.array(run, { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(runs, runs, fc.nat(), (wanted, other, seed) => {
      const pattern = wanted.join("")
      const filled = pattern.replaceAll("?", "b").replaceAll("*", other.join("").slice(0, 90))
      const at = seed % (filled.length + 1)
      const changed = `${filled.slice(0, at)}a${filled.slice(at + (seed % 3))}`
      const like = { StringLike: { [tested]: pattern } }
      const compiled = compile({ keyPolicy: keyAllows("*", { Condition: like }) })
      for (const text of [filled, changed]) {
        const { effect } = compiled.decide(sending("", text))
        expect(effect).toBe(isLike(pattern, text) ? "allow" : "implicitDeny")
      }
    }),
    { numRuns: 120 },
  )
})
