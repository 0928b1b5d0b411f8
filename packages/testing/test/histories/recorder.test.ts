import { describe, expect, it, test } from "vitest"
import { kmsModel } from "../../src/histories/kms/kms-model.js"
import { assertLinearizable, createHistoryRecorder } from "../../src/histories.js"

const id = "1234abcd-12ab-34cd-56ef-1234567890ab"

describe("a recorder of histories", () => {
  test("writes down when calls begin and end, without plaintexts and ciphertexts", async () => {
    const recorder = createHistoryRecorder()
    const input = { KeyId: id, Plaintext: Uint8Array.of(1) }
    const output = {
      KeyId: id,
      CiphertextBlob: Uint8Array.of(2),
      CiphertextForRecipient: Uint8Array.of(3),
      $metadata: {},
    }
    let finish = (_: object): void => undefined
    const first = recorder.record({ operation: "Encrypt", caller: "alice", input }, () => {
      return new Promise<object>((resolve) => {
        finish = resolve
      })
    })
    expect(await recorder.record({ operation: "ListKeys", input: {} }, async () => output)).toBe(
      output,
    )
    const call = { operation: "Encrypt", caller: "alice", input: { KeyId: id } }
    expect(recorder.operations()[0]).toEqual({ call, start: 1, answer: undefined })
    finish(output)
    expect(await first).toBe(output)
    expect(recorder.operations()).toEqual([
      { call, start: 1, answer: { end: 4, reply: { output: { KeyId: id } } } },
      {
        call: { operation: "ListKeys", input: {} },
        start: 2,
        answer: { end: 3, reply: { output: { KeyId: id } } },
      },
    ])
  })

  it.each<[unknown, object | undefined]>([
    [Object.assign(new Error("no"), { name: "NotFoundException" }), { error: "NotFoundException" }],
    [Object.assign(new Error("no"), { name: "KMSInternalException" }), undefined],
    [new Error("the network"), undefined],
    [{ name: 1 }, undefined],
    [undefined, undefined],
  ])("takes a refusal for an answer, and nothing else (%#)", async (thrown, reply) => {
    const recorder = createHistoryRecorder()
    const recorded = recorder.record({ operation: "Sign", input: {} }, async () => {
      throw thrown
    })
    expect(await recorded.catch((error: unknown) => ({ error }))).toEqual({ error: thrown })
    expect(recorder.operations()[0]?.answer?.reply).toEqual(reply)
  })

  test("watches a client, whoever it calls as", async () => {
    const recorder = createHistoryRecorder()
    const client = { describeKey: async (input: object) => ({ input }) }
    const watched = recorder.watch(client as never, "alice")
    expect(await watched.describeKey({ KeyId: id })).toEqual({ input: { KeyId: id } })
    expect(recorder.operations().map(({ call }) => call)).toEqual([
      { operation: "DescribeKey", caller: "alice", input: { KeyId: id } },
    ])
  })
})

test("a history that is linearizable is no error, and another one shows its verdict", () => {
  const call = (kind: object, start: number, end: number, reply: object) => ({
    ...{ call: kind, start, answer: { end, reply } },
  })
  const create = { operation: "CreateKey", input: {} }
  const describeKey = { operation: "DescribeKey", input: { KeyId: id } }
  const metadata = (KeyState: string) => ({ output: { KeyMetadata: { KeyId: id, KeyState } } })
  const made = call(create, 1, 2, metadata("Enabled"))
  const model = kmsModel() as never
  const good = [made, call(describeKey, 3, 4, metadata("Enabled"))]
  expect(() => assertLinearizable(good, model)).not.toThrow()
  const bad = [made, call(describeKey, 3, 4, metadata("Disabled"))]
  expect(() => assertLinearizable(bad, model)).toThrow(/^not linearizable: 2 calls about /)
})

describe("the state of a history", () => {
  const model = kmsModel()
  const all = (operations: readonly (readonly [string, object])[]) =>
    operations.reduce((state, [operation, input]) => {
      const made = { KeyMetadata: { KeyId: id, KeyState: "Enabled" } }
      const output = operation === "CreateKey" ? made : input
      const next = model.after(
        state,
        { operation, input: { KeyId: id, ...input } },
        { output: output as never },
      )
      if (next === undefined) throw new Error(`${operation} cannot be`)
      return next
    }, model.initial)
  const tag = (TagKey: string) => ["TagResource", { Tags: [{ TagKey, TagValue: "" }] }] as const
  const grant = (GrantId: string) => ["CreateGrant", { GrantId, Operations: [] }] as const
  const alias = (AliasName: string) => ["CreateAlias", { AliasName, TargetKeyId: id }] as const
  const create = ["CreateKey", {}] as const

  it.each([
    ["tags", tag("a"), tag("b")],
    ["grants", grant("a"), grant("b")],
    ["aliases", alias("alias/a"), alias("alias/b")],
  ] as const)("is the same in whatever order its %s came", (_, one, other) => {
    const text = model.textOf(all([create, one, other]))
    expect(model.textOf(all([create, other, one]))).toBe(text)
    expect(model.textOf(all([create, one]))).not.toBe(text)
  })
})
