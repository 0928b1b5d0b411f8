import type { Measured, TestsOfFile, Trial } from "./messages.js"
import type { Mistake } from "./mistakes.js"

/*
 * Against which tests a mistake is tried, by what each of them runs over.
 */

/** A test file, and what it was measured to run over. */
export interface MeasuredFile {
  readonly file: string
  readonly measured: Measured
}

/** The tests that run over one mistake. */
export interface Runners {
  /** Those that do each time, the quickest files first. */
  readonly files: readonly TestsOfFile[]
  readonly filesMs: number
  /** Whether something does only once in a process. */
  readonly isOnce: boolean
  /** How often the mistake is run over by all of them. */
  readonly hits: number
}

interface TimedTests extends TestsOfFile {
  readonly ms: number
}

/** So long the tests of one mistake may take; those that take longest are left out. */
const trialMs = 30_000

/** The quickest things first, as long as there is time for them. */
function quickest<T extends { readonly ms: number }>(things: readonly T[], limitMs: number) {
  let leftMs = limitMs
  return [...things]
    .sort((one, other) => one.ms - other.ms)
    .filter(({ ms }, i) => {
      leftMs -= ms
      return i === 0 || leftMs >= 0
    })
}

/** `undefined` when nothing in the file runs over it each time. */
function testsOver({ file, measured }: MeasuredFile, id: string): TimedTests | undefined {
  const { outside, outsideMs, tests } = measured
  const isOutside = outside[id] !== undefined
  const over = tests.filter(({ hits }) => isOutside || hits[id] !== undefined)
  if (over.length === 0) return undefined
  const taken = quickest(over, trialMs)
  const ms = taken.reduce((sum, test) => sum + test.ms, outsideMs)
  return { file, tests: taken.map((test) => test.id), ms }
}

const hitsIn = ({ measured }: MeasuredFile, id: string): number =>
  measured.tests.reduce((sum, { hits }) => sum + (hits[id] ?? 0), measured.outside[id] ?? 0)

/** What runs over a mistake; `undefined` when nothing does. */
export function runnersOf({ id }: Mistake, files: readonly MeasuredFile[]): Runners | undefined {
  const timed = quickest(
    files.flatMap((one) => testsOver(one, id) ?? []),
    trialMs,
  )
  const hits = files.reduce((sum, one) => sum + hitsIn(one, id), 0)
  const isOnce = files.some(({ measured }) => measured.once.includes(id))
  if (!isOnce && hits === 0) return undefined
  return {
    files: timed.map(({ file, tests }) => ({ file, tests })),
    filesMs: timed.reduce((sum, { ms }) => sum + ms, 0),
    isOnce,
    hits,
  }
}

/** All that there is, with modules that are loaded anew: what is done once is done with it. */
function afresh(files: readonly MeasuredFile[]) {
  const timed = quickest(
    files.map(({ file, measured: { outsideMs, tests } }) => ({
      file,
      ms: tests.reduce((sum, { ms }) => sum + ms, outsideMs),
    })),
    trialMs,
  )
  return {
    files: timed.map(({ file }) => ({ file })),
    filesMs: timed.reduce((sum, { ms }) => sum + ms, 0),
  }
}

/** So many times as often as without a mistake: a loop that goes on is one without end. */
const hitsFactor = 100
/** What a trial takes at least, and how many times as long as without a mistake it may. */
const leastMs = 20_000
const timeFactor = 3

export interface TimedTrial {
  readonly trial: Trial
  readonly limitMs: number
}

const timedTrial = (
  { id }: Mistake,
  { hits }: Runners,
  { files, filesMs }: Pick<Runners, "files" | "filesMs">,
  isFresh: boolean,
): TimedTrial => ({
  trial: { kind: "try", id, files, isFresh, hitsMax: (1 + hits) * hitsFactor },
  limitMs: leastMs + filesMs * timeFactor,
})

/** One after another, until one of them notices. */
export function trialsOf(
  mistake: Mistake,
  runners: Runners,
  files: readonly MeasuredFile[],
): readonly TimedTrial[] {
  const quick = runners.files.length === 0 ? [] : [timedTrial(mistake, runners, runners, false)]
  const fresh = runners.isOnce ? [timedTrial(mistake, runners, afresh(files), true)] : []
  return [...quick, ...fresh]
}
