import type { Hits } from "../messages.js"

/*
 * The switches of mistakes in this process, and what they have counted. The names are those that
 * the sources ask for which Stryker's instrumenter has made.
 */

interface Switches {
  activeMutant: string | undefined
  currentTestId: string | undefined
  hitCount: number | undefined
  hitLimit: number | undefined
  /** Each source keeps hold of it: what is in it is replaced, never it. */
  readonly mutantCoverage: {
    static: Record<string, number>
    perTest: Record<string, Record<string, number>>
  }
}

const switches: Switches = {
  activeMutant: undefined,
  currentTestId: undefined,
  hitCount: undefined,
  hitLimit: undefined,
  mutantCoverage: { static: {}, perTest: {} },
}
Object.assign(globalThis, { __stryker__: switches })

/** Makes one mistake; who runs over it oftener than `hitsMax` times gets an error. */
export function turnOn(id: string, hitsMax: number): void {
  switches.activeMutant = id
  switches.hitCount = 0
  switches.hitLimit = hitsMax
}

export function turnOff(): void {
  switches.activeMutant = undefined
  switches.hitCount = undefined
}

/** Says whose hits are counted from now on: a test's, or nobody's. */
export function countFor(test: string | undefined): void {
  switches.currentTestId = test
}

export interface TakenHits {
  readonly outside: Hits
  readonly ofTest: (test: string) => Hits
}

/** What was counted since this was called last. */
export function takeHits(): TakenHits {
  const { static: outside, perTest } = switches.mutantCoverage
  switches.mutantCoverage.static = {}
  switches.mutantCoverage.perTest = {}
  return { outside, ofTest: (test) => perTest[test] ?? {} }
}
