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

const tableOf = (rows: readonly (readonly string[])[]): string => {
  const columns = rows[0] ?? []
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)))
  const lineOf = (row: readonly string[]): string =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")
  return rows.map((row) => lineOf(row).trimEnd()).join("\n")
}

/** Text that somebody else has chosen must not move the cursor. */
export const harmless = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
  text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "\ufffd")

/** JSON may hold the other half of these characters as they are. */
const escaped = (json: string): string =>
  json.replace(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)

/** What is printed of what was found. */
export function show({ value, table, text }: Found, isJson: boolean): string {
  if (isJson) return escaped(JSON.stringify(value, plain, 2))
  if (text !== undefined) return harmless(text)
  if (table !== undefined) return harmless(tableOf(table))
  return harmless(JSON.stringify(value, plain, 2))
}

export const dateOf = (date: Date | undefined): string => date?.toISOString().slice(0, 19) ?? ""
