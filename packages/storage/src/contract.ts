/**
 * The storage contract: what the engine asks of a store, and what a store owes the engine.
 *
 * A store is an ordered map from keys to bytes. Keys are printable ASCII, so that JavaScript,
 * SQLite, Postgres (`collate "C"`) and etcd sort them alike; values are opaque. Anything that
 * keeps these promises and passes `@keywright/storage/conformance` is a storage adapter.
 *
 * Three ways for a call to end, on every method:
 * - It resolves. What it says was true of the store at one moment between call and answer.
 * - It rejects with a `TypeError` that names the parameter: the call was wrong (`arguments.ts` has
 *   the rules, and each method begins with them, on a closed handle too). Nothing was read or
 *   written.
 * - It rejects with anything else, a {@link StorageError} by preference: the store is busy, broken
 *   or closed. "Not there" is never an error, and an error is never "not there": a store that
 *   cannot answer must not say `undefined`, an empty page or `false`. The caller may try again.
 */
export interface Storage {
  /**
   * Reads entries: one answer for each key, in the order of the keys, `undefined` where there is
   * none. All answers come from one state of the store. A key may be named twice.
   */
  get(keys: readonly string[]): Promise<readonly (Entry | undefined)[]>

  /** Reads one page of the entries under a prefix, in the byte order of their keys. */
  list(range: Range): Promise<Page>

  /**
   * Makes one change if everything that it expects still holds.
   *
   * `true`: all of it is written and durable (it survives the end of the process and, for a store
   * on disk, of the machine), and every later call through any handle sees it. `false`: an
   * expectation did not hold at one moment between call and answer, and nothing was written.
   * Rejected: all of it is written or nothing of it, never half; the caller does not know which and
   * finds out by reading.
   *
   * Commits are serializable, through one handle or many: of two that expect the same revision of
   * a key and write that key, at most one resolves `true`. The change is read before `commit`
   * returns its promise; what the caller does to it afterwards does not reach the store. A commit
   * that writes nothing is allowed and only checks. Removing what is not there is no error.
   */
  commit(change: Change): Promise<boolean>

  /**
   * A cheap value that differs (`!==`) from every earlier one if the store may have changed in
   * between, through this handle or any other, but for what this one has changed quietly. Equal
   * stamps promise that every `get` and `list` between them answers alike; different stamps promise
   * nothing. A store that cannot know answers a new value each time. Stamps mean something only for
   * the handle that gave them.
   *
   * A broken or closed store throws or rejects; `await` treats both alike.
   */
  stamp(): Stamp | Promise<Stamp>

  /**
   * Finishes the commits that were accepted and lets go of everything that the handle holds. Every
   * call made afterwards that is not wrong rejects with code `"closed"`; closing again does
   * nothing.
   */
  close(): Promise<void>
}

/** One entry as it was at one moment. Read-only, and never changed by the store afterwards. */
export interface Entry {
  readonly key: string
  /**
   * A plain `Uint8Array`, possibly a view of the store's own memory: nobody may write to it or to
   * the buffer behind it. It stays as it is when the entry is overwritten or removed. The buffer
   * may be much larger, so copy out what is kept for long.
   */
  readonly value: Uint8Array
  /**
   * The commit that wrote this value, as a positive safe integer from one counter for the whole
   * store: later commits have larger revisions, the puts of one commit share theirs, and none is
   * used twice, not even after its entry was removed. With a counter for each key,
   * delete-and-recreate would bring an old number back and a stale writer would win.
   */
  readonly revision: number
}

/** Which entries to list: those under `prefix` whose keys come after `after`, at most `limit`. */
export interface Range {
  /** Starts every key of the answer; `""` means all entries. */
  readonly prefix: string
  /** Exclusive, and any string that could be a key or begin one; it need not be in the store. */
  readonly after?: string | undefined
  /** From 1 to {@link listLimitMax}. */
  readonly limit: number
}

/**
 * The first `limit` entries of the range, all of them from one state of the store. Pages of one
 * listing may come from different states: an entry that is there throughout is listed exactly once.
 */
export interface Page {
  readonly entries: readonly Entry[]
  /** Whether the range went on behind the last entry. Never `true` on a page that is not full. */
  readonly more: boolean
}

/**
 * What must still be true of a key for a commit to happen: the revision that was read, or
 * `undefined` when nothing was there. Written as one reads: `{ key, revision: entry?.revision }`.
 */
export interface Expectation {
  readonly key: string
  readonly revision: number | undefined
}

/** One entry to write, whether or not there is one already. */
export interface Put {
  readonly key: string
  readonly value: Uint8Array
}

/**
 * A change is a value: it can be logged, replayed and fuzzed, and holds no lock. No key twice in
 * `expect`, none twice in `put` and `remove` together.
 */
export interface Change {
  readonly expect: readonly Expectation[]
  readonly put: readonly Put[]
  readonly remove: readonly string[]
  /**
   * The stamp of the handle that makes the change may stay as it is: the caller trusts no stamp
   * for the entries that it names. A store may also change its stamp; default: it does.
   */
  readonly quiet?: boolean | undefined
}

/** Compared with `===` and with nothing else. */
export type Stamp = string | number | bigint

/** The different keys of one commit; etcd takes 128 operations in a transaction. */
export const commitKeysMax = 100

/** The bytes of a commit, keys and values together; etcd takes 1.5 MiB in a request. */
export const commitBytesMax = 1_048_576

/** The keys of one `get`; the same transaction limit of etcd. */
export const getKeysMax = 100

/** The entries of one page; the largest page of the KMS API. */
export const listLimitMax = 1000

/** The bytes (characters) of a key; a Postgres index entry takes about 2,700. */
export const keyBytesMax = 1024

/** The bytes of a value; the largest record of the engine holds a 32 KiB policy. */
export const valueBytesMax = 262_144
