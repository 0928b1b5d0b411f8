/**
 * Values packed into slabs: a buffer of its own costs a value some 350 bytes, and a collection of
 * the whole heap now and then.
 *
 * Bytes in a slab are written once and never again, so a view of them may be handed out, and maps
 * that were forked from one another may share slabs. Which part of a slab is still live is counted
 * for each map; a slab that is mostly dead is reported, so that its owner moves the rest away and
 * the collector takes it. What was moved away stays by itself: most of what dies is what was
 * written last, above all what every commit writes anew, and a slab with it would be a third dead.
 */
export interface Slabs {
  /** The bytes that are live in each slab. */
  readonly liveBytes: Map<Slab, number>
  /** Where new values are appended. Nobody else appends to it. */
  current: Slab | undefined
  /** Where values are appended that have outlived their slab. */
  settled: Slab | undefined
}

/** Where a value is appended. */
type Shelf = "current" | "settled"

export interface Slab {
  readonly bytes: Uint8Array<ArrayBuffer>
  used: number
  /** The keys of the values in it, live or dead. */
  readonly keys: string[]
}

/** A value in a slab, as of a revision. Immutable. */
export interface Slot {
  readonly revision: number
  readonly slab: Slab
  readonly start: number
  readonly length: number
}

const slabBytes = 131_072
const slabBytesMin = 4096

export const createSlabs = (): Slabs => ({
  liveBytes: new Map(),
  current: undefined,
  settled: undefined,
})

/** Makes a second account of the same slabs; from now on each side appends to slabs of its own. */
export function forkSlabs(slabs: Slabs): Slabs {
  slabs.current = undefined
  slabs.settled = undefined
  return { liveBytes: new Map(slabs.liveBytes), current: undefined, settled: undefined }
}

/** Copies a value into a slab. */
export function storeValue(
  slabs: Slabs,
  key: string,
  value: Uint8Array,
  revision: number,
  shelf: Shelf = "current",
): Slot {
  const slab = slabWithRoom(slabs, shelf, value.length)
  const slot = { revision, slab, start: slab.used, length: value.length }
  slab.bytes.set(value, slab.used)
  slab.used += value.length
  slab.keys.push(key)
  slabs.liveBytes.set(slab, (slabs.liveBytes.get(slab) ?? 0) + value.length)
  return slot
}

/** Slabs double from a few KiB on, so that a small store is small; a large value gets its own. */
function slabWithRoom(slabs: Slabs, shelf: Shelf, length: number): Slab {
  if (length > slabBytes / 4) return createSlab(length)
  const last = slabs[shelf]
  if (last !== undefined && last.used + length <= last.bytes.length) return last
  const next = last === undefined ? slabBytesMin : Math.min(last.bytes.length * 2, slabBytes)
  const slab = createSlab(Math.max(next, length))
  slabs[shelf] = slab
  return slab
}

const createSlab = (length: number): Slab => ({
  bytes: new Uint8Array(length),
  used: 0,
  keys: [],
})

/** Counts a value as dead; answers its slab if that should be emptied now. */
export function dropValue(slabs: Slabs, { slab, length }: Slot): Slab | undefined {
  const live = (slabs.liveBytes.get(slab) ?? 0) - length
  slabs.liveBytes.set(slab, live)
  const isOpen = slab === slabs.current || slab === slabs.settled
  return !isOpen && live * 3 < slab.used * 2 ? slab : undefined
}

/** Forgets a slab that was emptied. */
export function dropSlab(slabs: Slabs, slab: Slab): void {
  slabs.liveBytes.delete(slab)
}

/** The bytes of a value, without a copy. */
export const viewValue = ({ slab, start, length }: Slot): Uint8Array =>
  new Uint8Array(slab.bytes.buffer, start, length)
