/** Source: framework/aws-kms/aws-kms-hierarchical-keyring.md, the capacity of its cache. */
export const entriesUsual = 1000

/** What a cache did since it was made. */
export interface CacheCounters {
  /** Answered with what was held. */
  readonly hits: number
  /** Calls of the source. */
  readonly loads: number
  /** Waited for a call that somebody else had begun. */
  readonly joined: number
  /** Calls of the source that failed. */
  readonly failures: number
  /** Entries that were wiped: too old, used up, or the least wanted of too many. */
  readonly evictions: { readonly age: number; readonly use: number; readonly room: number }
  /** Entries that are held now. */
  readonly entries: number
}

export interface OnceCacheOptions<Value> {
  /** Milliseconds since the epoch, or since anything else: `Date.now`. */
  readonly clock: () => number
  /** How long an entry may be used, in milliseconds. */
  readonly ageMsMax: number
  readonly entriesMax: number
  /** Clears the secrets of an entry that leaves. */
  wipe(value: Value): void
}

/**
 * Holds what is costly to load, and loads it once however many ask at the same time.
 *
 * Values never leave: `take` makes of one what the caller gets, at once and without waiting, so an
 * entry can be wiped at any moment between. It answers `undefined` for a value that is used up,
 * which is then wiped and loaded again; it must take a value that is new.
 */
export interface OnceCache<Value> {
  /** `undefined` only when `load` answered that, which is not held. */
  get<Taken extends object>(
    key: string,
    load: () => Promise<Value | undefined>,
    take: (value: Value) => Taken | undefined,
  ): Promise<Taken | undefined>
  counters(): CacheCounters
  /** Wipes all that is held. What is being loaded is handed out and not held. */
  clear(): void
}

interface Entry<Value> {
  readonly value: Value
  readonly bornMs: number
}

type Eviction = keyof CacheCounters["evictions"]

export function createOnceCache<Value>(options: OnceCacheOptions<Value>): OnceCache<Value> {
  const { clock, ageMsMax, entriesMax, wipe } = options
  const entries = new Map<string, Entry<Value>>()
  const flights = new Map<string, Promise<unknown>>()
  const counts = { hits: 0, loads: 0, joined: 0, failures: 0 }
  const evictions = { age: 0, use: 0, room: 0 }
  let generation = 0

  function evict(key: string, why: Eviction): void {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    wipe(entry.value)
    evictions[why] += 1
  }

  /** A clock that was set back makes an entry old, too. */
  const isOld = ({ bornMs }: Entry<Value>, nowMs: number): boolean =>
    !(nowMs >= bornMs && nowMs - bornMs < ageMsMax)

  /** Takes from what is held, and moves it to the end of those that may have to go. */
  function takeHeld<Taken>(
    key: string,
    take: (value: Value) => Taken | undefined,
  ): Taken | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (isOld(entry, clock())) {
      evict(key, "age")
      return undefined
    }
    const taken = take(entry.value)
    if (taken === undefined) {
      evict(key, "use")
      return undefined
    }
    entries.delete(key)
    entries.set(key, entry)
    return taken
  }

  function hold(key: string, value: Value): void {
    const bornMs = clock()
    for (const [other, entry] of entries) if (isOld(entry, bornMs)) evict(other, "age")
    entries.set(key, { value, bornMs })
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax) break
      evict(oldest, "room")
    }
  }

  /** Loads and takes for the one who asked first, and holds the value for those who wait. */
  async function lead<Taken extends object>(
    key: string,
    load: () => Promise<Value | undefined>,
    take: (value: Value) => Taken | undefined,
  ): Promise<Taken | undefined> {
    counts.loads += 1
    const begun = generation
    try {
      const value = await load()
      if (value === undefined) return undefined
      const taken = take(value)
      if (begun === generation) hold(key, value)
      else wipe(value)
      return taken
    } catch (error) {
      counts.failures += 1
      throw error
    } finally {
      flights.delete(key)
    }
  }

  return Object.freeze<OnceCache<Value>>({
    async get(key, load, take) {
      for (;;) {
        const held = takeHeld(key, take)
        if (held !== undefined) {
          counts.hits += 1
          return held
        }
        const flight = flights.get(key)
        if (flight === undefined) {
          const leading = lead(key, load, take)
          flights.set(key, leading)
          return leading
        }
        counts.joined += 1
        if ((await flight) === undefined) return undefined
      }
    },
    counters: () => ({ ...counts, evictions: { ...evictions }, entries: entries.size }),
    clear() {
      generation += 1
      for (const key of [...entries.keys()]) evict(key, "room")
    },
  })
}
