import { vi } from "vitest"
import type { Trial, TriedOnce } from "../messages.js"
import type { FileRunner } from "./file-runner.js"
import { turnOff, turnOn } from "./switches.js"

/** Which file noticed, and by what; `undefined` when none did. */
async function whoNotices(runner: FileRunner, { id, files, hitsMax }: Trial) {
  turnOn(id, hitsMax)
  try {
    for (const { file, tests } of files) {
      const { failed } = await runner.run(file, tests)
      if (failed !== undefined) return { file, tests: failed === true ? tests : [failed] }
    }
    return undefined
  } finally {
    turnOff()
  }
}

/** A failure counts when the same tests pass without the mistake. */
async function tryIn(runner: FileRunner, trial: Trial, renew: () => void): Promise<TriedOnce> {
  const noticed = await whoNotices(runner, trial)
  renew()
  if (noticed === undefined) return { kind: "tried", outcome: "unnoticed" }
  const { failed } = await runner.run(noticed.file, noticed.tests)
  const outcome = failed === undefined ? "noticed" : "spoiled"
  return { kind: "tried", outcome, by: noticed.file }
}

const keepAll = (): void => undefined
const loadAllAnew = (): void => void vi.resetModules()

/**
 * Tries a mistake with the modules as they are loaded, or with those that import it loaded anew.
 * What it leaves behind must not be taken for what the next one does: then all are.
 */
export async function tryMistake(runner: FileRunner, trial: Trial): Promise<TriedOnce> {
  const loadAnew = (): void => runner.loadAnew(trial.source)
  if (trial.isFresh) loadAnew()
  const tried = await tryIn(runner, trial, trial.isFresh ? loadAnew : keepAll)
  if (tried.outcome !== "spoiled") return tried
  loadAllAnew()
  return await tryIn(runner, trial, loadAllAnew)
}
