import type { GrammarProblem } from "../parse/normal-form.js"

/** Bytes of UTF-8; a lone surrogate counts as its replacement would, in two halves. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (code >= 0xd800 && code <= 0xdfff) bytes += 2
    else bytes += 3
  }
  return bytes
}

/** Tab, line feed, carriage return, and U+0020 to U+00FF. */
const isPolicyCharacter = (code: number): boolean =>
  (code >= 0x20 && code <= 0xff) || code === 0x09 || code === 0x0a || code === 0x0d

export function findCharacterProblem(text: string): GrammarProblem | undefined {
  for (let at = 0; at < text.length; at += 1) {
    if (isPolicyCharacter(text.charCodeAt(at))) continue
    const message = "a character lies outside tab, line ends and U+0020 to U+00FF"
    return { code: "characterOutOfRange", message, at, path: "" }
  }
  return undefined
}
