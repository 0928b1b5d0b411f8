import type { Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createGrantFinder } from "../../src/engine/access/grants.js"
import { createOpenedRecords } from "../../src/engine/hsms/opened-records.js"
import type { ReadSet } from "../../src/engine/records/read-set.js"
import { createRecordReader } from "../../src/engine/records/record-reader.js"
import { type GrantRecord, grantRecordFormat } from "../../src/formats/stored/grant-records.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  type KeyRecord,
  keyRecordFormat,
} from "../../src/formats/stored/key-records.js"
import type { RecordFormat } from "../../src/formats/stored/record-format.js"
import { readCaller } from "../../src/model/caller.js"
import { account, roleOf } from "../support/accounts.js"
import { memoryOf } from "../support/heap.js"
import { textBytes } from "../support/records.js"

/*
 * Caches are filled with several times what they may hold, of each kind of content, and what they
 * then take of memory is measured.
 */

const bytesMax = 4 * 2 ** 20
const idOf = (i: number): string => `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`
const range = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index))

const materialOf = (i: number, at: number): KeyRecord["materials"][number] => ({
  id: `${i}x${at}`.replace("x", "a").padStart(64, "0"),
  state: at === 0 ? "CURRENT" : "NON_CURRENT",
  createdMs: 1_800_000_000_000,
  token: new Uint8Array(69).fill(i),
})

const keyOf = (i: number, more: Partial<KeyRecord> = {}): KeyRecord => ({
  account,
  keyId: idOf(i),
  createdMs: 1_800_000_000_000,
  description: "",
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyManager: "CUSTOMER",
  state: "Enabled",
  policy: `{"Version":"2012-10-17","Statement":[]}${" ".repeat(250)}`,
  tags: [],
  aliases: [],
  grantsCount: 0,
  materials: [materialOf(i, 0)],
  ...more,
})

/** A storage that has every record that it is asked for. */
function endless(make: (key: string) => Uint8Array | undefined): Storage {
  const entryOf = (key: string) => {
    const value = make(key)
    return value && { key, value, revision: 1 }
  }
  return {
    get: async (keys) => keys.map(entryOf),
    list: async () => ({ entries: [], more: false }),
    commit: async () => true,
    stamp: () => 1,
    close: async () => undefined,
  }
}

const kinds: readonly (readonly [string, number, (i: number) => KeyRecord])[] = [
  ["keys", 12_000, (i) => keyOf(i)],
  ["long policies", 400, (i) => keyOf(i, { policy: `${i}`.padEnd(32_000, "x") })],
  ["long policies in other scripts", 400, (i) => keyOf(i, { policy: `${i}`.padEnd(16_000, "ß€") })],
  [
    "tags",
    1500,
    (i) => keyOf(i, { tags: range(50, (n) => ({ key: `k${i}n${n}`, value: `v${i}n${n}` })) }),
  ],
  ["aliases", 3000, (i) => keyOf(i, { aliases: range(50, (n) => `alias/a${i}n${n}`) })],
  ["materials", 300, (i) => keyOf(i, { materials: range(200, (n) => materialOf(i, n)) })],
]

async function fillReader<Value>(
  format: RecordFormat<Value>,
  count: number,
  make: (i: number) => Value | undefined,
) {
  const indexOf = (key: string): number => Number(/(\d+)$/.exec(key)?.[1])
  const storage = endless((key) => {
    const value = make(indexOf(key))
    return value && format.encode(value)
  })
  const reader = createRecordReader(storage, bytesMax, () => undefined)
  const prefix = format.keyOf(make(1) ?? (keyOf(1) as Value)).replace(/\d+$/, "")
  const digits = format === aliasRecordFormat ? 1 : 12
  for (let i = 0; i < count; i += 1) {
    const reads = await reader.begin()
    await reads.read(format, prefix + String(i).padStart(digits, "0"))
  }
  return reader
}

describe("the records that a host remembers", () => {
  it.each(kinds)("take no more than their bound when they have %s", async (_, count, make) => {
    const bytes = await memoryOf(() => fillReader(keyRecordFormat, count, make))
    expect(bytes).toBeGreaterThan(bytesMax / 16)
    expect(bytes).toBeLessThan(bytesMax)
  })

  it("take no more than their bound when they are short", async () => {
    const aliasOf = (i: number): AliasRecord => ({
      account,
      name: `alias/n${i}`,
      keyId: idOf(i),
      createdMs: 1,
      updatedMs: 1,
    })
    const bytes = await memoryOf(() => fillReader(aliasRecordFormat, 30_000, aliasOf))
    expect(bytes).toBeLessThan(bytesMax)
  })

  it("take no more than their bound when they are not there", async () => {
    const bytes = await memoryOf(() => fillReader(keyRecordFormat, 40_000, () => undefined))
    expect(bytes).toBeLessThan(bytesMax)
  })
})

describe("the short records that a host remembers opened", () => {
  it.each([
    ["empty", 0],
    ["a date", 13],
    ["as long as can be", 41],
  ])("take no more than their bound when they are %s", async (_, length) => {
    const bytes = await memoryOf(async () => {
      const opened = createOpenedRecords(bytesMax)
      for (let i = 0; i < 60_000; i += 1) {
        const sealed = new Uint8Array(55 + length).fill(i)
        opened.note(`listed/${account}/${idOf(i)}`, sealed, new Uint8Array(length))
      }
      return opened
    })
    expect(bytes).toBeGreaterThan(bytesMax / 16)
    expect(bytes).toBeLessThan(bytesMax)
  })

  it("are told apart by every byte and by their place", () => {
    const opened = createOpenedRecords(bytesMax)
    const sealed = Uint8Array.from({ length: 60 }, (_, i) => 200 + i)
    opened.note("listed/a", sealed, textBytes("1"))
    expect(opened.find("listed/a", sealed.slice())).toEqual(textBytes("1"))
    expect(opened.find("listed/b", sealed)).toBeUndefined()
    expect(opened.find("listed/a", sealed.subarray(1))).toBeUndefined()
    for (let i = 0; i < sealed.length; i += 1) {
      const other = sealed.with(i, (sealed[i] as number) ^ 1)
      expect(opened.find("listed/a", other)).toBeUndefined()
    }
  })
})

describe("the grants that a host remembers", () => {
  const pairs = (i: number) =>
    Object.fromEntries(range(8, (n) => [`name ${i} ${n}`, `${i} ${n}`.padEnd(300, ".")]))
  const shapes: readonly (readonly [string, number, (i: number) => Partial<GrantRecord>])[] = [
    ["without constraints", 1500, () => ({})],
    ["with long contexts", 250, (i) => ({ constraints: { encryptionContextSubset: pairs(i) } })],
    ["with a source", 1500, (i) => ({ constraints: { sourceArn: `arn:aws:s3:::bucket-${i}` } })],
  ]

  it.each(shapes)("take no more than their bound when they are %s", async (_, callers, shape) => {
    const grantsOf = (caller: number): GrantRecord[] =>
      range(5, (n) => ({
        account,
        keyId: idOf(1),
        grantId: `${caller}${n}`.padStart(64, "0"),
        issuingAccount: account,
        createdMs: 1_800_000_000_000,
        granteePrincipal: roleOf(account, `role${caller}`),
        operations: ["Decrypt", "Encrypt"],
        ...shape(10 * caller + n),
      }))
    const key = keyOf(1, { grantsCount: 5, grantsRevision: `+${"0".repeat(64)}` })
    const bytes = await memoryOf(async () => {
      const finder = createGrantFinder(bytesMax)
      for (let i = 0; i < callers; i += 1) {
        const caller = readCaller({ principal: roleOf(account, `role${i}`) }, account, "aws")
        const grants = grantsOf(i)
        const list = async () => ({ records: grants, more: false })
        // Every pointer leads to its grant.
        const lookAt = async (_: unknown, keys: readonly string[]) =>
          keys.map((key, at) => ({
            key,
            grantKey: grantRecordFormat.keyOf(grants[at % grants.length] as GrantRecord),
          }))
        const query = { key, caller, operation: "Decrypt", sourceArn: undefined } as const
        const reads = { list, lookAt, relied: () => new Map() } as unknown as ReadSet
        await finder.deciding(reads, { ...query, encryptionContext: {} })
      }
      return finder
    })
    expect(bytes).toBeGreaterThan(bytesMax / 32)
    expect(bytes).toBeLessThan(bytesMax)
  })
})
