import { describe, expect, it, test } from "vitest"
import { described, seenBehind, settle } from "../../src/matchers/verdict.js"
import { createWitness, lastCallOf, testify, testimonyOf } from "../../src/matchers/witness.js"
import { arnIn, call, kitOf } from "./witnesses.js"

describe("who testifies", () => {
  const kit = kitOf([call(), call({ operation: "Decrypt" }), call({ requestId: "r2" })])
  const witness = testimonyOf(kit)?.witness

  it.each<[unknown, string | undefined]>([
    [{ requestId: "r2" }, "Encrypt"],
    [{ requestId: "r1" }, "Decrypt"],
    [{ $metadata: { requestId: "r1" } }, "Decrypt"],
    [{ $metadata: { requestId: "r1" }, requestId: "r2" }, "Decrypt"],
    [{ $metadata: {}, requestId: "r2" }, "Encrypt"],
    [{ requestId: 1 }, undefined],
    [{}, undefined],
    [undefined, undefined],
    [null, undefined],
    ["r1", undefined],
  ])("finds the last call of a request in a kit: %j", (subject, operation) => {
    expect(seenBehind(subject, kit).call?.operation).toBe(operation)
    expect(seenBehind(subject, kit).witness).toBe(witness)
  })

  test("is found behind causes and responses, so far and no farther", () => {
    const chain = (length: number, link: string) => {
      let value: object = testify({}, { of: "call", witness: witness as never, call: call() })
      for (let i = 0; i < length; i += 1) value = { [link]: value }
      return testimonyOf(value)?.of
    }
    for (const link of ["cause", "$response"]) {
      expect([chain(0, link), chain(8, link), chain(9, link)]).toEqual(["call", "call", undefined])
    }
    expect(chain(1, "other")).toBeUndefined()
    expect(testimonyOf({ $response: {}, cause: kit })?.of).toBe("kit")
  })

  test("for another kit has not seen the call", () => {
    const told = testify({}, { of: "call", witness: witness as never, call: call() })
    expect(seenBehind(told).call).toMatchObject({ requestId: "r1" })
    expect(seenBehind(told, kit).call).toMatchObject({ requestId: "r1" })
    expect(seenBehind(told, kitOf([])).call).toBeUndefined()
  })

  test("marks nothing that can be seen, and nothing that cannot be written to", () => {
    const marked = testify({ a: 1 }, { of: "kit", witness: witness as never })
    expect(Object.keys(marked)).toEqual(["a"])
    expect(testify(1, { of: "kit", witness: witness as never })).toBe(1)
    const frozen = Object.freeze({})
    expect(testimonyOf(testify(frozen, { of: "kit", witness: witness as never }))).toBeUndefined()
  })

  test("keeps as many calls and keys as it is told, the last ones", () => {
    const few = createWitness(2)
    for (const requestId of ["a", "b", "c"]) few.record(call({ requestId }))
    expect(few.witness.calls.map(({ requestId }) => requestId)).toEqual(["b", "c"])
    expect(lastCallOf(few.witness, "a")).toBeUndefined()
    const ask = (key: string) =>
      few.note({
        request: {
          resource: arnIn("us-east-1", `key/${key}`),
          context: (name: string) => (name === "kms:resourcealiases" ? `alias/${key}` : undefined),
        },
        decision: { effect: "allow" },
      } as never)
    for (const key of ["a", "b", "a", "c"]) ask(key)
    expect(["a", "b", "c"].map((key) => few.witness.aliasesOf(key))).toEqual([
      ["alias/a"],
      [],
      ["alias/c"],
    ])
    expect(few.witness.aliasesOf(arnIn("us-east-1", "key/a"))).toEqual(["alias/a"])
  })

  test("keeps the question that was refused, of the call that it ended", () => {
    const { note, record, witness: seen } = createWitness(9)
    const question = (requestId: string | undefined, effect: string) =>
      ({ requestId, request: { resource: "k", context: {} }, decision: { effect } }) as never
    const calls = ["a", "b", "c"].map((requestId) => call({ requestId }))
    note(question("a", "implicitDeny"))
    note(question("b", "allow"))
    note(question(undefined, "implicitDeny"))
    for (const one of calls) record(one)
    expect(calls.map((one) => seen.refusedQuestion(one)?.requestId)).toEqual([
      "a",
      undefined,
      undefined,
    ])
    const again = call({ requestId: "a" })
    record(again)
    expect(seen.refusedQuestion(again)).toBeUndefined()
  })
})

describe("what is judged", () => {
  test("is a value, or what a promise comes to", async () => {
    const judge = (value: unknown) => [value]
    expect(settle(1, judge)).toEqual([1])
    expect(settle(null, judge)).toEqual([null])
    const thenable = JSON.parse('{"then":1}')
    expect(settle(thenable, judge)).toEqual([thenable])
    expect(await settle(Promise.resolve(1), judge)).toEqual([1])
    const error = new Error("no")
    expect(await settle(Promise.reject(error), judge)).toEqual([error])
  })

  it.each<[unknown, string]>([
    [new TypeError("no"), "TypeError: no"],
    [new Uint8Array(3), "3 bytes"],
    [{ a: 1, b: 2 }, "an object with a, b"],
    [{}, "an object with no members"],
    [null, "null"],
    ["text", "text"],
    [undefined, "undefined"],
  ])("is described in a few words (%#)", (subject, words) => {
    expect(described(subject)).toBe(words)
  })
})
