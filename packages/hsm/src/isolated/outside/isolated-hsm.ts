import { HsmError, isHsmError, type KeySpec, type RegionHsm } from "@keywright/core/hsm"
import type { Later } from "../../later.js"
import { ownCopy, wipeOwn } from "../../own-arguments.js"
import { type Isolation, isolationOf, type Measure } from "../wire/measures.js"
import { type MethodName, methodNames } from "../wire/methods.js"
import type { FullPlan } from "../wire/plan.js"
import type { Started } from "./boundary.js"
import { type Connection, connect } from "./connection.js"
import { keepPlan } from "./kept-plan.js"
import { type IsolatedHsmOptions, readOptions } from "./options.js"

/** An HSM behind a boundary. */
export interface IsolatedHsm extends Later<RegionHsm> {
  /** What was found of every measure when the boundary last started. */
  readonly isolation: () => Isolation
}

/** After a start that failed, the next one waits so long. */
const restartMs = 250

const zeroized = (): HsmError => new HsmError("unavailable", "the HSM is zeroized")
const unstartable = (cause: unknown): HsmError =>
  new HsmError("unavailable", "the boundary of the HSM cannot be started", { cause })
const changed = (): HsmError =>
  new HsmError("unavailable", "the HSM behind the boundary knows other key specs than before")

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
 * Rejects when the boundary cannot be started or does not keep what `demands` asks for, and with
 * `TypeError` for options that it does not know or that are not as they must be.
 *
 * @example
 * const hsm = await isolatedHsm({
 *   boundary: "process",
 *   hsm: { suite: "openssl", seal: { rootKeyFile: "/run/secrets/root-key" } },
 *   demands: ["own-memory", "core-dumps"],
 * })
 */
export async function isolatedHsm(options: IsolatedHsmOptions): Promise<IsolatedHsm> {
  const { demands, answerMs, start } = readOptions(options)
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
    // What the caller does with its bytes meanwhile is its own affair.
    const own = args.map(ownCopy)
    return starting
      .then(({ connection }) => connection.call(name, own))
      .finally(() => own.forEach(wipeOwn))
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

  async function zeroize(): Promise<void> {
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

  let closing: Promise<void> | undefined
  function close(): Promise<void> {
    closing ??= zeroize()
    return closing
  }

  const first = await restart().catch((error: unknown) => {
    plan.wipe()
    // A plan that was asked for may be none.
    const { cause } = error as HsmError
    throw cause instanceof TypeError ? cause : error
  })
  return Object.freeze({
    ...Object.fromEntries(methodNames.map((name) => [name, forward(name)])),
    createDomain: opening("createDomain"),
    openDomain: opening("openDomain"),
    close,
    keySpecs: first.keySpecs,
    isolation: () => running?.isolation ?? first.isolation,
  }) as unknown as IsolatedHsm
}
