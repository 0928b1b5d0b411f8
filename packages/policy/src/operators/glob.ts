import { findPiece, type Piece, pieceOf, standsAt } from "./find-piece.js"
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

export function globOf(tokens: readonly Token[]): Glob {
  let first: Piece | undefined
  let middle: Piece[] | undefined
  let lengthMin = 0
  let text = ""
  let ones: boolean[] | undefined
  for (const token of tokens) {
    if (token.kind === "text") text += token.text
    else if (token.kind === "star") {
      const piece = pieceOf(text, ones)
      if (first === undefined) first = piece
      else if (text !== "") {
        middle ??= []
        middle.push(piece)
      }
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
  if (first === undefined) return { first: end, middle: noPieces, last: undefined, lengthMin }
  if (lengthMin === 0) return anyText
  return { first, middle: middle ?? noPieces, last: end, lengthMin }
}

const noPieces: readonly Piece[] = []
/** What `*` says, once for all that say it. */
const anyText: Glob = {
  first: pieceOf("", undefined),
  middle: noPieces,
  last: pieceOf("", undefined),
  lengthMin: 0,
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
    const found = findPiece(piece, text, at, end)
    if (found < 0) return false
    at = found + piece.text.length
  }
  return true
}

/** Where a pattern has no longer piece, it is searched plainly, and needs no preparing. */
const shortPieceMax = 32

/**
 * Whether a pattern can be matched by its text as it is: it has stars and short pieces, and nothing
 * else that stands for something. Most are so, and what is not prepared takes no memory.
 */
export function isShortPattern(pattern: string, hasVariables: boolean): boolean {
  if (pattern.includes("?") || (hasVariables && pattern.includes("${"))) return false
  for (let from = 0; ; ) {
    const star = pattern.indexOf("*", from)
    if (from > 0 && star - from > shortPieceMax) return false
    if (star < 0) return true
    from = star + 1
  }
}

/** The same as {@link matchGlob}, of a pattern that is short. */
export function matchShort(pattern: string, text: string): boolean {
  let star = pattern.indexOf("*")
  if (star < 0) return pattern === text
  if (!startsAlike(pattern, text, star)) return false
  let at = star
  for (;;) {
    const next = pattern.indexOf("*", star + 1)
    const piece = pattern.slice(star + 1, next < 0 ? pattern.length : next)
    if (next < 0) return text.length - piece.length >= at && text.endsWith(piece)
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
    star = next
  }
}

/** Whether two texts begin with the same characters, so many of them. */
function startsAlike(one: string, other: string, length: number): boolean {
  if (other.length < length) return false
  for (let at = 0; at < length; at += 1) {
    if (one.charCodeAt(at) !== other.charCodeAt(at)) return false
  }
  return true
}
