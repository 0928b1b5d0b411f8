/** A table with columns as wide as their cells, so that the source is pleasant to read too. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  widthMax = 60,
): string {
  const widths = head.map((title, column) => {
    const lengths = [title, ...rows.map((row) => row[column] ?? "")].map((cell) => cell.length)
    return Math.min(widthMax, Math.max(...lengths))
  })
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`
  return [line(head), rule, ...rows.map(line)].join("\n")
}

export const code = (text: string): string => `\`${text}\``
export const codeList = (texts: readonly string[]): string => texts.map(code).join(", ")
export const anchor = (title: string): string => `#${title.toLowerCase()}`
