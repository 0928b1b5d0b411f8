import { bytesOfBase64 } from "../../vocabulary/base64.js"

/*
 * Parsed JSON, taken for a record as it is. A schema costs three times as much as parsing the text
 * did, because it makes a copy of everything; what is as it is written passes here in one go. What
 * does not pass is left to the schema, which accepts or refuses it by name.
 */

/** Whether a value is what a member holds. It may put bytes in the place of Base64. */
export type Check = (value: unknown) => boolean

interface Member {
  readonly name: string
  readonly isOptional: boolean
  readonly check: Check
  /** What stands there is Base64, and bytes take its place. */
  readonly isBytes: boolean
}

export const needed = (name: string, check: Check): Member => ({
  name,
  isOptional: false,
  check,
  isBytes: false,
})
export const optional = (name: string, check: Check): Member => ({
  name,
  isOptional: true,
  check,
  isBytes: false,
})
export const optionalBytes = (name: string): Member => ({
  name,
  isOptional: true,
  check: () => true,
  isBytes: true,
})

export const isText: Check = (value) => typeof value === "string"
export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
export const isPositive: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0

export const isTextOf =
  (test: (text: string) => boolean): Check =>
  (value) =>
    typeof value === "string" && test(value)

export function isOneOf(texts: readonly string[]): Check {
  const known = new Set<unknown>(texts)
  return (value) => known.has(value)
}

export const isListOf =
  (check: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return false
    for (let i = 0; i < value.length; i += 1) if (!check(value[i])) return false
    return true
  }

/** An object with these members and no others, in this order. */
export const isObjectOf =
  (members: readonly Member[]): Check =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false
    const object = value as Record<string, unknown>
    const names = Object.keys(object)
    let at = 0
    for (const { name, isOptional, check, isBytes } of members) {
      if (names[at] !== name) {
        if (isOptional) continue
        return false
      }
      at += 1
      const member = object[name]
      if (!check(member)) return false
      if (!isBytes) continue
      const bytes = typeof member === "string" ? bytesOfBase64(member) : undefined
      if (bytes === undefined) return false
      object[name] = bytes
    }
    return at === names.length
  }
