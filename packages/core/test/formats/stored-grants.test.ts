import { describe, expect, it } from "vitest"
import {
  type GrantRecord,
  grantNameKey,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
  retiringKey,
  retiringPrefix,
} from "../../src/formats/stored/grant-records.js"
import { hexOf } from "../../src/vocabulary/bytes.js"
import { textBytes } from "../support/records.js"
import {
  account,
  hash,
  isKept,
  keyId,
  noAccount,
  noCount,
  noDigits,
  noName,
  row,
} from "./stored-rows.js"

const app = `arn:aws:iam::${account}:role/App`
const service = "s3.amazonaws.com"
const bucket = "arn:aws:s3:::a"

/*
 * Parts of storage keys, worked out apart from the code: SHA-256 of each text after its length in
 * four bytes, cut to 32 digits for who, and to 15 for what a grant asks for.
 */
const ofApp = "9c7967e1ab8e415168a5827863dfad69"
const ofService = "e7c6833bd6130620dc0db89f5785d5ea"
const ofAccount = "1ed1ad29e8591f1d67848c09b230fd22"
const both = "of51e495aa1ae4cb"
const noSource = "se3b0c44298fc1c1"
const ofBucket = "s847e1ebd5368804"
const anyContext = "ae3b0c44298fc1c1"
const exactly = "e9687b233940e5c5"
const having = "hef2843c889c7b76"

const grant = {
  account,
  keyId,
  grantId: hash,
  issuingAccount: account,
  createdMs: 0,
}
const operations = ["Encrypt", "Decrypt"]
const context = { b: "22", a: "1" }
const noGrant = {
  ...noName,
  grantId: noDigits(64),
  issuingAccount: noAccount,
  createdMs: noCount,
  operations: [1],
  "operations.0": ["", "CreateKey"],
}

const grants = [
  row(
    "grant",
    grantRecordFormat,
    `grant/${account}/${keyId}/${ofApp}/${both}/${noSource}/${anyContext}/${hash}`,
    { ...grant, name: "name", granteePrincipal: app, retiringPrincipal: app, operations },
    {
      optional: ["name", "retiringPrincipal"],
      leading: ["granteePrincipal"],
      also: { operations: [["Decrypt", "Encrypt"]], constraints: [{}] },
      never: { ...noGrant, name: [1], granteePrincipal: [1], retiringPrincipal: [1] },
    },
  ),
  row(
    "grant",
    grantRecordFormat,
    `grant/${account}/${keyId}/${ofService}/${both}/${ofBucket}/${exactly}/${hash}`,
    {
      ...grant,
      granteePrincipal: app,
      granteeServicePrincipal: service,
      retiringServicePrincipal: service,
      operations,
      constraints: {
        encryptionContextEquals: context,
        encryptionContextSubset: { c: "3" },
        sourceArn: bucket,
      },
    },
    {
      optional: [
        "granteePrincipal",
        "retiringServicePrincipal",
        "constraints.encryptionContextSubset",
      ],
      leading: [
        "granteeServicePrincipal",
        "constraints",
        "constraints.encryptionContextEquals",
        "constraints.sourceArn",
      ],
      maps: ["encryptionContextEquals", "encryptionContextSubset"],
      also: { "constraints.encryptionContextEquals": [{ a: "1", b: "22" }] },
      never: {
        ...noGrant,
        granteeServicePrincipal: [1],
        retiringServicePrincipal: [1],
        "constraints.encryptionContextSubset": [1, []],
        "constraints.encryptionContextEquals": [1, []],
        "constraints.sourceArn": [1],
      },
    },
  ),
  row(
    "grant",
    grantRecordFormat,
    `grant/${account}/${keyId}/${ofAccount}/${both}/${noSource}/${having}/${hash}`,
    {
      ...grant,
      granteePrincipal: `arn:aws:iam::${account}:root`,
      operations,
      constraints: { encryptionContextSubset: { a: "1", b: "22", c: "33" } },
    },
    {
      leading: ["granteePrincipal", "constraints", "constraints.encryptionContextSubset"],
      maps: ["encryptionContextSubset"],
      also: { granteePrincipal: [account], "constraints.encryptionContextSubset": [context] },
    },
  ),
]

describe("a stored record", () => {
  for (const row of grants) describe(`of a grant: ${row.key}`, () => isKept(row))
})

describe("a grant is found again", () => {
  const record: GrantRecord = {
    ...grant,
    name: "name",
    granteePrincipal: app,
    operations: ["Encrypt", "Decrypt"],
  }
  const ofAll: GrantRecord = {
    ...record,
    granteeServicePrincipal: service,
    retiringPrincipal: app,
    retiringServicePrincipal: service,
    constraints: {
      encryptionContextEquals: context,
      encryptionContextSubset: { c: "3" },
      sourceArn: bucket,
    },
  }
  const ofRoot: GrantRecord = {
    ...record,
    retiringPrincipal: `arn:aws:iam::${account}:root`,
    constraints: { encryptionContextSubset: { a: "1" } },
  }

  it("by its id", () => {
    expect(grantPointerKey(record)).toBe(`grantid/${account}/${keyId}/${hash}`)
  })

  it("by its name and all that was asked for with it", () => {
    const at = (digest: string) => `grantname/${account}/${keyId}/${digest}`
    expect(grantNameKey(record)).toBe(at("0e112ea2dff9113441dfbbb3e0dcce4d"))
    expect(grantNameKey(ofAll)).toBe(at("fd14fe74a264e8260a8bb99f9903d4e2"))
    const ofNumber = { ...ofRoot, retiringPrincipal: account }
    expect(grantNameKey(ofNumber)).toBe(at("4f7edc6188d50afa54c781240f8c7f46"))
    expect(grantNameKey({ ...record, operations: ["Decrypt", "Encrypt"] })).toBe(
      grantNameKey(record),
    )
    expect(grantNameKey({ ...record, name: undefined })).toBeUndefined()
  })

  it("by who may retire it, an account by its number and its root alike", () => {
    const at = (digest: string) => `retiring/${digest}/${account}/${keyId}/${hash}`
    expect(retiringKey(ofAll)).toBe(at(ofService))
    expect(retiringKey(ofRoot)).toBe(at(ofAccount))
    expect(retiringKey({ ...ofAll, retiringServicePrincipal: undefined })).toBe(at(ofApp))
    expect(retiringKey(record)).toBeUndefined()
    expect(retiringPrefix(account)).toBe(`retiring/${ofAccount}/`)
    const others = [`x${ofRoot.retiringPrincipal}`, `${ofRoot.retiringPrincipal}/x`]
    for (const other of others) expect(retiringPrefix(other)).not.toBe(`retiring/${ofAccount}/`)
  })

  it("by the key of its record, which is read only as it is written", () => {
    const [{ key: grantKey }] = grants as [(typeof grants)[number]]
    const pointer = { key: "grantid/1", grantKey }
    const bytes = grantPointerFormat.encode(pointer)
    expect(grantPointerFormat.kind).toBe("grant pointer")
    expect(grantPointerFormat.keyOf(pointer)).toBe("grantid/1")
    expect(hexOf(bytes)).toBe(hexOf(textBytes(grantKey)))
    expect(grantPointerFormat.decode(bytes, "grantid/1")).toEqual(pointer)
    const others = [
      `x${grantKey}`,
      `${grantKey}0`,
      grantKey.replace(account, "1"),
      grantKey.replace(account, "a".repeat(12)),
      grantKey.replace(keyId, ""),
      grantKey.replace(keyId, "A"),
      grantKey.replace(ofApp, "0"),
      grantKey.replace(ofApp, "g".repeat(32)),
      grantKey.replace(both, `x${both.slice(1)}`),
      grantKey.replace(both, both.slice(1)),
      grantKey.replace(`${both}/`, ""),
      grantKey.replace(`${both}/`, `${both}/${both}/`),
      grantKey.replace(hash, hash.slice(1)),
      grantKey.replace(hash, "g".repeat(64)),
    ]
    for (const other of others) {
      expect(() => grantPointerFormat.decode(textBytes(other), "grantid/1"), other).toThrow(
        "the grant pointer record `grantid/1` does not parse",
      )
    }
  })
})
