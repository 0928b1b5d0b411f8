/** What is remembered of two objects, as long as both live. */
export type PairMemory<Value> = WeakMap<object, WeakMap<object, Value>>

/** What is remembered of two objects; made when it is asked for first. */
export function memoized<Value>(
  memory: PairMemory<Value>,
  key: object,
  variant: object,
  make: () => Value,
): Value {
  const variants = memory.get(key) ?? new WeakMap<object, Value>()
  const known = variants.get(variant)
  if (known !== undefined) return known
  const made = make()
  variants.set(variant, made)
  memory.set(key, variants)
  return made
}
