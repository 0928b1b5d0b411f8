import { keyInterval } from "../arguments.js"
import type { Entry, Page, Range } from "../contract.js"
import { bytesOf, type Connection, entriesIn, integerOf, keyAndValueOf } from "./driver.js"

/** Longer values come in rows of their own: joined, a page of them is in memory several times. */
const listedBytesMax = 4096
/** There are at most a hundred of these, and the digest of the store is often one of them. */
const gottenBytesMax = 65_536

/** All entries of a source in one row, and how many of them are short enough for that. */
const joinedOf = (source: string, bytesMax: number): string =>
  "select count(*) as entries, count(entry) as short, " +
  "cast(group_concat(entry, '') as blob) as page from (select case when " +
  `length(entry.value) <= ${bytesMax} then entry.revision || ' ' || length(entry.value) ` +
  `|| ' ' || cast(entry.key as blob) || x'00' || entry.value end as entry from ${source})`

/** The entries of such a row; `undefined` where one of them is too long. */
function joinedEntries(row: unknown): readonly Entry[] | undefined {
  const count = integerOf(row, "entries")
  if (count === 0) return []
  return integerOf(row, "short") === count ? entriesIn(bytesOf(row, "page"), count) : undefined
}

/** The statements that read; call them only on a connection that is settled. */
export function prepareReads(connection: Connection) {
  const one = connection.prepare("select revision, value from keywright_entry where key = ?")
  const range =
    "keywright_entry as entry where entry.key >= ? and entry.key < ? order by entry.key limit ?"
  // Key and value as one: what a driver makes of a column costs more than SQLite's part in it.
  const rows = connection.prepare(
    `select revision, cast(cast(key as blob) || x'00' || value as blob) as entry from ${range}`,
  )
  // And what it makes of a row costs more than that: short entries are one row.
  const joined = connection.prepare(joinedOf(range, listedBytesMax))
  const asked =
    "json_each(?) as asked cross join keywright_entry as entry on entry.key = asked.value"
  const several = connection.prepare(joinedOf(asked, gottenBytesMax))
  const dataVersion = connection.prepare("pragma data_version")
  const find = (key: string): Entry | undefined => {
    // For no row some drivers say null.
    const row = one.get(key) ?? undefined
    return row === undefined ? undefined : toEntry(key, row)
  }

  /** From one state of the store, as each statement sees one, and several in a transaction. */
  const findAll = (keys: readonly string[]): readonly (Entry | undefined)[] => {
    const entries = joinedEntries(several.get(JSON.stringify(keys)))
    if (entries === undefined) return connection.transaction("begin", () => keys.map(find))
    const found = new Map(entries.map((entry) => [entry.key, entry]))
    return keys.map((key) => found.get(key))
  }

  const listRows = (from: string, to: string, limit: number): readonly Entry[] =>
    (rows.all(from, to, limit) as readonly unknown[]).map((row) => {
      const { key, value } = keyAndValueOf(bytesOf(row, "entry"))
      return { key, value, revision: integerOf(row, "revision") }
    })

  const listEntries = (from: string, to: string, limit: number): readonly Entry[] =>
    joinedEntries(joined.get(from, to, limit)) ?? listRows(from, to, limit)

  let versionSeen = 0
  let changesOfOthers = 0
  return {
    get: (keys: readonly string[]): readonly (Entry | undefined)[] =>
      keys.length < 2 ? keys.map(find) : findAll(keys),
    list(range: Range): Page {
      const { from, to } = keyInterval(range)
      const entries = listEntries(from, to, range.limit + 1)
      return { entries: entries.slice(0, range.limit), more: entries.length > range.limit }
    },
    /** Counts up when another connection has committed. SQLite leaves our own commits out. */
    version(): number {
      const version = integerOf(dataVersion.get(), "data_version")
      if (version !== versionSeen) changesOfOthers += 1
      versionSeen = version
      return changesOfOthers
    },
  }
}

const toEntry = (key: string, row: unknown): Entry => ({
  key,
  value: bytesOf(row, "value"),
  revision: integerOf(row, "revision"),
})
