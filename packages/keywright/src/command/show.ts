/** What a command has found out: the answer for programs, and how people read it. */
export interface Found {
  /** For `--json`, as AWS names it. */
  readonly value: unknown
  /** Rows of a table: the first names the columns. */
  readonly table?: readonly (readonly string[])[] | undefined
  /** In place of a table. */
  readonly text?: string | undefined
  /** 0 unless what was found is bad news. */
  readonly exitCode?: number | undefined
}

/** What came of a command was asked for and is not so: a call that is denied, a broken store. */
export const badNews = 3

const plain = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? btoa(String.fromCharCode(...value)) : value

/** A row is one line: a second one would look like a row of its own. */
const inOneLine = (cell: string): string => cell.replaceAll("\n", "\ufffd")

const tableOf = (found: readonly (readonly string[])[]): string => {
  const rows = found.map((row) => row.map(inOneLine))
  const columns = rows[0] ?? []
  const widths = columns.map((_, i) =>
    rows.reduce((widest, row) => Math.max(widest, (row[i] ?? "").length), 0),
  )
  const lineOf = (row: readonly string[]): string =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")
  return rows.map((row) => lineOf(row).trimEnd()).join("\n")
}

/** Moves the cursor, or shows text in another order than it has. Lines may end. */
const moving = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Text that somebody else has chosen shows as it is. */
export const harmless = (text: string): string => text.replace(moving, "\ufffd")

/** JSON may hold most of these characters as they are. */
const escaped = (json: string): string =>
  json.replace(moving, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** What is printed of what was found. */
export function show({ value, table, text }: Found, isJson: boolean): string {
  if (isJson) return escaped(JSON.stringify(value, plain, 2))
  if (text !== undefined) return harmless(text)
  if (table !== undefined) return harmless(tableOf(table))
  return harmless(JSON.stringify(value, plain, 2))
}

export const dateOf = (date: Date | undefined): string => date?.toISOString().slice(0, 19) ?? ""
