import type { KeyMaterialRecord, KeyRecord } from "../../src/formats/stored/key-records.js"
import type { MultiRegionRecord } from "../../src/formats/stored/multi-region-record.js"
import { account, unknownKeyId } from "./accounts.js"

export const atMs = 1_000_000

/** A material that is there, under a short id. */
export const materialOf = (
  id: string,
  more: Partial<Omit<KeyMaterialRecord, "token">> = {},
): KeyMaterialRecord & { readonly token: Uint8Array } => ({
  id,
  state: "CURRENT",
  createdMs: atMs,
  token: Uint8Array.of(1),
  ...more,
})

/** An enabled symmetric key with one material, as it stands before anything happens. */
export const keyRecord = (more: Partial<KeyRecord> = {}): KeyRecord => ({
  account,
  keyId: unknownKeyId,
  createdMs: atMs,
  description: "",
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyManager: "CUSTOMER",
  state: "Enabled",
  policy: "{}",
  tags: [],
  aliases: [],
  grantsCount: 0,
  materials: [materialOf("one")],
  ...more,
})

export const relation = (more: Partial<MultiRegionRecord> = {}): MultiRegionRecord => ({
  type: "PRIMARY",
  primaryRegion: "us-east-1",
  replicas: [],
  version: 5,
  since: 0,
  reports: 0,
  ...more,
})

/** A primary in `us-east-1`. */
export const primaryOf = (
  relationMore: Partial<MultiRegionRecord> = {},
  more: Partial<KeyRecord> = {},
): KeyRecord => keyRecord({ multiRegion: relation(relationMore), ...more })

/** A replica in `eu-west-1`. */
export const replicaOf = (
  relationMore: Partial<MultiRegionRecord> = {},
  more: Partial<KeyRecord> = {},
): KeyRecord => primaryOf({ type: "REPLICA", since: 3, ...relationMore }, more)
