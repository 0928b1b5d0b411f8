import type { GrantRecord } from "../../src/formats/stored/grant-records.js"
import type { AliasRecord, KeyRecord } from "../../src/formats/stored/key-records.js"
import type { KeyStoreEntry, KeyStoresRecord } from "../../src/formats/stored/key-store-records.js"
import type { MultiRegionRecord } from "../../src/formats/stored/multi-region-record.js"
import { account, alice, app } from "./accounts.js"
import { keyRecord as anyKeyRecord, relation } from "./key-records.js"

/*
 * Records as an engine would have written them, for those who look at how they are kept.
 */

export const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
export const multiRegionId = `mrk-${"1a".repeat(16)}`
export const storeId = `cks-${"0a".repeat(8)}0`
export const grantId = "0f".repeat(32)

/** A key with all that can come due. */
export const keyRecord = (members: Partial<KeyRecord> = {}): KeyRecord =>
  anyKeyRecord({ keyId, createdMs: 1, materials: [], ...members })

export const material = (members: object = {}) =>
  ({
    id: "0a".repeat(32),
    state: "CURRENT",
    createdMs: 1,
    token: Uint8Array.of(1),
    ...members,
  }) as KeyRecord["materials"][number]

export const multiRegion = (members: Partial<MultiRegionRecord> = {}): MultiRegionRecord =>
  relation({ version: 1, ...members })

export const aliasRecord = (members: Partial<AliasRecord> = {}): AliasRecord => ({
  account,
  name: "alias/a",
  keyId,
  createdMs: 1,
  updatedMs: 1,
  ...members,
})

export const grantRecord = (members: Partial<GrantRecord> = {}): GrantRecord =>
  ({
    account,
    keyId,
    grantId,
    issuingAccount: account,
    createdMs: 1,
    name: "name",
    granteePrincipal: app,
    retiringPrincipal: alice,
    operations: ["Decrypt"],
    ...members,
  }) as GrantRecord

const secret = {
  keyMaterialId: "0a".repeat(32),
  token: Uint8Array.of(1),
  ciphertext: Uint8Array.of(2),
}

export const keyStores = (...ids: readonly string[]): KeyStoresRecord =>
  ({
    account,
    stores: ids.map((id) => ({
      id,
      name: id,
      createdMs: 1,
      state: "CONNECTED",
      type: "AWS_CLOUDHSM",
      clusterId: "cluster-1",
      trustAnchorCertificate: "certificate",
      password: secret,
    })),
  }) as unknown as KeyStoresRecord

export const keyStoreEntry = (members: Partial<KeyStoreEntry> = {}): KeyStoreEntry => ({
  account,
  storeId,
  name: keyId,
  keyId,
  ...members,
})
