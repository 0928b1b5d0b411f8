/** A map that forgets what was not asked for lately, and holds values of `max` weight at most. */
export interface RecentMap<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
}

/** Without `weightOf`, every value weighs one. */
export function createRecentMap<Value>(
  max: number,
  weightOf: (value: Value, key: string) => number = () => 1,
): RecentMap<Value> {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  let youngWeight = 0
  const set = (key: string, value: Value): void => {
    const before = young.get(key)
    if (before !== undefined) youngWeight -= weightOf(before, key)
    young.set(key, value)
    youngWeight += weightOf(value, key)
    if (youngWeight * 2 <= max) return
    old = young
    young = new Map()
    youngWeight = 0
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
