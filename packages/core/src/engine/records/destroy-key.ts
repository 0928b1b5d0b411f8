import { grantPrefix, grantRecordFormat } from "../../formats/stored/grant-records.js"
import {
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../../formats/stored/key-records.js"
import { keyStoreEntryFormat, keyStoreEntryKey } from "../../formats/stored/key-store-records.js"
import type { Change } from "../../model/changes.js"
import { isDeleted } from "../../model/keys.js"
import type { Commit } from "./commit.js"
import type { ReadSet, RecordReader } from "./record-reader.js"

/** A grant has up to four entries, and a commit takes a hundred. */
const grantsPerCommit = 20

/** Takes the grants of a key that is gone away, before the key: nothing else leads to them. */
async function destroyGrants(
  commit: Commit,
  reads: ReadSet,
  { account, keyId }: KeyRecord,
): Promise<void> {
  const prefix = grantPrefix(account, keyId)
  for (;;) {
    const page = await reads.list(grantRecordFormat, { prefix, limit: grantsPerCommit })
    if (page.records.length === 0) return
    const changes = page.records.map((before) => ({ kind: "grant", before }) as const)
    // The key must still be as it was read: a host whose clock is behind may have saved it.
    if (!(await commit(changes, reads))) return
  }
}

/** The external key is free again, unless another key has taken it since. */
async function leaveStore(reads: ReadSet, key: KeyRecord): Promise<readonly Change[]> {
  const { account, keyId, keyStore } = key
  if (keyStore === undefined) return []
  const name = keyStore.xksKeyId ?? keyId
  const entryKey = keyStoreEntryKey({ account, storeId: keyStore.id, name })
  const before = await reads.read(keyStoreEntryFormat, entryKey)
  return before?.keyId === keyId ? [{ kind: "key store entry", before }] : []
}

/**
 * Destroys a key whose deletion date has passed, with its grants, aliases and its `due` entry.
 * False when there is none, or another host was quicker.
 */
export async function destroyKey(
  { reader, commit }: { readonly reader: RecordReader; readonly commit: Commit },
  { account, keyId }: { readonly account: string; readonly keyId: string },
  nowMs: number,
): Promise<boolean> {
  const reads = await reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
  if (before === undefined || !isDeleted(before, nowMs)) return false
  await destroyGrants(commit, reads, before)
  const changes: Change[] = [
    { kind: "key", before },
    { kind: "key count", account, more: -1 },
    ...(await leaveStore(reads, before)),
  ]
  const names = before.aliases.map((name) => aliasRecordKey(account, name))
  for (const alias of await reads.readMany(aliasRecordFormat, names)) {
    // A name whose key was gone may have been given to another key since.
    if (alias?.keyId === keyId) changes.push({ kind: "alias", before: alias })
  }
  return commit(changes, reads)
}
