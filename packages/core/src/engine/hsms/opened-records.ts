import { noBytes } from "../../vocabulary/bytes.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"

/**
 * Short records that were opened, or sealed, before. In one place, the same bytes are the same
 * record, so it need not be opened again: a list is a thousand of them.
 */
export interface OpenedRecords {
  /** What is in a sealed record, if it was noted in that place to the last byte. */
  find(place: string, sealed: Uint8Array): Uint8Array | undefined
  note(place: string, sealed: Uint8Array, opened: Uint8Array): void
}

interface Opened {
  /** A character for each byte: text takes a third of the memory. */
  readonly sealed: string
  readonly opened: Uint8Array
}

/** Names of keys, entries of the agenda and counts are shorter; most other records are longer. */
const sealedBytesMax = 128

/** What an entry takes of memory, in bytes: objects, the map, and bytes, which have a buffer. */
const weightOf = ({ sealed, opened }: Opened, place: string): number =>
  200 + place.length + sealed.length + (opened.length === 0 ? 0 : 300)

function isSame(text: string, bytes: Uint8Array): boolean {
  if (text.length !== bytes.length) return false
  for (let i = 0; i < bytes.length; i += 1) if (text.charCodeAt(i) !== bytes[i]) return false
  return true
}

export function createOpenedRecords(bytesMax: number): OpenedRecords {
  const known = createRecentMap<Opened>(bytesMax, weightOf)
  return {
    find(place, sealed) {
      if (sealed.length > sealedBytesMax) return undefined
      const one = known.get(place)
      return one !== undefined && isSame(one.sealed, sealed) ? one.opened : undefined
    },
    note(place, sealed, opened) {
      if (sealed.length > sealedBytesMax) return
      known.set(place, {
        sealed: Reflect.apply(String.fromCharCode, undefined, sealed),
        opened: opened.length === 0 ? noBytes : opened.slice(),
      })
    },
  }
}
