/** A map that forgets what was not asked for lately, and holds `max` entries at most. */
export interface RecentMap<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
}

export function createRecentMap<Value>(max: number): RecentMap<Value> {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  const set = (key: string, value: Value): void => {
    young.set(key, value)
    if (young.size * 2 <= max) return
    old = young
    young = new Map()
  }
  const get = (key: string): Value | undefined => {
    const recent = young.get(key)
    if (recent !== undefined) return recent
    const value = old.get(key)
    if (value !== undefined) set(key, value)
    return value
  }
  return { get, set }
}
