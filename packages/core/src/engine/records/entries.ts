import type { Expectation, Change as StorageChange } from "@keywright/storage"
import {
  type GrantRecord,
  grantNameKey,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
  retiringKey,
} from "../../formats/stored/grant-records.js"
import { keyNameFormat } from "../../formats/stored/key-name-record.js"
import {
  aliasRecordFormat,
  type KeyRecord,
  keyRecordFormat,
} from "../../formats/stored/key-records.js"
import {
  type KeyStoresRecord,
  keyStoreDomainKey,
  keyStoreEntryFormat,
  keyStoresFormat,
} from "../../formats/stored/key-store-records.js"
import { lastUsageKey } from "../../formats/stored/last-usage-record.js"
import type { RecordFormat } from "../../formats/stored/record-format.js"
import {
  outboxFormat,
  outboxKey,
  outboxPrefix,
  type ReplicaDraftRecord,
  replicaDraftFormat,
  replicaDraftKey,
  tombstoneFormat,
  tombstoneKey,
} from "../../formats/stored/region-records.js"
import type { Change } from "../../model/changes.js"
import { announcements, stamped } from "../../model/replicas.js"
import { nextRotationMs } from "../../model/rotation.js"
import { noBytes } from "../../vocabulary/bytes.js"
import { pick } from "../../vocabulary/pick.js"

/*
 * How proposed changes become storage entries, and the only place where indexes are written.
 *
 * The agenda lists what the passing of time makes due, soonest first:
 * `due/<time>/<account>/<key id>`, with nothing in it.
 */

export const agendaPrefix = "due/"

/** Milliseconds in a form that sorts as text, up to the year 33658. */
const sortable = (timeMs: number): string => String(timeMs).padStart(15, "0")

function agendaOf(key: KeyRecord, rotationMs: number | undefined): readonly string[] {
  const { account, keyId, deletionMs, multiRegion, materials } = key
  const rotatingMs = multiRegion?.rotating?.atMs
  const expiries = materials.map(({ expiresMs }) => expiresMs)
  const times = new Set([deletionMs, rotationMs, rotatingMs, ...expiries])
  return [...times]
    .filter((timeMs) => timeMs !== undefined)
    .map((timeMs) => `${agendaPrefix}${sortable(timeMs)}/${account}/${keyId}`)
}

/** The agenda of a key: its deletion, its next rotation, and the expiry of its materials. */
export const agendaKeys = (key: KeyRecord): readonly string[] => agendaOf(key, nextRotationMs(key))

/**
 * With the rotation of a key that does not rotate now. It may be there from when the key did, until
 * a sweep comes upon it.
 */
export const formerAgendaKeys = (key: KeyRecord): readonly string[] =>
  agendaOf(key, key.multiRegion?.type === "REPLICA" ? undefined : key.rotation?.nextMs)

/** One entry of the agenda: its storage key, and what it says. */
export interface AgendaEntry {
  readonly key: string
  readonly dueMs: number
  readonly account: string
  readonly keyId: string
}

/** What a storage key of the agenda says; `undefined` for what is none. */
export function parseAgendaKey(key: string): AgendaEntry | undefined {
  const [, time, account, keyId] = /^due\/(\d{15})\/(\d{12})\/([0-9a-z-]+)$/.exec(key) ?? []
  if (time === undefined || account === undefined || keyId === undefined) return undefined
  return { key, dueMs: Number(time), account, keyId }
}

type Draft = Pick<StorageChange, "put" | "remove">

/** What other regions have to be told, and what must not come back from them. */
function regionEntries(before: KeyRecord | undefined, after: KeyRecord | undefined): Draft["put"] {
  const key = after ?? before
  if (key?.multiRegion === undefined) return []
  const { account, keyId } = key
  const told = announcements(before, after).map(({ region, gone }) => {
    const entry = { account, keyId, region, gone }
    return { key: outboxKey(entry), value: outboxFormat.encode(entry) }
  })
  // No region has anything to say of a primary that is gone: its replicas went before it.
  if (after !== undefined || key.multiRegion.type === "PRIMARY") return told
  const tombstone = { account, keyId, version: key.multiRegion.version }
  return [...told, { key: tombstoneKey(key), value: tombstoneFormat.encode(tombstone) }]
}

/** What goes when a key goes. */
const recordsOf = (key: KeyRecord): readonly string[] => [
  keyRecordFormat.keyOf(key),
  keyNameFormat.keyOf(key),
  lastUsageKey(key),
]

function keyEntries(before: KeyRecord | undefined, proposed: KeyRecord | undefined): Draft {
  const after = proposed && stamped(before, proposed)
  const dueBefore = new Set(before && agendaKeys(before))
  const mayBeDue = new Set(after && formerAgendaKeys(after))
  const newlyDue = after ? agendaKeys(after).filter((key) => !dueBefore.has(key)) : []
  const put = [...newlyDue.map((key) => ({ key, value: noBytes })), ...regionEntries(before, after)]
  const remove = before ? formerAgendaKeys(before).filter((key) => !mayBeDue.has(key)) : []
  if (after !== undefined && !(before && before.deletionMs === after.deletionMs)) {
    put.push({ key: keyNameFormat.keyOf(after), value: keyNameFormat.encode(after) })
  }
  if (after !== undefined) {
    const key = keyRecordFormat.keyOf(after)
    return { put: [{ key, value: keyRecordFormat.encode(after) }, ...put], remove }
  }
  if (before === undefined) return { put, remove }
  return { put, remove: [...recordsOf(before), ...remove] }
}

function replicaDraftEntries(
  before: ReplicaDraftRecord | undefined,
  after: ReplicaDraftRecord | undefined,
): Draft {
  if (after !== undefined) {
    return {
      put: [{ key: replicaDraftKey(after), value: replicaDraftFormat.encode(after) }],
      remove: [],
    }
  }
  return { put: [], remove: before === undefined ? [] : [replicaDraftKey(before)] }
}

/** Of a record that nothing else points to. */
const plainEntries =
  <Value>(format: RecordFormat<Value>) =>
  (before: Value | undefined, after: Value | undefined): Draft => {
    if (after !== undefined) {
      return { put: [{ key: format.keyOf(after), value: format.encode(after) }], remove: [] }
    }
    return { put: [], remove: before === undefined ? [] : [format.keyOf(before)] }
  }

/** A grant stands by key and grantee; pointers lead there by id, name and retiring principal. */
function grantEntries(before: GrantRecord | undefined, after: GrantRecord | undefined): Draft {
  const pointersOf = (grant: GrantRecord) =>
    [grantPointerKey(grant), grantNameKey(grant), retiringKey(grant)].filter(
      (key) => key !== undefined,
    )
  if (after !== undefined) {
    const grantKey = grantRecordFormat.keyOf(after)
    const pointers = pointersOf(after).map((key) => ({
      key,
      value: grantPointerFormat.encode({ key, grantKey }),
    }))
    return {
      put: [{ key: grantKey, value: grantRecordFormat.encode(after) }, ...pointers],
      remove: [],
    }
  }
  if (before === undefined) return { put: [], remove: [] }
  return { put: [], remove: [grantRecordFormat.keyOf(before), ...pointersOf(before)] }
}

const putStores = plainEntries(keyStoresFormat)

/** The stores of an account; with a store goes the domain that its keys were in. */
function keyStoresEntries(
  before: KeyStoresRecord | undefined,
  after: KeyStoresRecord | undefined,
): Draft {
  const kept = new Set(after?.stores.map(({ id }) => id))
  const gone = before?.stores.filter(({ id }) => !kept.has(id)) ?? []
  const domains = gone.map(({ id }) => keyStoreDomainKey(before?.account ?? "", id))
  const { put, remove } = putStores(before, after)
  return { put, remove: [...remove, ...domains] }
}

const entriesOf = (change: Change): Draft =>
  pick<(before: unknown, after: unknown) => Draft>(entryTable, change.kind)(
    change.before,
    change.after,
  )

const entryTable = {
  key: keyEntries,
  alias: plainEntries(aliasRecordFormat),
  grant: grantEntries,
  // Counted when it is written: see the desk.
  "key count": () => ({ put: [], remove: [] }),
  "key stores": keyStoresEntries,
  "key store entry": plainEntries(keyStoreEntryFormat),
  "replica draft": replicaDraftEntries,
} as const

/** What may be there already, and then is overwritten: it says no more than before. */
const unguardedPrefixes = [agendaPrefix, "listed/", outboxPrefix, "draft/", "gone/"] as const

/**
 * One storage change for all that a call proposes. It expects everything that the call has read
 * of the storage to be as it was, and the records that it makes not to be there; `known` names
 * those of which the call has read more than that.
 */
export function storageChange(
  changes: readonly Change[],
  read: readonly Expectation[],
  known: ReadonlySet<string> = new Set(read.map(({ key }) => key)),
): StorageChange {
  const drafts = changes.map(entriesOf)
  const put = drafts.flatMap((draft) => draft.put)
  const remove = drafts.flatMap((draft) => draft.remove)
  const made = put
    .filter(({ key }) => !known.has(key))
    .filter(({ key }) => !unguardedPrefixes.some((prefix) => key.startsWith(prefix)))
    .map(({ key }) => ({ key, revision: undefined }))
  return { expect: [...read, ...made], put, remove }
}
