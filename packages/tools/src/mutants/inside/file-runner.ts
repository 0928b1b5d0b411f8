import { resolve } from "node:path"
import { performance } from "node:perf_hooks"
import process from "node:process"
import { type File, type Suite, startTests, type Test } from "@vitest/runner"
import { TestRunner, vi } from "vitest"
import { countFor } from "./switches.js"

/** How the tests of one file went. */
export interface FileRun {
  /** A test that failed; `true` when the file did as a whole, or something beside its tests. */
  readonly failed: string | true | undefined
  readonly durations: ReadonlyMap<string, number>
  readonly allMs: number
}

interface LoadedModule {
  readonly importers: ReadonlySet<string>
  promise: unknown
  exports: unknown
  evaluated: boolean
}

/** As vitest does it when modules are reset: what was fetched of it is kept. */
const forget = (loaded: LoadedModule): void =>
  void Object.assign(loaded, { promise: undefined, exports: undefined, evaluated: false })

/** What vitest keeps for itself, and a runner of its own needs. */
interface Insides {
  readonly moduleRunner: { cachedRequest(path: string, module: LoadedModule): unknown }
  readonly _otel: unknown
  readonly workerState: {
    filepath: string
    readonly evaluatedModules: { getModuleById(id: string): LoadedModule | undefined }
  }
}

const insidesOf = (runner: object): Insides => runner as Insides

const testsOf = (suite: Suite): readonly Test[] =>
  suite.tasks.flatMap((task) => (task.type === "suite" ? testsOf(task) : [task]))

/** A suite of which no test is wanted is not set up either. True when nothing is left. */
function leaveOut(suite: Suite, isWanted: (test: Test) => boolean): boolean {
  let isEmpty = true
  for (const task of suite.tasks) {
    const isLeftOut = task.type === "suite" ? leaveOut(task, isWanted) : !isWanted(task)
    if (isLeftOut) task.mode = "skip"
    else isEmpty = false
  }
  return isEmpty
}

/** Runs the tests of a file as often as one likes in one process, each time until one fails. */
export class FileRunner extends TestRunner {
  private wanted: ReadonlySet<string> | undefined
  private failed: string | undefined
  private strays = 0
  private endMs = Number.POSITIVE_INFINITY

  /** With what the runner has that vitest itself has made. */
  constructor(made: TestRunner) {
    super(made.config)
    const { moduleRunner, _otel } = insidesOf(made)
    Object.assign(this, { moduleRunner, _otel })
    const stray = (): void => {
      this.strays += 1
    }
    process.on("uncaughtException", stray)
    process.on("unhandledRejection", stray)
  }

  /** Some of the tests, or all of them; what has not begun within the limit is left out. */
  async run(path: string, tests?: readonly string[], limitMs?: number): Promise<FileRun> {
    const filepath = resolve(path)
    this.wanted = tests && new Set(tests)
    this.failed = undefined
    this.strays = 0
    insidesOf(this).workerState.filepath = filepath
    const beganMs = performance.now()
    this.endMs = beganMs + (limitMs ?? Number.POSITIVE_INFINITY)
    const [file] = await startTests([filepath], this)
    // What was rejected and not heard of is told in the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    vi.resetConfig()
    vi.restoreAllMocks()
    countFor(undefined)
    const isWhole = file?.result?.state === "fail" || this.strays > 0 || undefined
    return {
      failed: this.failed ?? isWhole,
      durations: new Map(
        file &&
          testsOf(file)
            .filter(({ result }) => result?.state === "pass")
            .map(({ id, result }) => [id, result?.duration ?? 0]),
      ),
      allMs: performance.now() - beganMs,
    }
  }

  /** A source, and whatever has imported it, is loaded anew by those who import it next. */
  loadAnew(path: string): void {
    const { evaluatedModules } = insidesOf(this).workerState
    const ids = new Set([resolve(path)])
    for (const id of ids) {
      const loaded = evaluatedModules.getModuleById(id)
      if (loaded === undefined) continue
      forget(loaded)
      for (const importer of loaded.importers) ids.add(importer)
    }
  }

  /** A file that was loaded before is loaded anew: its tests are made while it is. */
  override importFile(path: string, source: "collect" | "setup"): unknown {
    const { workerState, moduleRunner } = insidesOf(this)
    const loaded = workerState.evaluatedModules.getModuleById(path)
    if (loaded === undefined) return super.importFile(path, source)
    forget(loaded)
    return moduleRunner.cachedRequest(path, loaded)
  }

  onCollected(files: readonly File[]): void {
    const { wanted } = this
    if (wanted !== undefined) for (const file of files) leaveOut(file, ({ id }) => wanted.has(id))
  }

  override async onBeforeRunTask(test: Test): Promise<void> {
    if (this.failed !== undefined || performance.now() > this.endMs) test.mode = "skip"
    countFor(test.id)
    await super.onBeforeRunTask(test)
  }

  override onAfterRunTask(test: Test): void {
    countFor(undefined)
    if (test.result?.state === "fail") this.failed ??= test.id
    super.onAfterRunTask(test)
  }

  /** Snapshots are neither written nor missed. */
  override async onAfterRunSuite(): Promise<void> {}
}
