import { describe, expect, it } from "vitest"
import { keyRecordFormat } from "../../src/formats/stored/key-records.js"
import { utf8 } from "../../src/vocabulary/bytes.js"
import {
  account,
  hash,
  isKept,
  keyId,
  multiRegionId,
  noBytes,
  noCount,
  noDigits,
  noName,
  noRegion,
  region,
  row,
  storeId,
} from "./stored-rows.js"

const material = {
  id: hash,
  state: "CURRENT",
  createdMs: 0,
  description: "",
  rotationType: "AUTOMATIC",
  rotatedMs: 0,
  token: "AQID",
  expiresMs: 0,
}
const key = {
  account,
  keyId,
  createdMs: 0,
  description: "",
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyManager: "CUSTOMER",
}
const rest = {
  rotation: { periodDays: 1, nextMs: 0 },
  policy: "{}",
  tags: [{ key: "k", value: "v" }],
  aliases: ["alias/a"],
  grantsCount: 0,
  grantsRevision: `+${hash}`,
  materials: [material],
}
const optional = [
  "rotation",
  "grantsRevision",
  ...["description", "rotationType", "rotatedMs", "token", "expiresMs"].map(
    (name) => `materials.0.${name}`,
  ),
]
const noPart = {
  ...noName,
  createdMs: noCount,
  description: [1],
  keySpec: ["", "OTHER"],
  keyUsage: ["", "OTHER", "SIGN_VERIFY"],
  origin: ["", "OTHER"],
  keyManager: ["", "OTHER"],
  state: ["", "OTHER"],
  "rotation.periodDays": [...noCount, 0],
  "rotation.nextMs": noCount,
  policy: [
    1,
    {},
    { default: "aws", more: 1 },
    ...["", "A", "Aaws", "-aws", "aws!", "aws\n", "a".repeat(33), 1].map((name) => ({
      default: name,
    })),
  ],
  "tags.0.key": [1],
  "tags.0.value": [1],
  "aliases.0": [1],
  grantsCount: noCount,
  grantsRevision: ["", hash, `*${hash}`, `++${hash}`, ...noDigits(64).map((text) => `+${text}`)],
  "materials.0.id": noDigits(64),
  "materials.0.state": ["", "OTHER"],
  "materials.0.createdMs": noCount,
  "materials.0.description": [1],
  "materials.0.rotationType": ["", "OTHER"],
  "materials.0.rotatedMs": noCount,
  "materials.0.token": noBytes,
  "materials.0.expiresMs": noCount,
}

const keys = [
  row(
    "key",
    keyRecordFormat,
    `key/${account}/${keyId}`,
    { ...key, state: "PendingDeletion", deletionMs: 0, ...rest },
    {
      optional,
      bytes: ["token"],
      also: {
        keyManager: ["AWS"],
        origin: ["EXTERNAL", "AWS_CLOUDHSM"],
        grantsRevision: [`-${hash}`],
        "materials.0.state": ["NON_CURRENT"],
        "materials.0.rotationType": ["ON_DEMAND"],
        tags: [[]],
        aliases: [[]],
        materials: [[]],
      },
      never: { ...noPart, deletionMs: noCount, multiRegion: [{}] },
    },
  ),
  row(
    "key",
    keyRecordFormat,
    `key/${account}/${keyId}`,
    { ...key, state: "Enabled", keyStore: { id: storeId, xksKeyId: "external" }, ...rest },
    {
      optional: [...optional, "keyStore", "keyStore.xksKeyId"],
      bytes: ["token"],
      never: { "keyStore.id": [1], "keyStore.xksKeyId": [1], deletionMs: [0] },
    },
  ),
  row(
    "key",
    keyRecordFormat,
    `key/${account}/${multiRegionId}`,
    {
      ...key,
      keyId: multiRegionId,
      multiRegion: {
        type: "PRIMARY",
        primaryRegion: region,
        replicas: [{ region, since: 0, reported: { number: 0, materials: [hash] } }],
        version: 0,
        since: 0,
        reports: 0,
        rotating: { type: "AUTOMATIC", atMs: 0 },
        handingOver: { state: "Enabled", since: 0 },
        rejectedVersion: 0,
      },
      state: "PendingReplicaDeletion",
      pendingWindowDays: 1,
      pendingFromMs: 0,
      ...rest,
    },
    {
      optional: [
        ...optional,
        "pendingWindowDays",
        "pendingFromMs",
        "multiRegion.replicas.0.reported",
        "multiRegion.rotating",
        "multiRegion.handingOver",
        "multiRegion.rejectedVersion",
      ],
      bytes: ["token"],
      also: {
        "multiRegion.type": ["REPLICA"],
        "multiRegion.replicas": [[]],
        "multiRegion.rotating.type": ["ON_DEMAND"],
      },
      never: {
        ...noPart,
        pendingWindowDays: [...noCount, 0],
        pendingFromMs: noCount,
        "multiRegion.type": ["", "OTHER"],
        "multiRegion.primaryRegion": noRegion,
        "multiRegion.replicas.0.region": noRegion,
        "multiRegion.replicas.0.since": noCount,
        "multiRegion.replicas.0.reported.number": noCount,
        "multiRegion.replicas.0.reported.materials.0": noDigits(64),
        "multiRegion.version": noCount,
        "multiRegion.since": noCount,
        "multiRegion.reports": noCount,
        "multiRegion.rotating.type": ["", "OTHER"],
        "multiRegion.rotating.atMs": noCount,
        "multiRegion.handingOver.state": ["", "OTHER"],
        "multiRegion.handingOver.since": noCount,
        "multiRegion.rejectedVersion": noCount,
      },
    },
  ),
]

it("the record of a multi-Region key is none without its relation, whatever else it has", () => {
  const value = { ...key, keyId: multiRegionId, state: "Enabled", ...rest }
  const at = `key/${account}/${multiRegionId}`
  expect(() => keyRecordFormat.decode(utf8(JSON.stringify({ v: 1, value })), at)).toThrow(
    "does not parse at `value.multiRegion`",
  )
})

describe("a stored record", () => {
  for (const row of keys) {
    const { keyId, keyStore, state } = row.written as Partial<Record<string, unknown>>
    const where = keyStore === undefined ? `${keyId}, ${state}` : "in a key store"
    describe(`of a key: ${where}`, () => isKept(row))
  }
})
