import type { Weighed } from "./remembered.js"

/** What was made of three objects: as long as all of them live, and within so many bytes. */
export interface BoundedMemory<Value> {
  obtain(first: object, second: object, third: object, make: () => Weighed<Value>): Value
}

type Generation<Value> = WeakMap<object, WeakMap<object, WeakMap<object, Weighed<Value>>>>

/** The map that an object has in a map; made when it is asked for first. */
function within<Inner extends WeakMap<object, unknown>>(
  map: WeakMap<object, Inner>,
  key: object,
): Inner {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = new WeakMap() as Inner
  map.set(key, made)
  return made
}

/**
 * Objects that live long can be many on every side, and what was made of their pairs is as many as
 * the product. So half of the bytes are for what was used lately; when they are full, they become
 * the other half, and what that had is forgotten unless it was asked for meanwhile.
 */
export function createBoundedMemory<Value>(bytesMax: number): BoundedMemory<Value> {
  let lately: Generation<Value> = new WeakMap()
  let before: Generation<Value> = new WeakMap()
  let bytes = 0

  const keep = (first: object, second: object, third: object, weighed: Weighed<Value>): Value => {
    bytes += weighed.bytes
    if (bytes > bytesMax / 2) {
      before = lately
      lately = new WeakMap()
      bytes = weighed.bytes
    }
    const seconds: WeakMap<object, WeakMap<object, Weighed<Value>>> = within(lately, first)
    const thirds: WeakMap<object, Weighed<Value>> = within(seconds, second)
    thirds.set(third, weighed)
    return weighed.value
  }

  return {
    obtain(first, second, third, make) {
      const known = lately.get(first)?.get(second)?.get(third)
      if (known !== undefined) return known.value
      const older = before.get(first)?.get(second)?.get(third)
      return keep(first, second, third, older ?? make())
    },
  }
}
