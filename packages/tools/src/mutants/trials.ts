import type { Measured, MeasuredTest, TestsOfFile, Trial } from "./messages.js"
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

/** So long the tests of one mistake may take; those that take longest are left out. */
const trialMs = 30_000

const quickestFirst = (tests: readonly MeasuredTest[]): readonly MeasuredTest[] =>
  [...tests].sort((one, other) => one.ms - other.ms)

/** The tests that run over some mistakes themselves; then the others, where they are wanted. */
function testsOver(
  tests: readonly MeasuredTest[],
  ids: readonly string[],
  areOthersWanted: boolean,
): readonly MeasuredTest[] {
  const isOver = ({ hits }: MeasuredTest): boolean => ids.some((id) => hits[id] !== undefined)
  const own = quickestFirst(tests.filter(isOver))
  return areOthersWanted ? [...own, ...quickestFirst(tests.filter((one) => !isOver(one)))] : own
}

/**
 * The first test of each file, then the next of each, and so on, as long as there is time for
 * them: what only one kind of tests can notice is not kept from it by many of another kind.
 */
function firstOf(
  files: readonly MeasuredFile[],
  wanted: (measured: Measured) => readonly MeasuredTest[],
) {
  const tests = files.flatMap(({ file, measured }) =>
    wanted(measured).map(({ id, ms }, round) => ({
      file,
      id,
      ms,
      outsideMs: measured.outsideMs,
      round,
    })),
  )
  tests.sort((one, other) => one.round - other.round || one.ms - other.ms)
  const taken = new Map<string, string[]>()
  let filesMs = 0
  for (const { file, id, ms, outsideMs } of tests) {
    const ofFile = taken.get(file)
    const after = filesMs + ms + (ofFile === undefined ? outsideMs : 0)
    if (after > trialMs && taken.size > 0) continue
    filesMs = after
    taken.set(file, [...(ofFile ?? []), id])
  }
  return { files: [...taken].map(([file, ids]) => ({ file, tests: ids })), filesMs }
}

const hitsIn = ({ measured }: MeasuredFile, id: string): number =>
  measured.tests.reduce((sum, { hits }) => sum + (hits[id] ?? 0), measured.outside[id] ?? 0)

/** What runs over a mistake; `undefined` when nothing does. */
export function runnersOf({ id }: Mistake, files: readonly MeasuredFile[]): Runners | undefined {
  const hits = files.reduce((sum, one) => sum + hitsIn(one, id), 0)
  const isOnce = files.some(({ measured }) => measured.once.includes(id))
  if (!isOnce && hits === 0) return undefined
  const over = ({ outside, tests }: Measured): readonly MeasuredTest[] =>
    testsOver(tests, [id], outside[id] !== undefined)
  return { ...firstOf(files, over), isOnce, hits }
}

/**
 * With modules that are loaded anew: what is done once is done with the mistake. All tests may
 * notice; those that run over what is around it, most likely.
 */
const afresh = (files: readonly MeasuredFile[], around: readonly string[]) =>
  firstOf(files, ({ tests }) => testsOver(tests, around, true))

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
  { id, file: source }: Mistake,
  { hits }: Runners,
  { files, filesMs }: Pick<Runners, "files" | "filesMs">,
  isFresh: boolean,
): TimedTrial => ({
  trial: { kind: "try", id, source, files, isFresh, hitsMax: (1 + hits) * hitsFactor },
  limitMs: leastMs + filesMs * timeFactor,
})

/** One after another, until one of them notices; `around` are the mistakes of the same source. */
export function trialsOf(
  mistake: Mistake,
  runners: Runners,
  files: readonly MeasuredFile[],
  around: readonly string[],
): readonly TimedTrial[] {
  const quick = runners.files.length === 0 ? [] : [timedTrial(mistake, runners, runners, false)]
  const fresh = runners.isOnce ? [timedTrial(mistake, runners, afresh(files, around), true)] : []
  return [...quick, ...fresh]
}
