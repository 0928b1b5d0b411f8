import type { Eventually } from "../../vocabulary/eventually.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"

/** Something that was read, and how much memory it takes. */
export interface Weighed<Value> {
  readonly value: Value
  readonly bytes: number
}

/** What was read under a name, as long as a revision is the same; within so many bytes. */
export interface Remembered<Value> {
  /** As it was at some revision, which may be an old one. */
  recall(name: string): Weighed<Value> | undefined
  /** Reads what is not known of the revision: once, however many wait for it. */
  at(name: string, revision: string, read: () => Promise<Weighed<Value>>): Eventually<Value>
}

/** What an entry takes besides its name and value. */
const entryBytes = 200

export function createRemembered<Value>(bytesMax: number): Remembered<Value> {
  interface Entry extends Weighed<Value> {
    readonly revision: string
  }
  const weigh = ({ bytes }: Entry, name: string) => bytes + entryBytes + 2 * name.length
  const known = createRecentMap<Entry>(bytesMax, weigh)
  const reading = new Map<string, Promise<Value>>()

  const read = async (
    name: string,
    revision: string,
    make: () => Promise<Weighed<Value>>,
  ): Promise<Value> => {
    const { value, bytes } = await make()
    known.set(name, { value, bytes, revision })
    return value
  }

  return {
    recall: known.get,

    at: (name, revision, make) => {
      const before = known.get(name)
      if (before?.revision === revision) return before.value
      const turn = `${name} ${revision}`
      const begun = reading.get(turn)
      if (begun !== undefined) return begun
      const begins = read(name, revision, make).finally(() => reading.delete(turn))
      reading.set(turn, begins)
      return begins
    },
  }
}
