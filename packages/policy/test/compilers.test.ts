import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { compile, compileDocument, createCompiler } from "../src/index.js"
import { hostileDocuments, range, usualStatements } from "./support/documents.js"
import { requestOf } from "./support/scene.js"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

function heapOf<Result>(make: () => Result): { readonly bytes: number; readonly result: Result } {
  collect()
  const before = process.memoryUsage().heapUsed
  const result = make()
  collect()
  return { bytes: process.memoryUsage().heapUsed - before, result }
}

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
