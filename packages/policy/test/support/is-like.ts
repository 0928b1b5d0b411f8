const star = "*".charCodeAt(0)
const one = "?".charCodeAt(0)

/** Whether the pattern is the text, by the table of all their beginnings. */
export function isLike(pattern: string, text: string): boolean {
  const codes = Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
  const row = new Uint8Array(codes.length + 1)
  row[0] = 1
  for (let i = 0; i < pattern.length; i++) {
    const code = pattern.charCodeAt(i)
    let before = row[0] ?? 0
    if (code !== star) row[0] = 0
    for (let at = 1; at <= codes.length; at++) {
      const above = row[at] ?? 0
      if (code === star) row[at] = above | (row[at - 1] ?? 0)
      else row[at] = code === one || code === codes[at - 1] ? before : 0
      before = above
    }
  }
  return row[codes.length] === 1
}
