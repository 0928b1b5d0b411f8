import type { Storage } from "@keywright/storage"
import { grantPrefix, grantRecordFormat } from "../formats/grant-records.js"
import {
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../formats/records.js"
import type { Change } from "../model/changes.js"
import { isDeleted } from "../model/keys.js"
import { storageChange } from "./entries.js"
import type { RecordReader } from "./records.js"

interface Parts {
  readonly reader: RecordReader
  readonly storage: Storage
}

/** A grant has up to four entries, and a commit takes a hundred. */
const grantsPerCommit = 20

/** Takes the grants of a key that is gone away, before the key: nothing else leads to them. */
async function destroyGrants({ reader, storage }: Parts, key: KeyRecord): Promise<void> {
  const prefix = grantPrefix(key.account, key.keyId)
  for (;;) {
    const reads = await reader.begin()
    const page = await reads.list(grantRecordFormat, { prefix, limit: grantsPerCommit })
    if (page.records.length === 0) return
    const changes = page.records.map((before) => ({ kind: "grant", before }) as const)
    await storage.commit(storageChange(changes, []))
  }
}

/**
 * Destroys a key whose deletion date has passed, with its grants, aliases and its `due` entry.
 * False when there is none, or another host was quicker.
 */
export async function destroyKey(
  parts: Parts,
  { account, keyId }: { readonly account: string; readonly keyId: string },
  nowMs: number,
): Promise<boolean> {
  const reads = await parts.reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
  if (before === undefined || !isDeleted(before, nowMs)) return false
  await destroyGrants(parts, before)
  const changes: Change[] = [{ kind: "key", before }]
  const names = before.aliases.map((name) => aliasRecordKey(account, name))
  for (const alias of await reads.readMany(aliasRecordFormat, names)) {
    // A name whose key was gone may have been given to another key since.
    if (alias?.keyId === keyId) changes.push({ kind: "alias", before: alias })
  }
  return parts.storage.commit(storageChange(changes, reads.expectations()))
}
