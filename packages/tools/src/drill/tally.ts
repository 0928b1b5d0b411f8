import type { Fault } from "./fault.js"

/** What a drill has seen. */
export interface Tally {
  /** A request that was made, at most three times, and how it ended. */
  request(isServed: boolean): void
  attempt(error?: string): void
  /** From now on, until it is over, silence is the doing of this fault. */
  begin(fault: string, kills?: Fault["kills"]): () => void
  lines(): readonly string[]
  readonly totals: Totals
}

export interface Totals {
  requests: number
  attempts: number
  failed: number
  strikes: number
  hostKills: number
  memberKills: number
}

interface Struck {
  times: number
  /** The longest time in which nobody was served. */
  silentMs: number
}

export function createTally(clock: () => number): Tally {
  const errors = new Map<string, number>()
  const struck = new Map<string, Struck>()
  const totals: Totals = {
    ...{ requests: 0, attempts: 0, failed: 0, strikes: 0 },
    ...{ hostKills: 0, memberKills: 0 },
  }
  let current: Struck | undefined
  let servedMs = clock()

  const hearSilence = (): void => {
    const silentMs = clock() - servedMs
    if (current !== undefined) current.silentMs = Math.max(current.silentMs, silentMs)
  }

  return {
    totals,
    request: (isServed) => {
      totals.requests += 1
      totals.failed += Number(!isServed)
      if (!isServed) return
      hearSilence()
      servedMs = clock()
    },
    attempt: (error) => {
      totals.attempts += 1
      if (error !== undefined) errors.set(error, (errors.get(error) ?? 0) + 1)
    },
    begin: (fault, kills = "nothing") => {
      const one = struck.get(fault) ?? { times: 0, silentMs: 0 }
      struck.set(fault, one)
      one.times += 1
      totals.strikes += 1
      totals.hostKills += Number(kills === "a host")
      totals.memberKills += Number(kills === "a member")
      current = one
      return () => {
        hearSilence()
        current = undefined
      }
    },
    lines: () => [
      ...[...struck].map(
        ([fault, { times, silentMs }]) =>
          `  ${fault}: ${times} times, longest without an answer ${silentMs} ms`,
      ),
      ...[...errors]
        .sort(([, a], [, b]) => b - a)
        .map(([name, times]) => `  ${name}: ${times} attempts`),
    ],
  }
}
