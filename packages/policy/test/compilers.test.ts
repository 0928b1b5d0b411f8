import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { formOf, heldIn } from "../src/compile/held-form.js"
import {
  type CompiledDocument,
  compile,
  compileDocument,
  createCompiler,
  plainDocument,
} from "../src/index.js"
import { hostileDocuments, range, usualStatements } from "./support/documents.js"
import { keyAllows, requestOf } from "./support/scene.js"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

function heapOf<Result>(make: () => Result): { readonly bytes: number; readonly result: Result } {
  collect()
  const before = process.memoryUsage().heapUsed
  const result = make()
  collect()
  return { bytes: process.memoryUsage().heapUsed - before, result }
}

const textOf = (Action: string) => JSON.stringify(keyAllows("*", { Action }))
const allows = (keyPolicy: CompiledDocument, action: string) =>
  compile({ keyPolicy }).decide(requestOf("user", { action })).effect === "allow"

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

  test("goes on refusing a broken document that it has dropped", () => {
    const compiler = createCompiler({ bytesMax: 1 })
    const broken = compiler.compileDocument(`{"Statement":[],"X":1}`, "keyPolicy")
    expect(broken.problem?.code).toBe("unknownElement")
    expect(heldIn(broken).form).toBeUndefined()
    expect(formOf(broken).statements).toEqual([])
    expect(compile({ keyPolicy: broken }).decide(requestOf("root")).reason).toBe("brokenDocument")
  })

  test("forgets a document that was replaced", () => {
    const compiler = createCompiler({ bytesMax: 2 ** 20 })
    const text = textOf("kms:Decrypt")
    const replaced = compiler.compileDocument(text, "keyPolicy")
    compiler.forget(text, "keyPolicy")
    compiler.forget("never seen", "keyPolicy")
    expect(heldIn(replaced).form).toBeUndefined()
    expect(compiler.compileDocument(text, "keyPolicy")).not.toBe(replaced)
    expect(allows(replaced, "kms:Decrypt")).toBe(true)
  })

  test.each([0, -1, 1.5, Number.NaN])("with a bound of %s is a wrong call", (bytesMax) => {
    expect(() => createCompiler({ bytesMax })).toThrow(RangeError)
  })
})

describe("the memory of a compiler", () => {
  const bytesMax = 8 * 2 ** 20

  test.each(hostileDocuments)("is bounded when it is filled with %s", (_, make) => {
    const texts = range(60, (index) => JSON.stringify(make(index)))
    const compiler = createCompiler({ bytesMax })
    const { bytes, result } = heapOf(() => {
      const documents = texts.map((text) => compiler.compileDocument(text, "keyPolicy"))
      for (const keyPolicy of documents) {
        compile({ keyPolicy }).decide(requestOf("user", { context: { "aws:x": "none" } }))
      }
      return documents
    })
    expect(result.every(({ problem }) => problem === undefined)).toBe(true)
    expect(bytes).toBeLessThan(bytesMax)
  })

  test.each(
    usualStatements.flatMap(([name, make]) =>
      [1, 10, 100].map((count) => [name, count, make] as const),
    ),
  )(
    "of statements with %s, %i in a document, is at most four times their text",
    (_, count, make) => {
      const texts = range(4_000 / count, (index) =>
        JSON.stringify({
          Version: "2012-10-17",
          Statement: range(count, (at) => ({
            Sid: `Statement ${index}x${at}`,
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::111122223333:role/Application${index}x${at}` },
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: "*",
            ...make(index, at),
          })),
        }),
      )
      compileDocument(texts[0] ?? "", "keyPolicy")
      const { bytes, result } = heapOf(() => {
        const documents = texts.map((text) => compileDocument(text, "keyPolicy"))
        for (const keyPolicy of documents) compile({ keyPolicy }).decide(requestOf("user"))
        return documents
      })
      expect(result.every(({ problem }) => problem === undefined)).toBe(true)
      const text = texts.reduce((sum, { length }) => sum + length, 0)
      expect(bytes / text).toBeLessThan(4)
    },
  )
})
