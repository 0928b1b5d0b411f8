import { HsmError, isHsmError, type KeySpec, type RegionHsm } from "@keywright/core/hsm"
import type { Later } from "../../later.js"
import { type Isolation, isolationOf, type Measure } from "../wire/measures.js"
import { type MethodName, methodNames } from "../wire/methods.js"
import type { FullPlan, HsmPlan } from "../wire/plan.js"
import type { StartBoundary, Started } from "./boundary.js"
import { type Connection, connect } from "./connection.js"
import { keepPlan } from "./kept-plan.js"
import { type ProcessOptions, processBoundary } from "./process-boundary.js"
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

/** An HSM behind a boundary. */
export interface IsolatedHsm extends Later<RegionHsm> {
  /** What was found of every measure when the boundary last started. */
  readonly isolation: () => Isolation
}

const defaultAnswerMs = 60_000
/** After a start that failed, the next one waits so long. */
const restartMs = 250

const zeroized = (): HsmError => new HsmError("unavailable", "the HSM is zeroized")
const unstartable = (cause: unknown): HsmError =>
  new HsmError("unavailable", "the boundary of the HSM cannot be started", { cause })
const changed = (): HsmError =>
  new HsmError("unavailable", "the HSM behind the boundary knows other key specs than before")

function startOf(options: IsolatedHsmOptions): StartBoundary {
  const { boundary, readable = [], addons = "refused", launcher = [], user } = options
  if (typeof boundary === "object") return streamBoundary(boundary)
  if (boundary === "thread") return threadBoundary
  if (boundary !== "process") throw new TypeError("`boundary` is of no known kind")
  if (launcher[0]?.startsWith("/") === false) {
    throw new TypeError("`launcher` must begin with an absolute path")
  }
  const process: ProcessOptions = { readable, addons, launcher, user }
  return processBoundary(process)
}

/** Throws when the boundary does not keep what the host demands. */
function assertDemands(isolation: Isolation, demands: readonly Measure[]): void {
  const missing = demands.filter((measure) => isolation[measure]?.isEnforced !== true)
  if (missing.length === 0) return
  const told = missing.map((one) => `${one} (${isolation[one]?.how ?? "no known measure"})`)
  throw new HsmError(
    "unavailable",
    `the boundary does not keep what is demanded: ${told.join(", ")}`,
  )
}

interface Running extends Ready {
  readonly connection: Connection
  readonly started: Started
}

interface Ready {
  readonly keySpecs: readonly KeySpec[]
  readonly isolation: Isolation
}

/** The domain state that the boundary is open in: what a fresh one opens first. */
interface OpenState {
  readonly name: string
  readonly sealedState: Uint8Array
}

/**
 * An HSM behind a boundary: a process or a thread of its own, or what is at the other end of a
 * stream of bytes. It carries calls and does nothing of its own: what the HSM behind it promises
 * and declares, it does.
 *
 * A boundary that crashes, is killed, hangs or says what it must not, is ended. Calls in flight
 * then fail with `unavailable`, and can be made again: the next one starts a fresh boundary, which
 * opens the last domain state.
 *
 * Rejects when the boundary cannot be started or does not keep what `demands` asks for.
 *
 * @example
 * const hsm = await isolatedHsm({
 *   boundary: "process",
 *   hsm: { suite: "openssl", seal: { rootKeyFile: "/run/secrets/root-key" } },
 *   demands: ["own-memory", "core-dumps"],
 * })
 */
export async function isolatedHsm(options: IsolatedHsmOptions): Promise<IsolatedHsm> {
  const { demands = [], answerMs = defaultAnswerMs } = options
  if (!(answerMs >= 1 && answerMs <= 2 ** 31 - 1)) {
    throw new TypeError("`answerMs` must be a number of milliseconds from 1 to 2147483647")
  }
  const start = startOf(options)
  const plan = keepPlan(options.hsm)
  let opened: OpenState | undefined
  let running: Running | undefined
  let starting: Promise<Running> | undefined
  let isZeroized = false
  /** Why the last start failed, for a moment. */
  let failure: unknown

  async function prepare(connection: Connection, started: Started, full: FullPlan): Promise<Ready> {
    const { keySpecs, measures } = await connection.begin(full)
    const isolation = isolationOf(await started.measures(), measures)
    assertDemands(isolation, demands)
    if (running !== undefined && String(running.keySpecs) !== String(keySpecs)) throw changed()
    if (opened !== undefined) {
      await connection.call("openDomain", [opened.name, opened.sealedState])
    }
    return { keySpecs, isolation }
  }

  const begin = (): Promise<Running> =>
    plan.use(async (full) => {
      const started = await start(full)
      const connection = connect(started.openLink, answerMs)
      try {
        const ready = await prepare(connection, started, full)
        if (isZeroized) throw zeroized()
        return { ...ready, connection, started }
      } catch (error) {
        connection.end()
        throw error
      }
    })

  /** Starts a fresh boundary, once for all who wait for it. */
  async function restart(): Promise<Running> {
    if (failure !== undefined) throw failure
    try {
      running = await begin()
      return running
    } catch (error) {
      failure = isHsmError(error) ? error : unstartable(error)
      setTimeout(() => {
        failure = undefined
      }, restartMs).unref()
      throw failure
    }
  }

  function call(name: MethodName, args: readonly unknown[]): Promise<unknown> {
    if (running !== undefined && !running.connection.isOver) {
      return running.connection.call(name, args)
    }
    starting ??= restart().finally(() => {
      starting = undefined
    })
    return starting.then(({ connection }) => connection.call(name, args))
  }

  const forward =
    (name: MethodName) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      if (isZeroized) throw zeroized()
      return call(name, args)
    }

  /** The same call, after which a fresh boundary opens another state. */
  const opening =
    (name: "createDomain" | "openDomain") =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      const [domainName, given] = args as [string, Uint8Array | undefined]
      const kept = given?.slice()
      const made = (await forward(name)(...args)) as Uint8Array | undefined
      const sealedState = made?.slice() ?? kept
      if (sealedState !== undefined) opened = { name: domainName, sealedState }
      return made
    }

  async function close(): Promise<void> {
    if (isZeroized) return
    isZeroized = true
    const last = await (starting?.catch(() => undefined) ?? running)
    plan.wipe()
    opened = undefined
    if (last === undefined) return
    try {
      if (!last.connection.isOver) await last.connection.call("close", [])
    } catch {
      // It is gone, and with it all that it knew.
    } finally {
      last.connection.end()
      await last.started.gone()
    }
  }

  const first = await restart()
  return Object.freeze({
    ...Object.fromEntries(methodNames.map((name) => [name, forward(name)])),
    createDomain: opening("createDomain"),
    openDomain: opening("openDomain"),
    close,
    keySpecs: first.keySpecs,
    isolation: () => running?.isolation ?? first.isolation,
  }) as unknown as IsolatedHsm
}
