import { listLimitMax, type Storage } from "@keywright/storage"
import { type GrantRecord, grantRecordFormat } from "../../formats/stored/grant-records.js"
import { keyCountFormat, keyCountKey } from "../../formats/stored/key-count-record.js"
import {
  type AliasRecord,
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keysPrefix,
} from "../../formats/stored/key-records.js"
import type { RecordFormat } from "../../formats/stored/record-format.js"
import type { Change } from "../../model/changes.js"
import { agendaPrefix, parseAgendaKey, storageChange } from "./entries.js"

/*
 * What a storage holds of keys, as a whole: to put a world there and to take one out again. No
 * caller, no policy and no state has a say in it, so it is for the makers of tests alone.
 */

/** A key with everything that hangs on it. */
export interface KeyGroup {
  readonly key: KeyRecord
  readonly aliases: readonly AliasRecord[]
  readonly grants: readonly GrantRecord[]
}

/** A grant is four entries, of the hundred that a commit may have. */
const grantsPerCommit = 20
const aliasesPerCommit = 80

const chunksOf = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )

/** The count of keys with this one more; keys that AWS manages are not counted. */
async function countOf(storage: Storage, key: KeyRecord) {
  if (key.keyManager === "AWS") return { put: [], expect: [] }
  const name = keyCountKey(key.account)
  const [entry] = await storage.get([name])
  const { keys } = entry ? keyCountFormat.decode(entry.value, name) : { keys: 0 }
  const value = keyCountFormat.encode({ account: key.account, keys: keys + 1 })
  return { put: [{ key: name, value }], expect: [{ key: name, revision: entry?.revision }] }
}

/**
 * Writes a key that is not there yet. False when there is one of that id, or an alias or a grant
 * of that name; what was written until then stays.
 */
export async function writeKeyGroup(storage: Storage, group: KeyGroup): Promise<boolean> {
  const { key, aliases, grants } = group
  const making = <Value>(values: readonly Value[], kind: Change["kind"]): Change[] =>
    values.map((after) => ({ kind, after }) as Change)
  const batches = [
    making([key], "key"),
    ...chunksOf(aliases, aliasesPerCommit).map((some) => making(some, "alias")),
    ...chunksOf(grants, grantsPerCommit).map((some) => making(some, "grant")),
  ]
  const [first = [], ...others] = batches
  const count = await countOf(storage, key)
  const { put, expect, remove } = storageChange(first, [])
  const whole = { put: [...put, ...count.put], expect: [...expect, ...count.expect], remove }
  if (!(await storage.commit(whole))) return false
  for (const changes of others) {
    if (!(await storage.commit(storageChange(changes, [])))) return false
  }
  return true
}

async function readAll<Value>(
  storage: Storage,
  prefix: string,
  format: RecordFormat<Value>,
): Promise<readonly Value[]> {
  const values: Value[] = []
  let after: string | undefined
  for (;;) {
    const page = await storage.list({ prefix, after, limit: listLimitMax })
    for (const { key, value } of page.entries) values.push(format.decode(value, key))
    after = page.entries.at(-1)?.key
    if (!page.more) return values
  }
}

interface OfKey {
  readonly account: string
  readonly keyId: string
}

const ownerOf = ({ account, keyId }: OfKey): string => `${account}/${keyId}`

/** What hangs on each key. */
function byOwner<Value extends OfKey>(values: readonly Value[]): ReadonlyMap<string, Value[]> {
  const groups = new Map<string, Value[]>()
  for (const value of values) {
    const group = groups.get(ownerOf(value)) ?? []
    group.push(value)
    groups.set(ownerOf(value), group)
  }
  return groups
}

/** The record of every key of every account, in the order of accounts and key ids. */
export const readKeys = (storage: Storage): Promise<readonly KeyRecord[]> =>
  readAll(storage, keysPrefix, keyRecordFormat)

/** Every key with everything that hangs on it, in the same order. */
export async function readKeyGroups(storage: Storage): Promise<readonly KeyGroup[]> {
  const keys = await readKeys(storage)
  const aliases = byOwner(await readAll(storage, "alias/", aliasRecordFormat))
  const grants = byOwner(await readAll(storage, "grant/", grantRecordFormat))
  return keys.map((key) => ({
    key,
    aliases: aliases.get(ownerOf(key)) ?? [],
    grants: grants.get(ownerOf(key)) ?? [],
  }))
}

/** The first moment after `afterMs` at which the passing of time makes something due. */
export async function nextDueMs(storage: Storage, afterMs: number): Promise<number | undefined> {
  const after = `${agendaPrefix}${String(afterMs + 1).padStart(15, "0")}`
  const { entries } = await storage.list({ prefix: agendaPrefix, after, limit: 1 })
  const [entry] = entries
  return entry && parseAgendaKey(entry.key)?.dueMs
}

/** The key that an alias stands for, if there is such an alias. `name` with `alias/`. */
export async function aliasTarget(
  storage: Storage,
  account: string,
  name: string,
): Promise<string | undefined> {
  const key = aliasRecordKey(account, name)
  const [entry] = await storage.get([key])
  return entry && aliasRecordFormat.decode(entry.value, key).keyId
}
