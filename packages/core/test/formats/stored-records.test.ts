import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { anchored, anchorFormat } from "../../src/formats/stored/anchor-record.js"
import { backupFormat, restoredFormat } from "../../src/formats/stored/backup-records.js"
import { domainKeyUsesFormat } from "../../src/formats/stored/domain-key-uses-record.js"
import { keyCountFormat } from "../../src/formats/stored/key-count-record.js"
import { aliasRecordFormat, domainRecordFormat } from "../../src/formats/stored/key-records.js"
import { emptyDigest, laneFormat, lanesCount } from "../../src/formats/stored/lane-record.js"
import { lastUsageFormat } from "../../src/formats/stored/last-usage-record.js"
import { requestRateFormat } from "../../src/formats/stored/request-rate-record.js"
import { rewrappingFormat } from "../../src/formats/stored/rewrapping-record.js"
import {
  account,
  hash,
  isKept,
  keyId,
  noAccount,
  noBytes,
  noCount,
  noDigits,
  noName,
  row,
} from "./stored-rows.js"

const domainKeyId = "0123456789abcdef"

const rows = [
  row(
    "anchor",
    anchorFormat,
    "anchor",
    { writtenMs: 0, restoredMs: 0, lanes: [{ lane: 15, counter: 1, hash }] },
    {
      also: { lanes: [[]], "lanes.0.lane": [0] },
      never: {
        writtenMs: noCount,
        restoredMs: noCount,
        "lanes.0.lane": [...noCount, 16],
        "lanes.0.counter": [...noCount, 0],
        "lanes.0.hash": noDigits(64),
      },
    },
  ),
  row(
    "backup",
    backupFormat,
    "backup",
    { madeMs: 0, restoredMs: 0, records: 0, sums: "AQID", leftOut: 0, hash },
    {
      bytes: ["sums"],
      never: {
        madeMs: noCount,
        restoredMs: noCount,
        records: noCount,
        sums: noBytes,
        leftOut: noCount,
        hash: noDigits(64),
      },
    },
  ),
  row(
    "restored",
    restoredFormat,
    "restored/0",
    { restoredMs: 0, madeMs: 0, records: 0, leftOut: 0, purpose: "use" },
    {
      also: { purpose: ["test"] },
      never: {
        restoredMs: noCount,
        madeMs: noCount,
        records: noCount,
        leftOut: noCount,
        purpose: ["", "other"],
      },
    },
  ),
  row(
    "domain key uses",
    domainKeyUsesFormat,
    `uses/${domainKeyId}`,
    { id: domainKeyId, wraps: 0, seals: 0 },
    { never: { id: noDigits(16), wraps: noCount, seals: noCount } },
  ),
  row(
    "key count",
    keyCountFormat,
    `count/${account}`,
    { account, keys: 0 },
    { never: { account: noAccount, keys: noCount } },
  ),
  row(
    "last usage",
    lastUsageFormat,
    `usage/${account}/${keyId}`,
    { account, keyId, operation: "Sign", usedMs: 0, requestId: "request", eventId: "event" },
    {
      optional: ["eventId"],
      never: {
        ...noName,
        operation: ["", "CreateKey"],
        usedMs: noCount,
        requestId: [1],
        eventId: [1],
      },
    },
  ),
  row(
    "request rate",
    requestRateFormat,
    `rate/${account}/Cryptographic operations (RSA)_-9`,
    { account, group: "Cryptographic operations (RSA)_-9", requests: 0, filledMs: 0 },
    {
      also: { requests: [0.5] },
      never: {
        account: noAccount,
        group: ["", "a/b", "a".repeat(101), "*a", "a\n", 1],
        requests: [-0.5, "1"],
        filledMs: noCount,
      },
    },
  ),
  row(
    "rewrapping",
    rewrappingFormat,
    "rewrapping",
    {
      currentId: domainKeyId,
      after: "key/1",
      skipped: 0,
      unused: [{ id: domainKeyId, sinceMs: 0 }],
    },
    {
      optional: ["after"],
      never: {
        currentId: noDigits(16),
        after: [1],
        skipped: noCount,
        "unused.0.id": noDigits(16),
        "unused.0.sinceMs": noCount,
      },
    },
  ),
  row(
    "alias",
    aliasRecordFormat,
    `alias/${account}/orders/new`,
    { account, name: "alias/orders/new", keyId, createdMs: 0, updatedMs: 0 },
    { never: { ...noName, name: [1], createdMs: noCount, updatedMs: noCount } },
  ),
  row(
    "domain",
    domainRecordFormat("domain"),
    "domain",
    { name: "aws/us-east-1", sealedState: "AQID" },
    { bytes: ["sealedState"], never: { name: [1], sealedState: noBytes } },
  ),
]

describe("a stored record", () => {
  for (const row of rows) describe(`of its kind: ${row.kind}`, () => isKept(row))
})

describe("a lane", () => {
  const seen = new Array<number>(lanesCount).fill(0)
  const lane = { ...emptyDigest(), lane: 10, counter: 1, restoredMs: 0, seen, recent: [["a"]] }
  const read = (members: Partial<typeof lane>) =>
    laneFormat.decode(laneFormat.encode({ ...lane, ...members }), "digest/a")

  it("comes back as it was", () => {
    const recent = [["a", "b"], ["c"]]
    const all = { restoredMs: 7, counter: 8, records: -9, recent, seen: seen.with(3, 4) }
    expect(read({})).toEqual(lane)
    expect(read(all)).toEqual({ ...lane, ...all })
  })

  it.each([
    { restoredMs: -1 },
    { restoredMs: 0.5 },
    { counter: 0 },
    { counter: 2 ** 53 },
    { records: Number.NaN },
    { seen: seen.slice(1) },
    { seen: [...seen, 0] },
    { seen: seen.with(15, -1) },
    { seen: seen.with(15, 0.5) },
    { sums: new Uint8Array(1023) },
    { weights: new Uint8Array(257) },
    { names: new Uint8Array(767) },
    { recent: [] },
    { recent: [["a"], [""]] },
    { recent: [["a"], ["", "b"]] },
    { recent: [["b", ""], ["a"]] },
  ])("is refused with %o", (members) => {
    expect(() => read(members)).toThrow("the lane record `digest/a` does not parse")
  })

  it("is known to an anchor by its number, its counter and the hash of all of it", () => {
    const hash = createHash("sha256").update(laneFormat.encode(lane)).digest("hex")
    expect(laneFormat.keyOf(lane)).toBe("digest/a")
    expect(laneFormat.kind).toBe("lane")
    expect(anchored(lane)).toEqual({ lane: 10, counter: 1, hash })
  })
})
