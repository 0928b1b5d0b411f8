/**
 * Folds A–Z only: how the names of actions and condition keys are compared. The Kelvin sign is no
 * `k`, so that no name that somebody chooses passes for another.
 */
export function lowerAscii(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) > 127) return lowerAsciiSlowly(text)
  }
  return text.toLowerCase()
}

function lowerAsciiSlowly(text: string): string {
  let folded = ""
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    folded += code > 127 ? text.charAt(at) : text.charAt(at).toLowerCase()
  }
  return folded
}

/**
 * The same text as engines keep the names of members: equal ones are one object, so that comparing
 * it with a member of a request looks at no letters, and it keeps no longer text alive.
 */
export const interned = (text: string): string => Object.keys({ [text]: true })[0] ?? text

/** Whether a name folds to the given key, without making a new text of it. */
export function foldsTo(name: string, key: string): boolean {
  if (name === key) return true
  if (name.length !== key.length) return false
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at)
    if (code === key.charCodeAt(at)) continue
    if (code < 0x41 || code > 0x5a || code + 32 !== key.charCodeAt(at)) return false
  }
  return true
}
