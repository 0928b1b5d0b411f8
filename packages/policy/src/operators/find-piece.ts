/** What stands between two stars of a pattern: text with single wildcards. */
export interface Piece {
  readonly text: string
  /** Offsets that match any character; undefined when there are none. */
  readonly ones: readonly boolean[] | undefined
  /** How a long piece is found; made when it is first looked for. */
  find: Find | undefined
}

/** The first place in `from..end`, or -1. */
type Find = (text: string, from: number, end: number) => number

/** Pieces up to this length are searched plainly. */
const plainSearchMax = 32
/** An automaton has no more characters than this, so that all of them need linear memory. */
const automatonMax = 256

const emptyPiece: Piece = { text: "", ones: undefined, find: undefined }

export const pieceOf = (text: string, ones: readonly boolean[] | undefined): Piece =>
  text === "" ? emptyPiece : newPiece(text, ones)

const newPiece = (text: string, ones: readonly boolean[] | undefined): Piece => ({
  text,
  ones,
  find: undefined,
})

export function standsAt(piece: Piece, text: string, at: number): boolean {
  const { ones } = piece
  if (ones === undefined) return text.startsWith(piece.text, at)
  for (let offset = 0; offset < piece.text.length; offset += 1) {
    if (ones[offset] === true) continue
    if (text.charCodeAt(at + offset) !== piece.text.charCodeAt(offset)) return false
  }
  return true
}

/** The first place in `from..end` where the piece stands, or -1. */
export function findPiece(piece: Piece, text: string, from: number, end: number): number {
  const { length } = piece.text
  if (length > plainSearchMax) {
    if (from + length > end) return -1
    piece.find ??= finderOf(piece)
    return piece.find(text, from, end)
  }
  if (piece.ones === undefined) {
    const found = text.indexOf(piece.text, from)
    return found + length <= end ? found : -1
  }
  for (let at = from; at + length <= end; at += 1) if (standsAt(piece, text, at)) return at
  return -1
}

function finderOf(piece: Piece): Find {
  const { text: wanted, ones } = piece
  if (ones === undefined) return literalFinder(wanted)
  if (wanted.length > automatonMax) return segmentsFinder(wanted, ones)
  const scan = automatonScan(wanted, ones)
  return (text, from, end) => scan(text, from, end, atFirst)
}

const atFirst = () => true

/** Most texts answer at the first place that begins alike: only the others need the table. */
function literalFinder(wanted: string): Find {
  const head = wanted.slice(0, plainSearchMax)
  let scan: Scan | undefined
  return (text, from, end) => {
    const start = text.indexOf(head, from)
    if (start < 0 || start + wanted.length > end) return -1
    if (text.startsWith(wanted, start)) return start
    scan ??= literalScan(wanted)
    return scan(text, start, end, atFirst)
  }
}

/** Visits every place in `from..end` where something stands, until `found` ends the search. */
type Scan = (text: string, from: number, end: number, found: (at: number) => boolean) => number

/** Knuth, Morris and Pratt: one pass over the text, one number for each character wanted. */
function literalScan(wanted: string): Scan {
  const { length } = wanted
  const codes = new Uint16Array(length)
  for (let at = 0; at < length; at += 1) codes[at] = wanted.charCodeAt(at)
  const borders = bordersOf(codes)
  return (text, from, end, found) => {
    let matched = 0
    for (let at = from; at < end; at += 1) {
      const code = text.charCodeAt(at)
      while (matched > 0 && codes[matched] !== code) matched = borders[matched - 1] ?? 0
      if (codes[matched] === code) matched += 1
      if (matched < length) continue
      if (found(at + 1 - length)) return at + 1 - length
      matched = borders[length - 1] ?? 0
    }
    return -1
  }
}

/** For each beginning the length of the longest shorter beginning that it ends with. */
function bordersOf(codes: Uint16Array): Int32Array {
  const borders = new Int32Array(codes.length)
  let matched = 0
  for (let at = 1; at < codes.length; at += 1) {
    const code = codes[at]
    while (matched > 0 && codes[matched] !== code) matched = borders[matched - 1] ?? 0
    if (codes[matched] === code) matched += 1
    borders[at] = matched
  }
  return borders
}

/** Shift-And: one bit for each character wanted, 32 to a word. */
function automatonScan(wanted: string, ones: readonly boolean[]): Scan {
  const { length } = wanted
  const { masks, others } = masksOf(wanted, ones)
  const words = others.length
  const lastWord = (length - 1) >>> 5
  const lastBit = 1 << ((length - 1) & 31)
  return (text, from, end, found) => {
    const state = new Int32Array(words)
    // Words beyond `used` are still empty: most texts never fill the automaton.
    let used = 0
    for (let at = from; at < end; at += 1) {
      const mask = masks.get(text.charCodeAt(at)) ?? others
      const reach = Math.min(used + 1, words)
      let carry = 1
      used = 0
      for (let word = 0; word < reach; word += 1) {
        const before = state[word] ?? 0
        const after = ((before << 1) | carry) & (mask[word] ?? 0)
        state[word] = after
        if (after !== 0) used = word + 1
        carry = before >>> 31
      }
      if (((state[lastWord] ?? 0) & lastBit) !== 0 && found(at + 1 - length)) return at + 1 - length
    }
    return -1
  }
}

/** For each character the offsets at which it fits; `others` for those that are not named. */
function masksOf(wanted: string, ones: readonly boolean[]) {
  const others = new Int32Array(Math.ceil(wanted.length / 32))
  for (let at = 0; at < wanted.length; at += 1) if (ones[at] === true) setBit(others, at)
  const masks = new Map<number, Int32Array>()
  for (let at = 0; at < wanted.length; at += 1) {
    if (ones[at] === true) continue
    const code = wanted.charCodeAt(at)
    let mask = masks.get(code)
    if (mask === undefined) {
      mask = others.slice()
      masks.set(code, mask)
    }
    setBit(mask, at)
  }
  return { masks, others }
}

function setBit(words: Int32Array, bit: number): void {
  const word = bit >>> 5
  words[word] = (words[word] ?? 0) | (1 << (bit & 31))
}

interface Segment {
  readonly offset: number
  readonly length: number
  readonly scan: Scan
}

/**
 * A piece too long for one automaton stands where all its segments do. Starts are searched in
 * stretches of its own length, so that a piece found early costs little.
 */
function segmentsFinder(wanted: string, ones: readonly boolean[]): Find {
  const segments = segmentsOf(wanted, ones)
  const { length } = wanted
  return (text, from, end) => {
    for (let start = from; start + length <= end; start += length) {
      const starts = Math.min(length, end - length + 1 - start)
      const found = whereAllStand(segments, text, start, starts)
      if (found >= 0) return found
    }
    return -1
  }
}

function whereAllStand(segments: readonly Segment[], text: string, start: number, starts: number) {
  /** For each start how many segments stand, as long as none is missing. */
  const standing = new Int32Array(starts)
  let before = 0
  for (const { offset, length, scan } of segments) {
    const from = start + offset
    let any = false
    scan(text, from, from + starts - 1 + length, (at) => {
      if (standing[at - from] === before) {
        standing[at - from] = before + 1
        any = true
      }
      return false
    })
    if (!any) return -1
    before += 1
  }
  return start + standing.indexOf(before)
}

/** Long literal runs by themselves, what is between them in lengths for an automaton. */
function segmentsOf(wanted: string, ones: readonly boolean[]): readonly Segment[] {
  const segments: Segment[] = []
  let mixedFrom = 0
  const closeMixed = (end: number) => {
    for (let at = mixedFrom; at < end; at += automatonMax) {
      const part = wanted.slice(at, Math.min(at + automatonMax, end))
      const scan = automatonScan(part, ones.slice(at, at + part.length))
      segments.push({ offset: at, length: part.length, scan })
    }
  }
  for (let at = 0; at < wanted.length; ) {
    const end = runEnd(wanted.length, ones, at)
    if (end - at > plainSearchMax) {
      closeMixed(at)
      segments.push({ offset: at, length: end - at, scan: literalScan(wanted.slice(at, end)) })
      mixedFrom = end
    }
    at = end + 1
  }
  closeMixed(wanted.length)
  return segments
}

/** Where the literal run that starts there meets a wildcard or the end. */
function runEnd(length: number, ones: readonly boolean[], from: number): number {
  let end = from
  while (end < length && ones[end] !== true) end += 1
  return end
}
