import { createMemoryKms } from "@keywright/core/memory"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { runs } from "../../../core/test/support/slow.js"
import {
  checkHistory,
  createHistoryRecorder,
  type KmsCall,
  type KmsOperation,
  kmsModel,
  renderVerdict,
} from "../../src/histories.js"
import { bad, good } from "./corpus.js"
import { isLinearizable } from "./registers.js"

const model = kmsModel()

describe("the model of a key refuses", () => {
  it.each(Object.entries(bad))("%s", (_, operations) => {
    expect(checkHistory(operations, model).verdict).toBe("violated")
    expect(isLinearizable(operations, model)).toBe(false)
  })
})

describe("the model of a key accepts", () => {
  it.each(Object.entries(good))("%s", (_, operations) => {
    const verdict = checkHistory(operations, model)
    expect(renderVerdict(verdict)).toMatch(/^linearizable/)
    expect(isLinearizable(operations, model)).toBe(true)
  })

  it("wrong histories whose calls were all made at the same time, where an order explains them", () => {
    const atOnce = Object.values(bad).map((operations) =>
      operations.map((one) => ({
        ...one,
        start: 0,
        answer: one.answer && { ...one.answer, end: 1 },
      })),
    )
    for (const operations of atOnce) {
      const { verdict } = checkHistory(operations, model)
      expect(verdict).toBe(isLinearizable(operations, model) ? "linearizable" : "violated")
    }
  })
})

describe("the model of a key", () => {
  it.each(["ImportKeyMaterial", "ReplicateKey", "toString"])("does not know %s", (operation) => {
    const call = { operation, input: { KeyId: "k" } }
    expect(() => checkHistory([{ call, start: 0, answer: undefined }], model)).toThrow(TypeError)
  })

  it("knows grants by their ids, and no tokens", () => {
    const call = { operation: "RetireGrant", input: { GrantToken: "token" } }
    expect(() => checkHistory([{ call, start: 0, answer: undefined }], model)).toThrow(/grant id/)
  })

  it("knows who may what when it is told", () => {
    const [reader, revoke] = ["arn:aws:iam::111122223333:role/R", "RevokeGrant"]
    const knowing = kmsModel({
      allows: ({ grants }, { caller }) =>
        caller === reader ? Object.values(grants).some((text) => text.includes(reader)) : undefined,
    })
    const base = good["a grant whose id the first list tells"] ?? []
    const revokedAt = base.findIndex(({ call }) => call.operation === revoke)
    const decrypt = (start: number, reply: "done" | "refused"): KmsOperation => ({
      call: { operation: "Decrypt", input: base[1]?.call.input ?? {}, caller: reader },
      start,
      answer: {
        end: start,
        reply: reply === "done" ? { output: {} } : { error: "AccessDeniedException" },
      },
    })
    const verdictOf = (start: number, reply: "done" | "refused") =>
      checkHistory([...base, decrypt(start, reply)], knowing).verdict
    const [before, after] = [6.5, (base[revokedAt]?.answer?.end ?? 0) + 0.5]
    expect([verdictOf(before, "done"), verdictOf(after, "refused")]).toEqual([
      "linearizable",
      "linearizable",
    ])
    expect([verdictOf(before, "refused"), verdictOf(after, "done")]).toEqual([
      "violated",
      "violated",
    ])
  })
})

/** Calls about two keys and two aliases, by their places in lists that fill while they are made. */
const anyCall = fc.record({
  operation: fc.constantFrom(
    "CreateKey",
    "DescribeKey",
    "EnableKey",
    "DisableKey",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
    "UpdateKeyDescription",
    "TagResource",
    "UntagResource",
    "ListResourceTags",
    "PutKeyPolicy",
    "GetKeyPolicy",
    "CreateGrant",
    "RevokeGrant",
    "ListGrants",
    "RotateKeyOnDemand",
    "CreateAlias",
    "UpdateAlias",
    "DeleteAlias",
    "ListAliases",
    "Encrypt",
    "GenerateDataKey",
  ),
  key: fc.nat(1),
  alias: fc.nat(1),
  byAlias: fc.boolean(),
  text: fc.constantFrom("one", "two"),
})

type Drawn = typeof anyCall extends fc.Arbitrary<infer Value> ? Value : never

/** Makes calls one after the other on a real engine, and writes them down. */
async function performed(calls: readonly Drawn[]): Promise<readonly KmsOperation[]> {
  await using kms = await createMemoryKms()
  const recorder = createHistoryRecorder()
  const plain = kms.as(kms.administrator)
  const root = recorder.watch(plain) as unknown as Record<
    string,
    (input: object) => Promise<Record<string, unknown>>
  >
  const call = (operation: string, input: object) =>
    root[`${operation.charAt(0).toLowerCase()}${operation.slice(1)}`]?.(input)
  const keys: string[] = []
  const grants: string[] = []
  const addKey = async (): Promise<void> => {
    const { KeyMetadata } = (await call("CreateKey", {})) as { KeyMetadata?: { KeyId?: string } }
    keys.push(KeyMetadata?.KeyId ?? "")
  }
  await addKey()
  for (const { operation, key, alias, byAlias, text } of calls) {
    if (operation === "CreateKey") {
      await addKey()
      continue
    }
    const KeyId = keys[key % keys.length] ?? ""
    const AliasName = `alias/${alias}`
    const isUse = ["Encrypt", "GenerateDataKey", "DescribeKey"].includes(operation)
    const input: Record<string, object> = {
      UpdateKeyDescription: { Description: text },
      TagResource: { Tags: [{ TagKey: text, TagValue: text }] },
      UntagResource: { TagKeys: [text] },
      PutKeyPolicy: { Policy: policyOf(kms.administrator, text) },
      CreateGrant: { GranteePrincipal: kms.administrator, Operations: ["Decrypt"] },
      RevokeGrant: { GrantId: grants[0] ?? "0".repeat(64) },
      CreateAlias: { AliasName, TargetKeyId: KeyId },
      UpdateAlias: { AliasName, TargetKeyId: KeyId },
      DeleteAlias: { AliasName },
      Encrypt: { Plaintext: new Uint8Array(1) },
      GenerateDataKey: { KeySpec: "AES_256" },
    }
    const about = /Alias$/.test(operation) ? {} : { KeyId: isUse && byAlias ? AliasName : KeyId }
    try {
      const output = await call(operation, { ...about, ...input[operation] })
      if (operation === "CreateGrant") grants.push(String(output?.["GrantId"]))
    } catch {
      // It is written down.
    }
  }
  return recorder.operations()
}

const policyOf = (principal: string, Sid: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid, Effect: "Allow", Principal: { AWS: principal }, Action: "kms:*", Resource: "*" },
    ],
  })

/** The ids of grants that were revoked: somebody had heard of them. */
const revokedIn = (operations: readonly KmsOperation[]): readonly unknown[] =>
  operations.flatMap(({ call }) =>
    call.operation === "RevokeGrant" ? [call.input["GrantId"]] : [],
  )

/** The same calls, as if each had begun earlier and ended later; some answers were lost. */
function blurred(
  operations: readonly KmsOperation[],
  draws: readonly (readonly [number, number, number])[],
): readonly KmsOperation[] {
  const heard = revokedIn(operations)
  return operations.map((one, i) => {
    const { call, answer } = one
    const [before = 0, after = 0, loses = 0] = draws[i % draws.length] ?? []
    const point = 10 * i
    const start = point - before
    const output = answer && "output" in answer.reply ? answer.reply.output : {}
    const isHeard = call.operation === "CreateKey" || heard.includes(output["GrantId"])
    if (loses === 0 && !isHeard) return { ...one, start, answer: undefined }
    return { ...one, start, answer: answer && { ...answer, end: point + after } }
  })
}

/** One thing in it is not as it was. */
function falsified(
  operations: readonly KmsOperation[],
  at: number,
  kind: number,
): readonly KmsOperation[] {
  const i = at % operations.length
  const one = operations[i] as KmsOperation
  const other = operations.find(
    ({ call, answer }, j) =>
      j !== i && call.operation === one.call.operation && answer !== undefined,
  )
  const withReply = (reply: KmsOperation["answer"] & object): KmsOperation => ({
    ...one,
    answer: { end: one.answer?.end ?? one.start, reply: reply.reply },
  })
  const wrong = (call: KmsCall): KmsOperation => ({ ...one, call })
  const changes: readonly (() => KmsOperation[])[] = [
    () => [],
    () => [
      one,
      {
        ...one,
        start: one.start + 5,
        answer: one.answer && { ...one.answer, end: one.answer.end + 9 },
      },
    ],
    () => [withReply({ end: 0, reply: { error: "DisabledException" } })],
    () => [withReply({ end: 0, reply: { error: "NotFoundException" } })],
    () => [other?.answer === undefined ? one : withReply(other.answer)],
    () => [wrong({ ...one.call, operation: "DisableKey" })],
    () => [
      {
        ...one,
        start: one.start - 60,
        answer: one.answer && { ...one.answer, end: one.start - 55 },
      },
    ],
  ]
  return operations.toSpliced(i, 1, ...(changes[kind % changes.length]?.() ?? []))
}

const draws = fc.array(fc.tuple(fc.nat(25), fc.nat(25), fc.nat(9)), { minLength: 1, maxLength: 9 })

describe("what a real engine did, one call after the other", () => {
  it("is linearizable, however the calls overlap and whichever answers are lost", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { maxLength: 30 }), draws, async (calls, blur) => {
        const operations = blurred(await performed(calls), blur)
        expect(renderVerdict(checkHistory(operations, model))).toMatch(/^linearizable/)
      }),
      { numRuns: runs(40, 2000) },
    )
  })

  it("is told from what it did not do, as by trying every order", async () => {
    let violated = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyCall, { minLength: 2, maxLength: 6 }),
        draws,
        fc.nat(),
        fc.nat(),
        async (calls, blur, at, kind) => {
          const operations = falsified(blurred(await performed(calls), blur), at, kind)
          const isRight = isLinearizable(operations, model)
          violated += Number(!isRight)
          expect(checkHistory(operations, model).verdict).toBe(
            isRight ? "linearizable" : "violated",
          )
        },
      ),
      { numRuns: runs(100, 5000) },
    )
    expect(violated).toBeGreaterThan(5)
  })
})
