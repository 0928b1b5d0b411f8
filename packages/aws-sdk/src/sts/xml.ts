/*
 * Replies of the AWS query protocol.
 */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\r": "&#xD;",
}

// What XML 1.0 cannot say, not even as an entity, becomes the mark of what is not known.
const unsayable = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

export const escaped = (text: string): string =>
  text.replace(unsayable, "\uFFFD").replace(/[&<>"'\r]/g, (one) => entities[one] ?? one)

/** A reply of texts, numbers, times, lists and structures; what is absent is left out. */
export function xmlOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map((one) => `<member>${xmlOf(one)}</member>`).join("")
  if (typeof value !== "object" || value === null) return escaped(String(value))
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${xmlOf(member)}</${name}>`)
    .join("")
}
