import { isAbsolute } from "node:path"
import { type OptionNames, requireKnownOptions } from "@keywright/core/hsm"
import type { Measure } from "../wire/measures.js"
import type { HsmPlan } from "../wire/plan.js"
import type { StartBoundary } from "./boundary.js"
import { processBoundary } from "./process-boundary.js"
import { type StreamBoundary, streamBoundary } from "./stream-boundary.js"
import { threadBoundary } from "./thread-boundary.js"

export interface IsolatedHsmOptions {
  /** What stands between the host and the HSM. */
  readonly boundary: "process" | "thread" | StreamBoundary
  /**
   * The HSM behind it, as data. A plan is kept for the next start, with the secrets that it has; a
   * function is asked at every start, and what it returns is wiped.
   */
  readonly hsm: HsmPlan | (() => Promise<HsmPlan>)
  /** What the boundary must keep; otherwise it is not used. Default: nothing. */
  readonly demands?: readonly Measure[]
  /** A call that waits longer, and up to twice as long, ends the boundary. Default: a minute. */
  readonly answerMs?: number
  /** Of a process: what else it may read, absolute paths; a folder ends with `*`. */
  readonly readable?: readonly string[]
  /** Of a process: whether native code can be loaded, which no measure holds. Default: refused. */
  readonly addons?: "allowed" | "refused"
  /**
   * Of a process: a command that runs the one that follows it, for what Node cannot keep, say
   * bubblewrap. It hands on descriptor 3, and its first word is an absolute path. Default: none.
   */
  readonly launcher?: readonly string[]
  /** Of a process: who it runs as. Default: as the host does. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

const optionNames: OptionNames<IsolatedHsmOptions> = {
  boundary: true,
  hsm: true,
  demands: true,
  answerMs: true,
  readable: true,
  addons: true,
  launcher: true,
  user: true,
}

const defaultAnswerMs = 60_000

function must(isSo: boolean, what: string): void {
  if (!isSo) throw new TypeError(what)
}

const isPath = (value: unknown): boolean => typeof value === "string" && isAbsolute(value)

/** What only a process can be asked for. */
const namesOfProcess = ["readable", "addons", "launcher", "user"] as const

function processOf(options: IsolatedHsmOptions): StartBoundary {
  const { readable = [], addons = "refused", launcher = [], user } = options
  must(
    Array.isArray(readable) && readable.every(isPath),
    "`readable` must be a list of absolute paths",
  )
  must(addons === "allowed" || addons === "refused", '`addons` must be "allowed" or "refused"')
  must(
    Array.isArray(launcher) && launcher.every((word) => typeof word === "string"),
    "`launcher` must be a list of words",
  )
  must(launcher.length === 0 || isPath(launcher[0]), "`launcher` must begin with an absolute path")
  must(
    user === undefined || (Number.isInteger(user?.uid) && Number.isInteger(user?.gid)),
    "`user` must have a `uid` and a `gid`, which are integers",
  )
  return processBoundary({ readable, addons, launcher, user })
}

function startOf(options: IsolatedHsmOptions): StartBoundary {
  const { boundary } = options
  if (boundary === "process") return processOf(options)
  const vain = namesOfProcess.find((name) => options[name] !== undefined)
  must(vain === undefined, `\`${vain}\` is for a process`)
  if (boundary === "thread") return threadBoundary
  must(typeof boundary?.connect === "function", "`boundary` is of no known kind")
  return streamBoundary(boundary)
}

/** What options come to. Throws `TypeError` for those that are none. */
export function readOptions(options: IsolatedHsmOptions): {
  readonly demands: readonly Measure[]
  readonly answerMs: number
  readonly start: StartBoundary
} {
  requireKnownOptions(options, optionNames)
  const { demands = [], answerMs = defaultAnswerMs } = options
  must(Array.isArray(demands), "`demands` must be a list of measures")
  must(
    typeof answerMs === "number" && answerMs >= 1 && answerMs <= 2 ** 31 - 1,
    "`answerMs` must be a number of milliseconds from 1 to 2147483647",
  )
  return { demands, answerMs, start: startOf(options) }
}
