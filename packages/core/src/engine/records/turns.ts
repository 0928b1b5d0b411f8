/**
 * Who of the calls of one host may decide about an entry now. Calls that are about the same
 * entries decide one after another, in the order in which they came; others beside each other.
 */
export interface Turns {
  /** A place in the order of calls, for as long as the call lasts. */
  newPlace(): number
  /** Takes the turn at once; `undefined` when another call is in the way. */
  take(keys: readonly string[], place: number): Turn | undefined
  /** Waits for the turn. */
  queue(keys: readonly string[], place: number): Waiting
}

export interface Turn {
  readonly keys: ReadonlySet<string>
  /** Lets the next calls go on. Once is enough. */
  release(): void
}

export interface Waiting {
  readonly turn: Promise<Turn>
  /** Waits no longer; a turn that came meanwhile is given back. */
  leave(): void
}

interface TurnRequest {
  readonly keys: ReadonlySet<string>
  readonly place: number
  readonly tell: () => void
  isGranted: boolean
  end: () => void
}

/** `deciding` is called when a turn begins, and its answer when it ends. */
export function createTurns(deciding: () => () => void): Turns {
  /** Who waits for an entry, by place; the first may have it already. */
  const queues = new Map<string, TurnRequest[]>()
  let places = 0

  function enter(request: TurnRequest): void {
    for (const key of request.keys) {
      const queue = queues.get(key) ?? []
      queues.set(key, queue)
      let at = queue.length
      const isBefore = (other: TurnRequest | undefined): boolean =>
        other !== undefined && !other.isGranted && other.place > request.place
      while (isBefore(queue[at - 1])) at -= 1
      queue.splice(at, 0, request)
    }
  }

  /** Places are one order for all queues: whoever came first is first in all of them some day. */
  function grantIfFirst(request: TurnRequest): void {
    if (request.isGranted) return
    for (const key of request.keys) if (queues.get(key)?.[0] !== request) return
    grant(request)
    request.tell()
  }

  function grant(request: TurnRequest): void {
    request.isGranted = true
    request.end = deciding()
  }

  function remove(request: TurnRequest): void {
    const next = new Set<TurnRequest>()
    for (const key of request.keys) {
      const queue = queues.get(key) ?? []
      const at = queue.indexOf(request)
      if (at < 0) continue
      queue.splice(at, 1)
      const [first] = queue
      if (first === undefined) queues.delete(key)
      else next.add(first)
    }
    // The next turn begins before this one ends, so that no commit leaves without it.
    for (const first of next) grantIfFirst(first)
    request.end()
  }

  const newRequest = (
    keys: readonly string[],
    place: number,
    tell = (): void => {},
  ): TurnRequest => ({
    keys: new Set(keys),
    place,
    tell,
    isGranted: false,
    end: () => {},
  })

  const turnOf = (request: TurnRequest): Turn => ({
    keys: request.keys,
    release: () => remove(request),
  })

  return {
    newPlace: () => {
      places += 1
      return places
    },
    take: (keys, place) => {
      if (keys.some((key) => queues.has(key))) return undefined
      const request = newRequest(keys, place)
      grant(request)
      enter(request)
      return turnOf(request)
    },
    queue: (keys, place) => {
      const waiting = { tell: () => {} }
      const turn = new Promise<void>((resolve) => {
        waiting.tell = resolve
      })
      const request = newRequest(keys, place, () => waiting.tell())
      enter(request)
      grantIfFirst(request)
      return { turn: turn.then(() => turnOf(request)), leave: () => remove(request) }
    },
  }
}
