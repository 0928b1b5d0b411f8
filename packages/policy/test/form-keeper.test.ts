import { describe, expect, test } from "vitest"
import { createFormKeeper } from "../src/compile/form-keeper.js"
import { emptyForm, formOf, type HeldForm, heldIn } from "../src/compile/held-form.js"
import {
  type CompiledDocument,
  compile,
  compileDocument,
  createCompiler,
  plainDocument,
} from "../src/index.js"
import { range } from "./support/documents.js"
import { keyAllows, merge, requestOf } from "./support/scene.js"

const textOf = (Action: string) => JSON.stringify(keyAllows("*", { Action }))
const allows = (keyPolicy: CompiledDocument, action: string) =>
  compile({ keyPolicy }).decide(requestOf("user", { action })).effect === "allow"

const allowAll = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }

describe("a compiler", () => {
  test("shares one compiled copy of equal text, and keeps kinds apart", () => {
    const compiler = createCompiler({ bytesMax: 2 ** 20 })
    const text = textOf("kms:Decrypt")
    const first = compiler.compileDocument(text, "keyPolicy")
    expect(compiler.compileDocument(text, "keyPolicy")).toBe(first)
    const { problem } = compiler.compileDocument(text, "identityPolicy")
    expect(problem?.code).toBe("principalNotAllowed")
  })

  test("drops what was not asked lately, and compiles it again for whoever still holds it", () => {
    const compiler = createCompiler({ bytesMax: 12_000 })
    const actions = ["kms:Decrypt", "kms:Encrypt", "kms:Sign", "kms:Verify", "kms:ListGrants"]
    const documents = actions.map((action) => {
      const [hot] = actions
      compiler.compileDocument(textOf(hot ?? ""), "keyPolicy")
      return compiler.compileDocument(textOf(action), "keyPolicy")
    })
    const isKept = documents.map((one) => heldIn(one).form !== undefined)
    expect(isKept[0]).toBe(true)
    expect(isKept).toContain(false)
    for (const [index, one] of documents.entries()) {
      for (const action of actions) expect(allows(one, action)).toBe(action === actions[index])
      expect(plainDocument(one, "keyPolicy")).toEqual(
        plainDocument(textOf(actions[index] ?? ""), "keyPolicy"),
      )
    }
  })

  test.each([
    ["an unknown element", `{"X":1,"Statement":${JSON.stringify(allowAll)}}`, "unknownElement"],
    ["no end", `{"Statement":${JSON.stringify(allowAll)}`, "syntax"],
  ])("goes on refusing a document with %s that it has dropped", (_, text, code) => {
    const compiler = createCompiler({ bytesMax: 1 })
    const broken = compiler.compileDocument(text, "keyPolicy")
    expect(broken.problem?.code).toBe(code)
    expect(heldIn(broken).form).toBeUndefined()
    expect(formOf(broken).statements).toEqual([])
    expect(compile({ keyPolicy: broken }).decide(requestOf("root")).reason).toBe("brokenDocument")
    expect(compiler.compileDocument(text, "keyPolicy")).not.toBe(broken)
  })

  test("forgets a document that was replaced", () => {
    const compiler = createCompiler({ bytesMax: 2 ** 20 })
    const text = textOf("kms:Decrypt")
    const replaced = compiler.compileDocument(text, "keyPolicy")
    compiler.forget(text, "keyPolicy")
    compiler.forget("never seen", "keyPolicy")
    compiler.forget(text, "identityPolicy")
    expect(heldIn(replaced).form).toBeUndefined()
    expect(compiler.compileDocument(text, "keyPolicy")).not.toBe(replaced)
    expect(allows(replaced, "kms:Decrypt")).toBe(true)
  })

  test("compiles an object each time anew, and never drops what comes of it", () => {
    const compiler = createCompiler({ bytesMax: 1 })
    const policy = keyAllows("*", { Action: "kms:Decrypt" })
    const first = compiler.compileDocument(policy, "keyPolicy")
    expect(compiler.compileDocument(policy, "keyPolicy")).not.toBe(first)
    expect(heldIn(first)).toMatchObject({ form: { statements: [{}] }, keeper: undefined })
    expect(allows(first, "kms:Decrypt")).toBe(true)
  })

  test.each([0, -1, 1.5, Number.NaN])("with a bound of %s is a wrong call", (bytesMax) => {
    expect(() => createCompiler({ bytesMax })).toThrow(RangeError)
  })
})

describe("a keeper of forms", () => {
  const held = (bytes: number): HeldForm => ({
    kind: "keyPolicy",
    given: "",
    keeper: undefined,
    form: emptyForm,
    bytes,
    isRecent: false,
  })
  const keeperOf = (bytesMax: number) => {
    const dropped: HeldForm[] = []
    return { dropped, ...createFormKeeper(bytesMax, (one) => dropped.push(one)) }
  }

  test("keeps as much as its bound, and then drops the oldest", () => {
    const { keep, dropped } = keeperOf(30)
    const forms = range(4, () => held(10))
    const [first, second, third, last] = forms
    for (const one of forms.slice(0, 3)) keep(one)
    expect(dropped).toEqual([])
    keep(last ?? held(0))
    expect(dropped).toEqual([first])
    expect(forms.map(({ form }) => form)).toEqual([undefined, emptyForm, emptyForm, emptyForm])
    keep(held(20))
    expect(dropped).toEqual([first, second, third])
  })

  test("passes over once what was compiled once more", () => {
    const { keep, dropped } = keeperOf(20)
    const [hot, cold] = [held(10), held(10)]
    keep(hot)
    keep(cold)
    hot.isRecent = true
    keep(held(10))
    expect(dropped).toEqual([cold])
    expect(hot.isRecent).toBe(false)
    keep(held(20))
    expect(dropped).toContain(hot)
  })

  test("drops what was compiled once more before what it hears of now", () => {
    const { keep, dropped } = keeperOf(10)
    const [hot, newest] = [{ ...held(10), isRecent: true }, held(10)]
    keep(hot)
    keep(newest)
    expect(dropped).toEqual([hot])
    expect(newest.form).toBe(emptyForm)
  })

  test("weighs once what it is told of twice, and not what was dropped", () => {
    const { keep, drop, dropped } = keeperOf(20)
    const [one, other] = [held(10), held(10)]
    for (const form of [one, other, one, other]) keep(form)
    expect(dropped).toEqual([])
    drop(one)
    expect(dropped).toEqual([one])
    keep(held(10))
    expect(dropped).toEqual([one])
    keep(one)
    expect(dropped).toEqual([one, other])
  })

  test("keeps nothing that is heavier than its bound, the newest neither", () => {
    const { keep, dropped } = keeperOf(20)
    const large = held(21)
    keep(large)
    expect(dropped).toEqual([large])
    const exact = held(20)
    keep(exact)
    expect(dropped).toEqual([large])
  })
})

describe("what a document weighs", () => {
  const bytesOf = (document: object, space = "") =>
    heldIn(compileDocument(JSON.stringify(document) + space, "keyPolicy")).bytes
  const lengthOf = (document: object) => JSON.stringify(document).length
  const ofCondition = (operator: string, values: unknown) =>
    keyAllows("*", { Condition: { [operator]: { "aws:x": values } } })

  test.each<[string, (count: number) => object]>([
    ["statement", (count) => merge(...range(count, () => keyAllows("*")))],
    ["account", (count) => keyAllows({ AWS: range(count, (at) => String(1e11 + at)) })],
    ["action", (count) => keyAllows("*", { Action: range(count, (at) => `kms:${at + 10}`) })],
    ["resource", (count) => keyAllows("*", { Resource: range(count, (at) => `${at + 10}`) })],
    [
      "condition",
      (count) =>
        keyAllows("*", {
          Condition: { Bool: Object.fromEntries(range(count, (at) => [`k${at}`, "true"])) },
        }),
    ],
    ...[
      ...["StringEquals", "StringLike", "ArnLike", "Bool", "NumericEquals", "DateEquals"],
      ...["IpAddress", "BinaryEquals", "Null"],
    ].map((operator): [string, (count: number) => object] => [
      `value of ${operator}`,
      (count) =>
        ofCondition(
          operator,
          range(count, () => "1"),
        ),
    ]),
  ])("is more with each %s, by more than its text", (_, make) => {
    const [few, many] = [make(10), make(20)]
    const grown = bytesOf(many) - bytesOf(few) - 2 * (lengthOf(many) - lengthOf(few))
    expect(grown).toBeGreaterThanOrEqual(10 * 100)
    expect(Number.isFinite(grown)).toBe(true)
  })

  const inText: readonly (readonly [string, (text: string) => object])[] = [
    ["an action", (text) => keyAllows("*", { Action: `kms:${text}` })],
    ["a resource", (text) => keyAllows("*", { Resource: text })],
    ["a value", (text) => ofCondition("StringLike", text)],
  ]

  test.each([
    ...inText,
    [
      "a key",
      (text: string) => keyAllows("*", { Condition: { Bool: { [text]: "true" } } }),
    ] as const,
  ])("is more with each character of %s: its own, and that of the text", (_, make) => {
    const grown = bytesOf(make("a".repeat(110))) - bytesOf(make("a".repeat(10)))
    expect(grown).toBeGreaterThanOrEqual(100 * 4)
  })

  test.each(inText)("is more with each wildcard and variable of %s", (_, make) => {
    for (const mark of ["*", "?", "$"]) {
      const grown = bytesOf(make(`a${mark.repeat(11)}`)) - bytesOf(make(`aaaaaaaaaaa${mark}`))
      expect(grown).toBeGreaterThanOrEqual(10 * 100)
    }
  })

  test("is that of the statement alone where it says nothing else", () => {
    const [one, two] = [1, 2].map((count) =>
      bytesOf({ Statement: range(count, () => ({ Effect: "Deny", Principal: "*" })) }),
    )
    expect((two ?? 0) - (one ?? 0)).toBeGreaterThan(1_000)
    const { bytes } = heldIn(compileDocument({ Statement: [] }, "scp"))
    const denies = { Effect: "Deny", Action: "*", Resource: "*" }
    expect(heldIn(compileDocument({ Statement: denies }, "scp")).bytes).toBeGreaterThan(bytes)
  })

  test("is two bytes more for each character of the text, broken or not", () => {
    for (const document of [keyAllows("*"), { Statement: 1 }]) {
      expect(bytesOf(document, " ".repeat(100)) - bytesOf(document)).toBe(200)
      expect(bytesOf(document)).toBeGreaterThan(2 * lengthOf(document))
      const withoutText = heldIn(compileDocument(document, "keyPolicy"))
      expect(withoutText.bytes).toBe(bytesOf(document) - 2 * lengthOf(document))
      expect(withoutText.isRecent).toBe(false)
    }
  })
})
