import { commitKeysMax, type Storage } from "@keywright/storage"
import {
  type GrantRecord,
  grantPrefix,
  grantRecordFormat,
} from "../../formats/stored/grant-records.js"
import {
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../../formats/stored/key-records.js"
import { keyStoreEntryFormat } from "../../formats/stored/key-store-records.js"
import type { Change } from "../../model/changes.js"
import { isDeleted } from "../../model/keys.js"
import { keyToStoreEntry } from "../../model/ties.js"
import type { Rest } from "../../ports/rest.js"
import type { Commit } from "./commit.js"
import { storageChange } from "./entries.js"
import type { ReadSet } from "./read-set.js"
import type { RecordReader } from "./record-reader.js"

/** What is read in one go: some two commits. */
const grantsAtOnce = 100
/** One key of a commit is that of the digest, which changes with it. */
const keysPerCommitMax = commitKeysMax - 1

/** How much may still be done; what does it counts down. */
export interface Budget {
  items: number
}

interface Stores {
  readonly storage: Storage
  readonly rest: Rest
}

/** Takes some grants away, in one commit. */
interface Removal {
  readonly remove: string[]
  grantsCount: number
}

/** As many grants in each as a commit has room for, beside what it expects. */
function removalsOf(grants: readonly GrantRecord[], roomMax: number): readonly Removal[] {
  const removals: Removal[] = []
  for (const before of grants) {
    const { remove } = storageChange([{ kind: "grant", before }], [])
    const last = removals.at(-1)
    if (last === undefined || last.remove.length + remove.length > roomMax) {
      removals.push({ remove: [...remove], grantsCount: 1 })
      continue
    }
    last.remove.push(...remove)
    last.grantsCount += 1
  }
  return removals
}

/**
 * Takes the grants of a key that is gone away, before the key: nothing else leads to them. False
 * when some are left: the budget is used up, or the key is no longer as it was read.
 */
export async function destroyGrants(
  { storage, rest }: Stores,
  reads: ReadSet,
  { account, keyId }: KeyRecord,
  budget: Budget = { items: Number.POSITIVE_INFINITY },
): Promise<boolean> {
  const prefix = grantPrefix(account, keyId)
  // The key must still be as it was read: a host whose clock is behind may have saved it.
  const expected = reads.expectations()
  for (;;) {
    await rest()
    const page = await reads.list(grantRecordFormat, { prefix, limit: grantsAtOnce })
    const grants = page.records.slice(0, budget.items)
    if (page.records.length === 0) return true
    if (grants.length === 0) return false
    for (const { remove, grantsCount } of removalsOf(grants, keysPerCommitMax - expected.length)) {
      await rest()
      if (!(await storage.commit({ expect: expected, put: [], remove }))) return false
      budget.items -= grantsCount
    }
  }
}

/** The external key is free again, unless another key has taken it since. */
async function leaveStore(reads: ReadSet, key: KeyRecord): Promise<readonly Change[]> {
  const entryKey = keyToStoreEntry.leadsTo(key)
  const before = entryKey && (await reads.read(keyStoreEntryFormat, entryKey))
  return before && keyToStoreEntry.agrees(key, before) ? [{ kind: "key store entry", before }] : []
}

/** What goes with a key that is deleted and has no grants any more: its aliases, its place. */
export async function deletionOf(reads: ReadSet, before: KeyRecord): Promise<readonly Change[]> {
  const { account, keyId } = before
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
  return changes
}

/**
 * Destroys a key whose deletion date has passed, with its grants, aliases and its `due` entry.
 * False when there is none, or another host was quicker.
 */
export async function destroyKey(
  host: Stores & { readonly reader: RecordReader; readonly commit: Commit },
  { account, keyId }: { readonly account: string; readonly keyId: string },
  nowMs: number,
): Promise<boolean> {
  const reads = await host.reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
  if (before === undefined || !isDeleted(before, nowMs)) return false
  if (!(await destroyGrants(host, reads, before))) return false
  return host.commit(await deletionOf(reads, before), reads)
}
