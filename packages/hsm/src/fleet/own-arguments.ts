/** The same value with bytes of its own. Arguments are plain data: bytes, lists and records. */
export function ownCopy(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(ownCopy)
  if (typeof value !== "object" || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) copy[name] = ownCopy(member)
  return copy
}

/** Wipes all bytes of a value. */
export function wipeOwn(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0)
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(wipeOwn)
}
