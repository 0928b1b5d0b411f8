import type { Place } from "../vocabulary/documents.js"

/** Finds line and column (from 1) of an offset. Lines end at LF, CR LF or CR. */
export function placerOf(text: string): (at: number, path: string) => Place {
  const starts = [0]
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const crBeforeLf = code === 0x0d && text.charCodeAt(at + 1) === 0x0a
    if (code === 0x0a || (code === 0x0d && !crBeforeLf)) starts.push(at + 1)
  }
  return (at, path) => {
    if (at < 0) return { path }
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((starts[middle] ?? 0) <= at) low = middle
      else high = middle - 1
    }
    return { path, line: low + 1, column: at - (starts[low] ?? 0) + 1 }
  }
}

/** The same for a single offset; without text there is only the path. */
export const placeOf = (text: string | undefined, at: number, path: string): Place =>
  text === undefined ? { path } : placerOf(text)(at, path)
