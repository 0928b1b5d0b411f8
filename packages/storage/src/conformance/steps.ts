import type { Change, Entry, Page, Storage } from "../contract.js"
import { assertSame } from "./assert.js"

/** What the cases do again and again. */

/** Bytes with these values; `bytes()` is the empty value. */
export const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

/** Commits with the parts that are given, and answers whether it happened. */
export const commit = (storage: Storage, change: Partial<Change>): Promise<boolean> =>
  storage.commit({ expect: [], put: [], remove: [], ...change })

/** Writes one byte under each key in one commit; it must happen. */
export async function putAll(
  storage: Storage,
  keys: readonly string[],
  value = bytes(1),
): Promise<void> {
  const put = keys.map((key) => ({ key, value }))
  assertSame(await commit(storage, { put }), true, "a commit that expects nothing")
}

export async function getOne(storage: Storage, key: string): Promise<Entry | undefined> {
  const entries = await storage.get([key])
  assertSame(entries.length, 1, "the answers to a get of one key")
  return entries[0]
}

/** The entry, which must be there. */
export async function getThere(storage: Storage, key: string): Promise<Entry> {
  const entry = await getOne(storage, key)
  if (entry === undefined) throw new Error(`\`${key}\` should be there`)
  return entry
}

export async function assertValue(
  storage: Storage,
  key: string,
  value: Uint8Array | undefined,
): Promise<void> {
  assertSame((await getOne(storage, key))?.value, value, `the value of \`${key}\``)
}

export const keysOf = (page: Page): readonly string[] => page.entries.map((entry) => entry.key)

/** Every key under a prefix, read page by page. */
export async function listAll(
  storage: Storage,
  prefix: string,
  limit: number,
): Promise<readonly string[]> {
  const keys: string[] = []
  for (;;) {
    const page = await storage.list({ prefix, after: keys.at(-1), limit })
    keys.push(...keysOf(page))
    if (!page.more) return keys
    assertSame(page.entries.length, limit, "the entries of a page with more behind it")
  }
}

/** Adds one to the number under a key by reading, expecting and trying again. */
export async function increment(storage: Storage, key: string): Promise<void> {
  for (;;) {
    const entry = await getOne(storage, key)
    const value = numberBytes(numberOf(entry?.value) + 1)
    const expect = [{ key, revision: entry?.revision }]
    if (await commit(storage, { expect, put: [{ key, value }] })) return
  }
}

/** The number that `increment` keeps; nothing is zero. */
export const numberOf = (value: Uint8Array | undefined): number =>
  Array.from(value ?? []).reduce((sum, byte) => sum * 256 + byte, 0)

export const numberBytes = (number: number): Uint8Array =>
  bytes((number >>> 24) & 255, (number >>> 16) & 255, (number >>> 8) & 255, number & 255)

/** 0001, 0002, … behind a prefix. */
export const numberedKeys = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i + 1).padStart(4, "0")}`)
