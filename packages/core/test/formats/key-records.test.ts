import { defaultKeyPolicy } from "@keywright/policy"
import { describe, expect, it } from "vitest"
import { type KeyRecord, keyRecordFormat } from "../../src/formats/stored/key-records.js"
import { RecordError } from "../../src/formats/stored/record-format.js"
import { textOf, utf8 } from "../../src/vocabulary/bytes.js"
import { account, otherAccount, unknownKeyId } from "../support/accounts.js"

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
  { default: "aws" },
  { default: "A" },
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
    const materials = whole.materials.map((one) =>
      Object.fromEntries(Object.entries(one).reverse()),
    )
    const all = { ...turned, materials } as unknown as KeyRecord
    for (const record of [turned, all]) {
      expect(textOf(keyRecordFormat.encode(record))).toBe(textOf(keyRecordFormat.encode(whole)))
    }
    const more = { ...turned, other: 1 } as KeyRecord
    expect(() => keyRecordFormat.encode(more)).toThrow("does not parse")
  })

  it("names a default policy instead of repeating it, and is not read where it repeats it", () => {
    for (const [owner, partition] of [
      [account, "aws"],
      [account, "aws-cn"],
      [account, `a${"9".repeat(31)}`],
      [otherAccount, `a${"9".repeat(31)}`],
      [account, "aws-us-gov"],
    ] as const) {
      const record = { ...whole, account: owner, policy: defaultKeyPolicy(owner, partition) }
      const key = keyRecordFormat.keyOf(record)
      const text = textOf(keyRecordFormat.encode(record))
      const named = `"policy":{"default":"${partition}"}`
      expect(text).toContain(named)
      expect(keyRecordFormat.decode(utf8(text), key)).toEqual(record)
      const repeated = text.replace(named, `"policy":${JSON.stringify(record.policy)}`)
      expect(repeated).not.toBe(text)
      expect(() => keyRecordFormat.decode(utf8(repeated), key)).toThrow("does not parse at")
    }
  })

  it("keeps every other policy to the letter", () => {
    const [policy, otherPolicy] = [account, otherAccount].map((of) => defaultKeyPolicy(of, "aws"))
    const others = [
      otherPolicy,
      `${policy} `,
      policy?.replace("kms:*", "kms:Decrypt"),
      policy?.replace(":aws:", "::"),
      policy?.replace(":aws:", ':A"\\\u0001ß€\ud800:'),
      "",
      '{"default":"aws"}',
    ]
    for (const other of others) {
      const record = { ...whole, policy: other ?? "" }
      const bytes = keyRecordFormat.encode(record)
      expect(textOf(bytes)).not.toContain('"policy":{')
      expect(keyRecordFormat.decode(bytes, keyRecordFormat.keyOf(record))).toEqual(record)
    }
  })

  it("is read only as it is written, to the character", () => {
    const key = keyRecordFormat.keyOf(whole)
    const text = textOf(keyRecordFormat.encode({ ...whole, description: "d\u0001\u2028ß/" }))
    const others = [
      ...["1.0", "01", "1e0", "+1", "-0", "0x1", "", " 1", "9007199254740993"].map((number) =>
        text.replace('"createdMs":1,', `"createdMs":${number},`),
      ),
      text.replace("\\u0001", "\u0001"),
      text.replace("\\u0001", "\\u00010").replace("0\u2028", "\\u2028"),
      text.replace("\u2028", "\\u2028"),
      text.replace("ß/", "ß\\/"),
      text.replace("ß/", "\\u00df/"),
      text.replace("ß/", "ß\\"),
      text.replace('["alias/a"]', '["alias/a",]'),
      text.replace('["alias/a"]', '[ "alias/a"]'),
      text.replace('"tags":[', '"tags":[,'),
      text.replace("AQIDBA==", "AQIDBB=="),
      text.replace("AQIDBA==", "AQIDBA="),
      text.replace("AQIDBA==", "AQIDBA==\\n"),
      ...[...Array(text.length).keys()].map((length) => text.slice(0, length)),
      `${text} `,
      text + text,
    ]
    expect(keyRecordFormat.decode(utf8(text), key).description).toBe("d\u0001\u2028ß/")
    for (const other of others) {
      expect(other).not.toBe(text)
      expect(() => keyRecordFormat.decode(utf8(other), key), other).toThrow(/the key record/)
    }
  })

  it("with another character anywhere is another record, or none", () => {
    const key = keyRecordFormat.keyOf(whole)
    const text = textOf(keyRecordFormat.encode(whole))
    for (let at = 0; at < text.length; at += 1) {
      for (const character of '[]{},:"0x') {
        const bytes = utf8(text.slice(0, at) + character + text.slice(at + 1))
        let record: KeyRecord
        try {
          record = keyRecordFormat.decode(bytes, key)
        } catch (error) {
          if (!(error instanceof RecordError)) throw error
          continue
        }
        if (textOf(keyRecordFormat.encode(record)) !== textOf(bytes)) expect.fail(textOf(bytes))
      }
    }
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
