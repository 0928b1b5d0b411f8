import { describe, expect, it } from "vitest"
import {
  type GrantPointer,
  type GrantRecord,
  grantNameKey,
  grantPointerKey,
  grantRecordFormat,
  retiringKey,
} from "../../src/formats/stored/grant-records.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  keyRecordFormat,
  keyRecordKey,
} from "../../src/formats/stored/key-records.js"
import {
  keyStoreEntryFormat,
  keyStoreEntryKey,
  keyStoresFormat,
  keyStoresKey,
} from "../../src/formats/stored/key-store-records.js"
import { tombstoneFormat, tombstoneKey } from "../../src/formats/stored/region-records.js"
import {
  aliasToKey,
  grantToKey,
  grantToPointer,
  keyToAlias,
  keyToStoreEntry,
  keyToStores,
  keyToTombstone,
  pointerToGrant,
  storeEntryToKey,
} from "../../src/model/ties.js"
import { account, alice, otherAccount, unknownKeyId } from "../support/accounts.js"
import { keyRecord, replicaOf } from "../support/key-records.js"

const name = "alias/a"
const key = keyRecord({ aliases: [name] })
const alias: AliasRecord = { account, name, keyId: unknownKeyId, createdMs: 1, updatedMs: 1 }
const grant: GrantRecord = {
  account,
  keyId: unknownKeyId,
  grantId: "a1".repeat(32),
  issuingAccount: account,
  createdMs: 1,
  name: "mine",
  granteePrincipal: alice,
  retiringPrincipal: alice,
  operations: ["Decrypt"],
}
const keyPlace = keyRecordKey(account, unknownKeyId)

describe("an alias and its key", () => {
  it("lead to each other, and agree while both say so", () => {
    expect([aliasToKey.from, aliasToKey.to]).toEqual([aliasRecordFormat, keyRecordFormat])
    expect(aliasToKey.leadsTo(alias)).toBe(keyPlace)
    expect(aliasToKey.agrees(alias, key)).toBe(true)
    expect(aliasToKey.agrees(alias, keyRecord({ aliases: ["alias/b"] }))).toBe(false)
    expect(aliasToKey.agrees(alias, undefined)).toBe(false)
    const back = keyToAlias(name)
    expect([back.from, back.to]).toEqual([keyRecordFormat, aliasRecordFormat])
    expect(back.leadsTo(key)).toBe(aliasRecordKey(account, name))
    expect(back.leadsTo(keyRecord())).toBeUndefined()
    expect(back.agrees(key, alias)).toBe(true)
    expect(back.agrees(key, { ...alias, keyId: "other" })).toBe(false)
    expect(back.agrees(key, undefined)).toBe(false)
  })
})

describe("a grant", () => {
  const pointer = (at: string | undefined): GrantPointer => ({
    key: at ?? "",
    grantKey: grantRecordFormat.keyOf(grant),
  })

  it("agrees with the pointers by which it is found", () => {
    for (const at of [grantPointerKey(grant), grantNameKey(grant), retiringKey(grant)]) {
      expect(pointerToGrant.leadsTo(pointer(at))).toBe(grantRecordFormat.keyOf(grant))
      expect(pointerToGrant.agrees(pointer(at), grant)).toBe(true)
      const { name: _, retiringPrincipal: __, ...bare } = grant
      const isPointer = at === grantPointerKey(grant)
      expect(pointerToGrant.agrees(pointer(at), bare)).toBe(isPointer)
      expect(pointerToGrant.agrees(pointer(at), undefined)).toBe(false)
    }
    expect(pointerToGrant.agrees(pointer("other"), grant)).toBe(false)
    expect(grantToPointer.leadsTo(grant)).toBe(grantPointerKey(grant))
    expect(grantToPointer.agrees(grant, pointer("any"))).toBe(true)
    expect(grantToPointer.agrees(grant, { key: "any", grantKey: "other" })).toBe(false)
    expect(grantToPointer.agrees(grant, undefined)).toBe(false)
  })

  it("is known to its key, unless that counts none or has seen it go", () => {
    expect(grantToKey.leadsTo(grant)).toBe(keyPlace)
    const counting = (grantsCount: number, grantsRevision?: string) =>
      grantToKey.agrees(grant, keyRecord({ grantsCount, grantsRevision }))
    expect(counting(1)).toBe(true)
    expect(counting(2, `+${grant.grantId}`)).toBe(true)
    expect(counting(1, "-other")).toBe(true)
    expect(counting(0)).toBe(false)
    expect(counting(1, `-${grant.grantId}`)).toBe(false)
    expect(grantToKey.agrees(grant, undefined)).toBe(false)
  })
})

describe("a key in a key store", () => {
  const inStore = keyRecord({
    origin: "EXTERNAL_KEY_STORE",
    keyStore: { id: "cks-1", xksKeyId: "x" },
  })
  const inCluster = keyRecord({ origin: "AWS_CLOUDHSM", keyStore: { id: "cks-1" } })
  const stores = (type: string, id = "cks-1") => ({ account, stores: [{ id, type }] }) as never

  it("agrees with a store of its id and its type", () => {
    expect([keyToStores.from, keyToStores.to]).toEqual([keyRecordFormat, keyStoresFormat])
    expect(keyToStores.leadsTo(inStore)).toBe(keyStoresKey(account))
    expect(keyToStores.leadsTo(key)).toBeUndefined()
    expect(keyToStores.agrees(inStore, stores("EXTERNAL_KEY_STORE"))).toBe(true)
    expect(keyToStores.agrees(inStore, stores("AWS_CLOUDHSM"))).toBe(false)
    expect(keyToStores.agrees(inStore, stores("EXTERNAL_KEY_STORE", "cks-2"))).toBe(false)
    expect(keyToStores.agrees(inStore, undefined)).toBe(false)
  })

  it("has its entry under the external key, or under its own id", () => {
    const entry = { account, storeId: "cks-1", name: "x", keyId: unknownKeyId }
    const own = { ...entry, name: unknownKeyId }
    expect([keyToStoreEntry.from, keyToStoreEntry.to]).toEqual([
      keyRecordFormat,
      keyStoreEntryFormat,
    ])
    expect(keyToStoreEntry.leadsTo(inStore)).toBe(keyStoreEntryKey(entry))
    expect(keyToStoreEntry.leadsTo(inCluster)).toBe(keyStoreEntryKey(own))
    expect(keyToStoreEntry.leadsTo(key)).toBeUndefined()
    expect(keyToStoreEntry.agrees(inStore, entry)).toBe(true)
    expect(keyToStoreEntry.agrees(inStore, { ...entry, keyId: "other" })).toBe(false)
    expect(keyToStoreEntry.agrees(inStore, undefined)).toBe(false)
    expect(storeEntryToKey.leadsTo(entry)).toBe(keyPlace)
    expect(storeEntryToKey.agrees(entry, inStore)).toBe(true)
    expect(storeEntryToKey.agrees(own, inCluster)).toBe(true)
    expect(storeEntryToKey.agrees(own, inStore)).toBe(false)
    expect(storeEntryToKey.agrees({ ...entry, storeId: "cks-2" }, inStore)).toBe(false)
    expect(storeEntryToKey.agrees({ ...entry, account: otherAccount }, inStore)).toBe(false)
    expect(storeEntryToKey.agrees(entry, key)).toBe(false)
    expect(storeEntryToKey.agrees(entry, undefined)).toBe(false)
  })
})

describe("a multi-Region key that was deleted", () => {
  it("does not come back but as a newer replica", () => {
    const replica = replicaOf({ since: 3 })
    const tombstone = (version: number) => ({ account, keyId: unknownKeyId, version })
    expect([keyToTombstone.from, keyToTombstone.to]).toEqual([keyRecordFormat, tombstoneFormat])
    expect(keyToTombstone.leadsTo(replica)).toBe(tombstoneKey(replica))
    expect(keyToTombstone.leadsTo(key)).toBeUndefined()
    expect(keyToTombstone.agrees(replica, undefined)).toBe(true)
    expect(keyToTombstone.agrees(replica, tombstone(2))).toBe(true)
    expect(keyToTombstone.agrees(replica, tombstone(3))).toBe(false)
    expect(keyToTombstone.agrees(replica, tombstone(4))).toBe(false)
    expect(keyToTombstone.agrees(key, tombstone(0))).toBe(false)
  })
})
