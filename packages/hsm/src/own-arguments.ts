/** The same value with bytes of its own. Arguments are plain data: bytes, lists and records. */
export function ownCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(ownCopy)
  const copy: Record<string, unknown> = { ...value }
  for (const name in copy) if (typeof copy[name] === "object") copy[name] = ownCopy(copy[name])
  return copy
}

/** Wipes all bytes of a copy. */
export function wipeOwn(value: unknown): void {
  if (typeof value !== "object" || value === null) return
  if (value instanceof Uint8Array) value.fill(0)
  else for (const name in value) wipeOwn((value as Record<string, unknown>)[name])
}
