import { expect, it } from "vitest"
import { branchKeys } from "../../../src/envelope/keys/branch/branch-keys.js"
import { unknownKeyId } from "../../support/accounts.js"
import { context, unwrapWith, wrapRequest } from "../support/key-requests.js"

it("branch keys that are held are wiped when they are too old, too many, or cleared", async () => {
  const made: Uint8Array[] = []
  const branchKey = async () => {
    const key = new Uint8Array(32).fill(9)
    made.push(key)
    return { version: unknownKeyId, key }
  }
  let nowMs = 0
  const source = branchKeys({
    store: { active: branchKey, version: branchKey } as never,
    branchKeyId: ({ tenant = "" }) => tenant,
    clock: () => nowMs,
    ageMsMax: 10,
    entriesMax: 1,
  })
  const isWiped = () => made.map((key) => key.every((byte) => byte === 0))
  const wrap = (tenant: string) => source.wrap(wrapRequest({ context: { tenant } }))
  await wrap("a")
  await wrap("a")
  expect(isWiped()).toEqual([false])
  await wrap("b")
  expect(isWiped()).toEqual([true, false])
  nowMs = 10
  await wrap("b")
  expect(isWiped()).toEqual([true, true, false])
  source.clear()
  expect(isWiped()).toEqual([true, true, true])
})

it("a branch key whose version is no UUID wraps nothing", async () => {
  const active = async () => ({ version: "newest", key: new Uint8Array(32).fill(9) })
  const store = { active, version: active } as never
  const source = branchKeys({ store, branchKeyId: "id", clock: () => 0, ageMsMax: 1 })
  const refused = { name: "EnvelopeError", reason: "keys" }
  await expect(source.wrap(wrapRequest())).rejects.toMatchObject(refused)
})

it("a branch key is chosen by the pairs of the caller alone, and for its own data keys", async () => {
  const asked: unknown[] = []
  const branchKey = async () => ({ version: unknownKeyId, key: new Uint8Array(32).fill(9) })
  let id: unknown = "tenant"
  const source = branchKeys({
    store: { active: branchKey, version: branchKey } as never,
    branchKeyId: (context) => {
      asked.push(context)
      return id as string
    },
    clock: () => 0,
    ageMsMax: 1,
  })
  const { dataKey, encryptedDataKeys } = await source.wrap(wrapRequest())
  const signed = { ...context, "aws-crypto-public-key": "point" }
  expect(await unwrapWith(source, { encryptedDataKeys }, signed)).toBeUndefined()
  expect(await unwrapWith(source, { encryptedDataKeys })).toEqual(dataKey)
  expect(await unwrapWith(source, { encryptedDataKeys: [] })).toBeUndefined()
  expect(asked).toEqual([context, context, context])
  for (const none of ["", undefined, 7]) {
    id = none
    const refused = { name: "EnvelopeError", reason: "context" }
    await expect(source.wrap(wrapRequest())).rejects.toMatchObject(refused)
    await expect(unwrapWith(source, { encryptedDataKeys })).rejects.toMatchObject(refused)
  }
})
