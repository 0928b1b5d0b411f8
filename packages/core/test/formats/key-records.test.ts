import { describe, expect, it } from "vitest"
import { type KeyRecord, keyRecordFormat } from "../../src/formats/stored/key-records.js"
import { textOf, utf8 } from "../../src/vocabulary/bytes.js"
import { account, unknownKeyId } from "../support/accounts.js"

const material: KeyRecord["materials"][number] = {
  id: "ab".repeat(32),
  state: "CURRENT",
  createdMs: 1,
  description: "d",
  rotationType: "ON_DEMAND",
  rotatedMs: 2,
  token: Uint8Array.of(1, 2, 3, 4),
  expiresMs: 3,
}

const whole: KeyRecord = {
  account,
  keyId: unknownKeyId,
  createdMs: 1,
  description: "",
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyManager: "CUSTOMER",
  state: "PendingDeletion",
  deletionMs: 5,
  rotation: { periodDays: 90, nextMs: 7 },
  policy: '{"Statement":[]}',
  tags: [{ key: "k", value: "v" }],
  aliases: ["alias/a"],
  grantsCount: 1,
  grantsRevision: `+${"cd".repeat(32)}`,
  materials: [material, { id: "ef".repeat(32), state: "NON_CURRENT", createdMs: 0 }],
}

type Json = Record<string, unknown>

const instead: readonly unknown[] = [
  null,
  "",
  "x",
  "AAA=",
  "AAB=",
  "Enabled",
  "RSA_2048",
  "SIGN_VERIFY",
  "mrk-00000000000000000000000000000000",
  0,
  -1,
  1.5,
  2 ** 53,
  true,
  [],
  [1],
  {},
  { key: "k", value: "v", more: 1 },
]

/** Everything that differs from a value in one place. */
function* changes(value: unknown): Generator<unknown> {
  for (const other of instead) if (other !== value) yield other
  if (typeof value !== "object" || value === null) return
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const other of changes(item)) yield value.with(i, other)
    }
    return
  }
  const members = Object.entries(value as Json)
  for (const [i, [name, member]] of members.entries()) {
    const without = members.toSpliced(i, 1)
    yield Object.fromEntries(without)
    yield Object.fromEntries([...without, [name, member]])
    yield Object.fromEntries([...members, ["other", 1]])
    for (const other of changes(member)) {
      yield Object.fromEntries(members.with(i, [name, other]))
    }
  }
}

describe("the record of a key", () => {
  it("comes back as it was written", () => {
    const key = keyRecordFormat.keyOf(whole)
    expect(keyRecordFormat.decode(keyRecordFormat.encode(whole), key)).toEqual(whole)
  })

  it("is written in the order of its members, whichever order it was made in", () => {
    const turned = Object.fromEntries(Object.entries(whole).reverse()) as unknown as KeyRecord
    expect(textOf(keyRecordFormat.encode(turned))).toBe(textOf(keyRecordFormat.encode(whole)))
  })

  it("is read in one go only where its schema reads the same", () => {
    const key = keyRecordFormat.keyOf(whole)
    const written = JSON.parse(textOf(keyRecordFormat.encode(whole)))
    let readings = 0
    let refusals = 0
    for (const changed of changes(written)) {
      const bytes = utf8(JSON.stringify(changed))
      let record: KeyRecord
      try {
        record = keyRecordFormat.decode(bytes, key)
      } catch (error) {
        expect(error).toMatchObject({ name: "RecordError" })
        refusals += 1
        continue
      }
      // What is written passes the schema.
      readings += 1
      expect(textOf(keyRecordFormat.encode(record))).toBe(textOf(bytes))
    }
    expect(readings).toBeGreaterThan(20)
    expect(refusals).toBeGreaterThan(500)
  })
})
