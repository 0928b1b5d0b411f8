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
