import { type Change, checkChange, commitBytesMax, commitKeysMax } from "@keywright/storage"
import { keyCountKey } from "../../formats/stored/key-count-record.js"
import { limits } from "../../vocabulary/limits.js"
import type { DecidedWrite, PendingEntry } from "./pending.js"

/** One write among those that one commit is to carry. */
export interface Member {
  readonly write: DecidedWrite
  readonly written: Promise<boolean>
  readonly settle: (isWritten: boolean) => void
  readonly fail: (error: unknown) => void
}

/** The writes that one commit is to carry, in the order in which they were decided. */
export interface Batch {
  readonly members: Member[]
  /** What the writes leave behind, of each entry the last. */
  readonly entries: Map<string, PendingEntry>
  readonly expect: Map<string, number | undefined>
  /** Of the commit, with those of the counts that it will write. */
  readonly keys: Set<string>
  bytes: number
}

export const newBatch = (): Batch => ({
  members: [],
  entries: new Map(),
  expect: new Map(),
  keys: new Set(),
  bytes: 0,
})

function newMember(write: DecidedWrite): Member {
  let settle: Member["settle"] = () => {}
  let fail: Member["fail"] = () => {}
  const written = new Promise<boolean>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  // Whoever submitted it hears of it; others may be waiting too, or nobody else.
  written.catch(() => undefined)
  return { write, written, settle, fail }
}

/**
 * Whether a write relies on what a batch is about to change. What is absent and is removed does
 * not change.
 */
export function clashes({ entries, expect }: Batch, write: DecidedWrite): boolean {
  for (const [key, entry] of write.relied) if (entries.get(key) !== entry) return true
  return write.expect.some(({ key, revision }) => {
    const isSame = expect.has(key) && expect.get(key) === revision
    const entry = entries.get(key)
    if (entry === undefined) return expect.has(key) && !isSame
    return !isSame || revision !== undefined || entry.value !== undefined
  })
}

/** Whether a write expects something of entries that are being written. */
export const isAbout = (entries: Batch["entries"], { expect }: DecidedWrite): boolean =>
  expect.some(({ key }) => entries.has(key))

function keysOf({ expect, put, remove, tallies }: DecidedWrite): readonly string[] {
  const counts = tallies.map(({ account }) => keyCountKey(account))
  return [...expect.map(({ key }) => key), ...put.map(({ key }) => key), ...remove, ...counts]
}

function bytesOf({ put }: DecidedWrite): number {
  return put.reduce((bytes, { key, value }) => bytes + key.length + value.length, 0)
}

/** One key of a commit is that of the digest, which changes with it. */
const recordsPerCommitMax = commitKeysMax - 1

/** What the keys of a commit may take of its bytes. */
const keyBytesReserve = commitBytesMax / 8

/** Whether a commit can carry one write more. The first always has room: the storage says no. */
export function hasRoom({ members, keys, bytes }: Batch, write: DecidedWrite): boolean {
  if (members.length === 0) return true
  const more = keysOf(write).filter((key) => !keys.has(key))
  return (
    members.length < limits.writesTogetherMax &&
    keys.size + new Set(more).size <= recordsPerCommitMax &&
    bytes + bytesOf(write) <= commitBytesMax - keyBytesReserve
  )
}

/** Adds a write that clashes with nothing and has room. Throws `TypeError` for a wrong one. */
export function join(batch: Batch, write: DecidedWrite): Member {
  checkChange(write)
  const member = newMember(write)
  const { written } = member
  for (const key of keysOf(write)) batch.keys.add(key)
  for (const { key, revision } of write.expect) batch.expect.set(key, revision)
  for (const key of write.remove) batch.entries.set(key, { key, value: undefined, written })
  for (const { key, value } of write.put) batch.entries.set(key, { key, value, written })
  batch.bytes += bytesOf(write)
  batch.members.push(member)
  return member
}

/** One change for all of them. */
export function mergedChange(members: readonly Member[]): Change {
  const expect = new Map<string, number | undefined>()
  const after = new Map<string, Uint8Array | undefined>()
  for (const { write } of members) {
    for (const { key, revision } of write.expect) expect.set(key, revision)
    for (const key of write.remove) after.set(key, undefined)
    for (const { key, value } of write.put) after.set(key, value)
  }
  const put: { key: string; value: Uint8Array }[] = []
  const remove: string[] = []
  for (const [key, value] of after) {
    if (value === undefined) remove.push(key)
    else put.push({ key, value })
  }
  return { expect: [...expect].map(([key, revision]) => ({ key, revision })), put, remove }
}

/**
 * Parts those that can be written from those that cannot: what fails `holds`, and what relies on
 * a write that does.
 */
export function part(
  members: readonly Member[],
  holds: (member: Member) => boolean,
): { readonly winners: readonly Member[]; readonly losers: readonly Member[] } {
  const winners: Member[] = []
  const losers: Member[] = []
  const lost = new Set<Promise<boolean>>()
  for (const member of members) {
    const reliesOnLost = [...member.write.relied.values()].some(({ written }) => lost.has(written))
    if (!reliesOnLost && holds(member)) {
      winners.push(member)
      continue
    }
    lost.add(member.written)
    losers.push(member)
  }
  return { winners, losers }
}

/** Both in one. What both expect is as the first expects it, who was first to decide. */
export function joined(a: Change, b: Change): Change {
  const expected = new Set(a.expect.map(({ key }) => key))
  return {
    expect: [...a.expect, ...b.expect.filter(({ key }) => !expected.has(key))],
    put: [...a.put, ...b.put],
    remove: [...a.remove, ...b.remove],
  }
}
