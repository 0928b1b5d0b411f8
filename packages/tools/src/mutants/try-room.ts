import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createHand, type Hand } from "./hand.js"
import type { Tried } from "./messages.js"
import { filesOf, type Mistake, makeMistakes } from "./mistakes.js"
import { watchTime } from "./passed-time.js"
import type { MutantRoom } from "./rooms.js"
import { type Draw, drawn } from "./sample.js"
import { type MeasuredFile, runnersOf, trialsOf } from "./trials.js"

export interface TriedRoom {
  readonly tried: readonly Tried[]
  /** How many were to be tried; `undefined` when the time was over before the first. */
  readonly count: number | undefined
  /** How many there are. */
  readonly all: number
}

interface Asked extends Pick<MutantRoom, "folders" | "tests"> {
  /** All of them without. */
  readonly draw?: Draw | undefined
}

/** Hears what comes of it while it goes on. */
export interface Listener {
  tried(tried: Tried): void
  /** Of a file of tests, before the first mistake. */
  measured(file: string): void
  /** Of one that proves nothing. */
  leftOut(file: string): void
  /** Of those for which there was no time. */
  notAsked(count: number): void
}

/** They read the text of the sources, which is another one while mistakes are tried. */
const readers = /what-is-loaded\.test\.ts$/
const measureMs = 240_000
const workersCount = Number(process.env["MUTANTS_WORKERS"] ?? 2)

/** Each hand takes the next thing as soon as it has done with one. */
async function share<T>(
  hands: readonly Hand[],
  things: readonly T[],
  act: (hand: Hand, thing: T) => Promise<void>,
): Promise<void> {
  const left = things.values()
  await Promise.all(
    hands.map(async (hand) => {
      for (const thing of left) await act(hand, thing)
    }),
  )
}

/** Half of the time at most goes by before the first mistake: the files behind are not asked. */
async function measureFiles(
  hands: readonly Hand[],
  files: readonly string[],
  endMs: number,
  { measured: heard, leftOut, notAsked }: Listener,
): Promise<readonly MeasuredFile[]> {
  const found: MeasuredFile[] = []
  const untilMs = (Date.now() + endMs) / 2
  let late = 0
  await share(hands, files, async (hand, file) => {
    if (Date.now() > untilMs) {
      late += 1
      return
    }
    const measured = await hand.ask({ kind: "measure", file }, measureMs)
    heard(file)
    if (measured?.kind === "measured" && measured.isPassing) found.push({ file, measured })
    else leftOut(file)
  })
  if (late > 0) notAsked(late)
  return found
}

/** Tries mistakes against files, and remembers which of them have noticed some. */
function createTrier(files: readonly MeasuredFile[], mistakes: readonly Mistake[]) {
  const isTrusted = watchTime()
  const counts = new Map<string, number>()
  const countOf = (file: string): number => counts.get(file) ?? 0

  /** A test that hangs notices, too. */
  return async (hand: Hand, mistake: Mistake): Promise<Tried["outcome"]> => {
    const runners = runnersOf(mistake, files)
    if (runners === undefined) return "unnoticed"
    const around = mistakes.filter(({ file }) => file === mistake.file).map(({ id }) => id)
    for (const { trial, limitMs } of trialsOf(mistake, runners, files, around)) {
      const nameOf = (file: string): string => `${mistake.file} ${file}`
      const likely = [...trial.files].sort(
        (one, other) => countOf(nameOf(other.file)) - countOf(nameOf(one.file)),
      )
      const reply = await hand.ask({ ...trial, files: likely }, limitMs)
      if (reply === undefined) return isTrusted() ? "noticed" : "unclear"
      if (reply.kind !== "tried") return "unclear"
      if (reply.outcome === "noticed") {
        const name = nameOf(reply.by ?? "")
        counts.set(name, countOf(name) + 1)
        return "noticed"
      }
      if (reply.outcome === "spoiled") {
        hand.end()
        return "unclear"
      }
    }
    return "unnoticed"
  }
}

/** Tries the mistakes of a room until all were tried or its time is over. */
export async function tryRoom(
  { folders, tests, draw }: Asked,
  endMs: number,
  listener: Listener,
): Promise<TriedRoom> {
  const { mistakes, sources } = await makeMistakes(folders)
  const wanted = draw === undefined ? mistakes : drawn(mistakes, draw, ({ name }) => name)
  const testFiles = tests.flatMap((path) => filesOf(path, ".test.ts"))
  const [begin] = testFiles
  const folder = mkdtempSync(join(tmpdir(), "keywright-mutants-"))
  const text = join(folder, "sources.json")
  writeFileSync(text, JSON.stringify(sources))
  const hands = Array.from({ length: workersCount }, () => createHand(text, begin ?? ""))
  const tried: Tried[] = []
  let isOver = false
  const timeout = setTimeout(
    () => {
      isOver = true
      for (const hand of hands) hand.end()
    },
    Math.max(0, endMs - Date.now()),
  )
  try {
    const useful = testFiles.filter((file) => !readers.test(file))
    const files = await measureFiles(hands, [...new Set(useful)], endMs, listener)
    if (isOver || files.length === 0) return { tried, count: undefined, all: mistakes.length }
    const tryOne = createTrier(files, mistakes)
    await share(hands, wanted, async (hand, mistake) => {
      if (isOver) return
      const outcome = await tryOne(hand, mistake)
      if (isOver) return
      const { id: _, name: __, ...one } = mistake
      tried.push({ ...one, outcome })
      listener.tried({ ...one, outcome })
    })
  } finally {
    clearTimeout(timeout)
    for (const hand of hands) hand.end()
    rmSync(folder, { recursive: true, force: true })
  }
  return { tried, count: wanted.length, all: mistakes.length }
}
