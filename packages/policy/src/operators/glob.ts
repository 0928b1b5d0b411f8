import type { Token } from "./tokens.js"

/**
 * A pattern of `*` and `?` as the pieces between its stars. Matching never goes back before a
 * piece it has found, so it is linear in the text whatever the pattern. `?` is one UTF-16 unit.
 */
export interface Glob {
  readonly first: Piece
  readonly middle: readonly Piece[]
  /** Undefined when the pattern has no star: then `first` is the whole pattern. */
  readonly last: Piece | undefined
  readonly lengthMin: number
}

interface Piece {
  readonly text: string
  /** Offsets that match any character; undefined when there are none. */
  readonly ones: readonly boolean[] | undefined
  readonly automaton: Automaton | undefined
}

/** Pieces up to this length are searched plainly; longer ones by bit-parallel automaton. */
const plainSearchMax = 32

export function globOf(tokens: readonly Token[]): Glob {
  let first: Piece | undefined
  const middle: Piece[] = []
  let lengthMin = 0
  let text = ""
  let ones: boolean[] | undefined
  for (const token of tokens) {
    if (token.kind === "text") text += token.text
    else if (token.kind === "star") {
      const piece = pieceOf(text, ones)
      if (first === undefined) first = piece
      else if (text !== "") middle.push(piece)
      lengthMin += text.length
      text = ""
      ones = undefined
    } else {
      ones ??= []
      ones[text.length] = true
      text += "?"
    }
  }
  const end = pieceOf(text, ones)
  lengthMin += text.length
  return first === undefined
    ? { first: end, middle, last: undefined, lengthMin }
    : { first, middle, last: end, lengthMin }
}

export function matchGlob(glob: Glob, text: string): boolean {
  const { first, last, middle } = glob
  if (text.length < glob.lengthMin) return false
  if (last === undefined) return text.length === glob.lengthMin && standsAt(first, text, 0)
  if (!standsAt(first, text, 0)) return false
  const end = text.length - last.text.length
  if (last.text !== "" && !standsAt(last, text, end)) return false
  let at = first.text.length
  for (const piece of middle) {
    const found = search(piece, text, at, end)
    if (found < 0) return false
    at = found + piece.text.length
  }
  return true
}

function pieceOf(text: string, ones: readonly boolean[] | undefined): Piece {
  const automaton = text.length > plainSearchMax ? automatonOf(text, ones) : undefined
  return { text, ones, automaton }
}

function standsAt(piece: Piece, text: string, at: number): boolean {
  const { ones } = piece
  if (ones === undefined) return text.startsWith(piece.text, at)
  for (let offset = 0; offset < piece.text.length; offset++) {
    if (ones[offset] === true) continue
    if (text.charCodeAt(at + offset) !== piece.text.charCodeAt(offset)) return false
  }
  return true
}

/** The first place in `from..end` where the piece stands, or -1. */
function search(piece: Piece, text: string, from: number, end: number): number {
  const length = piece.text.length
  if (piece.automaton !== undefined) return runAutomaton(piece.automaton, text, from, end)
  if (piece.ones === undefined) {
    const found = text.indexOf(piece.text, from)
    return found >= 0 && found + length <= end ? found : -1
  }
  for (let at = from; at + length <= end; at++) if (standsAt(piece, text, at)) return at
  return -1
}

/** Shift-And: one bit for each character of the piece, 32 to a word. */
interface Automaton {
  readonly length: number
  readonly masks: ReadonlyMap<number, Int32Array>
  /** The mask of every character that the piece does not name. */
  readonly others: Int32Array
}

function automatonOf(text: string, ones: readonly boolean[] | undefined): Automaton {
  const words = Math.ceil(text.length / 32)
  const others = new Int32Array(words)
  for (let at = 0; at < text.length; at++) if (ones?.[at] === true) setBit(others, at)
  const masks = new Map<number, Int32Array>()
  for (let at = 0; at < text.length; at++) {
    if (ones?.[at] === true) continue
    const code = text.charCodeAt(at)
    let mask = masks.get(code)
    if (mask === undefined) {
      mask = others.slice()
      masks.set(code, mask)
    }
    setBit(mask, at)
  }
  return { length: text.length, masks, others }
}

function setBit(words: Int32Array, bit: number): void {
  const word = bit >>> 5
  words[word] = (words[word] ?? 0) | (1 << (bit & 31))
}

function runAutomaton(automaton: Automaton, text: string, from: number, end: number): number {
  const { masks, others, length } = automaton
  const words = others.length
  const state = new Int32Array(words)
  const lastWord = (length - 1) >>> 5
  const lastBit = 1 << ((length - 1) & 31)
  // Words beyond `used` are still empty: most texts never fill the automaton.
  let used = 0
  for (let at = from; at < end; at++) {
    const mask = masks.get(text.charCodeAt(at)) ?? others
    const reach = Math.min(used + 1, words)
    let carry = 1
    used = 0
    for (let word = 0; word < reach; word++) {
      const before = state[word] ?? 0
      const after = ((before << 1) | carry) & (mask[word] ?? 0)
      state[word] = after
      if (after !== 0) used = word + 1
      carry = before >>> 31
    }
    if (((state[lastWord] ?? 0) & lastBit) !== 0) return at + 1 - length
  }
  return -1
}
