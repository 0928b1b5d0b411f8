import { keyInterval } from "../arguments.js"
import type { Entry, Page, Range } from "../contract.js"
import { bytesOf, type Connection, entriesIn, integerOf, keyAndValueOf } from "./driver.js"

/** Longer values come in rows of their own: joined, a page of them is in memory several times. */
const joinedBytesMax = 1024

/** The statements that read; call them only on a connection that is settled. */
export function prepareReads(connection: Connection) {
  const one = connection.prepare("select revision, value from keywright_entry where key = ?")
  const range =
    "from keywright_entry where key >= ? and key < ? order by keywright_entry.key limit ?"
  // Key and value as one: what a driver makes of a column costs more than SQLite's part in it.
  const rows = connection.prepare(
    `select revision, cast(cast(key as blob) || x'00' || value as blob) as entry ${range}`,
  )
  // And what it makes of a row costs more than that: a page of short entries is one row.
  const joined = connection.prepare(
    "select count(*) as entries, count(entry) as short, " +
      "cast(group_concat(entry, '') as blob) as page from (select case when " +
      `length(value) <= ${joinedBytesMax} then revision || ' ' || length(value) || ' ' || ` +
      `cast(key as blob) || x'00' || value end as entry ${range})`,
  )
  const dataVersion = connection.prepare("pragma data_version")
  const find = (key: string): Entry | undefined => {
    // For no row some drivers say null.
    const row = one.get(key) ?? undefined
    return row === undefined ? undefined : toEntry(key, row)
  }

  const listRows = (from: string, to: string, limit: number): readonly Entry[] =>
    (rows.all(from, to, limit) as readonly unknown[]).map((row) => {
      const { key, value } = keyAndValueOf(bytesOf(row, "entry"))
      return { key, value, revision: integerOf(row, "revision") }
    })

  const listEntries = (from: string, to: string, limit: number): readonly Entry[] => {
    const row = joined.get(from, to, limit)
    const count = integerOf(row, "entries")
    if (count === 0) return []
    return integerOf(row, "short") === count
      ? entriesIn(bytesOf(row, "page"), count)
      : listRows(from, to, limit)
  }

  let versionSeen = 0
  let changesOfOthers = 0
  return {
    get(keys: readonly string[]): readonly (Entry | undefined)[] {
      const read = () => keys.map(find)
      // One statement sees one state; several need a transaction for that.
      return keys.length < 2 ? read() : connection.transaction("begin", read)
    },
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
