/**
 * What was made of the few objects that were used last. What lives as long as its object, beside
 * many of them, costs more than making it again: the collector of garbage carries it around.
 */
export interface Slots<Key extends object, Value> {
  find(key: Key, number: number): Value | undefined
  note(key: Key, number: number, value: Value): void
}

/** `count` is a power of two; an object stands where a number that belongs to it says. */
export function createSlots<Key extends object, Value>(count: number): Slots<Key, Value> {
  const slots: ({ readonly key: Key; readonly value: Value } | undefined)[] =
    Array(count).fill(undefined)
  const mask = count - 1
  return {
    find(key, number) {
      const one = slots[number & mask]
      return one?.key === key ? one.value : undefined
    },
    note(key, number, value) {
      slots[number & mask] = { key, value }
    },
  }
}

/** The same, of objects to which no number belongs: each of the last few is looked at. */
export function createLastFew<Key extends object, Value>(count: number) {
  const few: ({ readonly key: Key; readonly value: Value } | undefined)[] =
    Array(count).fill(undefined)
  let next = 0
  return {
    find(key: Key): Value | undefined {
      for (const one of few) if (one?.key === key) return one.value
      return undefined
    },
    note(key: Key, value: Value): void {
      few[next] = { key, value }
      next = (next + 1) % count
    },
  }
}
