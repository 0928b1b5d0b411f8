import type { Entry, Page } from "./contract.js"
import {
  createSlabs,
  dropSlab,
  dropValue,
  forkSlabs,
  type Slab,
  type Slabs,
  type Slot,
  storeValue,
  viewValue,
} from "./slabs.js"

/**
 * An ordered map from keys to bytes that is small in memory and cheap to fork.
 *
 * Entries lie in leaves of up to 64 neighbours. A leaf belongs to one map and is changed in place;
 * after a fork both maps see it as foreign and copy it before they write to it.
 *
 * The leaves alone are the truth. The index makes finding one key of 200,000 twice as fast and
 * more; a fork does without it, because copying it would cost more than the fork.
 */
export interface PackedMap {
  /** Leaves whose owner is this very object are ours to change. */
  owner: object
  readonly leaves: Leaf[]
  /** Where each leaf begins: above the leaf before and not above its own; first of all `""`. */
  readonly bounds: string[]
  readonly slabs: Slabs
  readonly index: Map<string, Slot> | undefined
}

interface Leaf {
  readonly owner: object
  readonly keys: string[]
  readonly slots: Slot[]
}

const leafEntriesMax = 64

export function createPackedMap(): PackedMap {
  const owner = {}
  return {
    owner,
    leaves: [{ owner, keys: [], slots: [] }],
    bounds: [""],
    slabs: createSlabs(),
    index: new Map(),
  }
}

/** Makes a second map with the same entries; from now on neither sees what the other writes. */
export function forkMap(map: PackedMap): PackedMap {
  map.owner = {}
  return {
    owner: {},
    leaves: map.leaves.slice(),
    bounds: map.bounds.slice(),
    slabs: forkSlabs(map.slabs),
    index: undefined,
  }
}

export const revisionOf = (map: PackedMap, key: string): number | undefined =>
  slotOf(map, key)?.revision

export function getEntry(map: PackedMap, key: string): Entry | undefined {
  const slot = slotOf(map, key)
  return slot === undefined ? undefined : entryOf(key, slot)
}

/** The entries from `from` up to and without `to`, at most `limit`, in the order of their keys. */
export function scanEntries(map: PackedMap, from: string, to: string, limit: number): Page {
  const entries: Entry[] = []
  let at = leafIndexOf(map, from)
  let leaf = leafAt(map, at)
  const found = indexOf(leaf.keys, from)
  let index = found < 0 ? ~found : found
  for (;;) {
    const key = leaf.keys[index]
    if (key === undefined) {
      at += 1
      if (at === map.leaves.length) return { entries, more: false }
      leaf = leafAt(map, at)
      index = 0
    } else if (key >= to) {
      return { entries, more: false }
    } else if (entries.length === limit) {
      return { entries, more: true }
    } else {
      entries.push(entryOf(key, leaf.slots[index] as Slot))
      index += 1
    }
  }
}

export function putEntry(map: PackedMap, key: string, value: Uint8Array, revision: number): void {
  const slot = storeValue(map.slabs, key, value, revision)
  map.index?.set(key, slot)
  const at = leafIndexOf(map, key)
  const leaf = ownLeaf(map, at)
  const index = indexOf(leaf.keys, key)
  const before = leaf.slots[index]
  if (before !== undefined) {
    leaf.slots[index] = slot
    forget(map, before)
    return
  }
  leaf.keys.splice(~index, 0, key)
  leaf.slots.splice(~index, 0, slot)
  if (leaf.keys.length > leafEntriesMax) splitLeaf(map, at, leaf)
}

export function removeEntry(map: PackedMap, key: string): void {
  const at = leafIndexOf(map, key)
  const index = indexOf(leafAt(map, at).keys, key)
  if (index < 0) return
  map.index?.delete(key)
  const leaf = ownLeaf(map, at)
  const [before] = leaf.slots.splice(index, 1)
  leaf.keys.splice(index, 1)
  if (leaf.keys.length === 0 && map.leaves.length > 1) {
    map.leaves.splice(at, 1)
    map.bounds.splice(at, 1)
    map.bounds[0] = ""
  }
  if (before !== undefined) forget(map, before)
}

/** Gives up a value, and moves away what is left in its slab if that is little. */
function forget(map: PackedMap, slot: Slot): void {
  const sparse = dropValue(map.slabs, slot)
  if (sparse === undefined) return
  for (const key of sparse.keys) moveValue(map, key, sparse)
  dropSlab(map.slabs, sparse)
}

function moveValue(map: PackedMap, key: string, away: Slab): void {
  const before = slotOf(map, key)
  if (before?.slab !== away) return
  const slot = storeValue(map.slabs, key, viewValue(before), before.revision, "settled")
  map.index?.set(key, slot)
  const leaf = ownLeaf(map, leafIndexOf(map, key))
  leaf.slots[indexOf(leaf.keys, key)] = slot
}

function splitLeaf(map: PackedMap, at: number, leaf: Leaf): void {
  const middle = leaf.keys.length >>> 1
  const keys = leaf.keys.splice(middle)
  map.bounds.splice(at + 1, 0, keys[0] as string)
  map.leaves.splice(at + 1, 0, { owner: map.owner, keys, slots: leaf.slots.splice(middle) })
}

/** The leaf as one that may be written to. */
function ownLeaf(map: PackedMap, at: number): Leaf {
  const leaf = leafAt(map, at)
  if (leaf.owner === map.owner) return leaf
  const own = { owner: map.owner, keys: leaf.keys.slice(), slots: leaf.slots.slice() }
  map.leaves[at] = own
  return own
}

function slotOf(map: PackedMap, key: string): Slot | undefined {
  if (map.index !== undefined) return map.index.get(key)
  const leaf = leafAt(map, leafIndexOf(map, key))
  return leaf.slots[indexOf(leaf.keys, key)]
}

const entryOf = (key: string, slot: Slot): Entry => ({
  key,
  value: viewValue(slot),
  revision: slot.revision,
})

const leafAt = (map: PackedMap, at: number): Leaf => map.leaves[at] as Leaf

/** Which leaf has the key or would get it: the last that begins at or below it. */
function leafIndexOf(map: PackedMap, key: string): number {
  const index = indexOf(map.bounds, key)
  return index < 0 ? ~index - 1 : index
}

/** The index of a key in sorted keys, or the complement (`~`) of where it belongs. */
function indexOf(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = keys[middle] as string
    if (other < key) low = middle + 1
    else if (other === key) return middle
    else high = middle
  }
  return ~low
}
