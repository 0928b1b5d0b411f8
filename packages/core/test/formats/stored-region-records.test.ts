import { describe } from "vitest"
import {
  knownRegionFormat,
  offerFormat,
  outboxFormat,
  replicaDraftFormat,
  replicationKeyFormat,
  tombstoneFormat,
} from "../../src/formats/stored/region-records.js"
import {
  account,
  isKept,
  keyId,
  multiRegionId,
  noBytes,
  noCount,
  noKeyId,
  noName,
  noRegion,
  region,
  row,
} from "./stored-rows.js"

const ofRegions = [
  row(
    "replication key",
    replicationKeyFormat,
    "replication",
    { token: "AQID" },
    { bytes: ["token"], never: { token: noBytes } },
  ),
  row(
    "known region",
    knownRegionFormat,
    "region/us-east-1",
    { region, endorsement: "AQID" },
    { bytes: ["endorsement"], never: { region: noRegion, endorsement: noBytes } },
  ),
  row(
    "outbox",
    outboxFormat,
    `outbox/us-east-1/${account}/${multiRegionId}`,
    { account, keyId: multiRegionId, region, gone: { since: 0, deletedMs: 0 } },
    {
      optional: ["gone"],
      never: {
        ...noName,
        keyId: [...noKeyId, keyId],
        region: noRegion,
        "gone.since": noCount,
        "gone.deletedMs": noCount,
      },
    },
  ),
  row(
    "replica draft",
    replicaDraftFormat,
    `draft/us-east-1/${account}/${multiRegionId}`,
    {
      account,
      keyId: multiRegionId,
      region,
      createdMs: 0,
      description: "",
      policy: "{}",
      tags: [{ key: "k", value: "v" }],
    },
    {
      never: {
        ...noName,
        region: noRegion,
        createdMs: noCount,
        description: [1],
        policy: [1],
        "tags.0.key": [1],
        "tags.0.value": [1],
      },
    },
  ),
  row(
    "offer",
    offerFormat,
    `offer/${account}/${multiRegionId}`,
    { account, keyId: multiRegionId, source: region, offer: "AQID", offerToken: "BAUG" },
    {
      bytes: ["offer", "offerToken"],
      never: { ...noName, source: noRegion, offer: noBytes, offerToken: noBytes },
    },
  ),
  row(
    "tombstone",
    tombstoneFormat,
    `gone/${account}/${multiRegionId}`,
    { account, keyId: multiRegionId, version: 0 },
    { never: { ...noName, version: noCount } },
  ),
]

describe("a stored record", () => {
  for (const row of ofRegions)
    describe(`that a region keeps about others: ${row.kind}`, () => isKept(row))
})
