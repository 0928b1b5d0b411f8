import { HsmError, type KeySpec, type RegionHsm } from "@keywright/core/hsm"
import { type MethodName, methodNames } from "../isolated/wire/methods.js"
import type { Later } from "../later.js"
import { ownCopy, wipeOwn } from "../own-arguments.js"
import {
  createMember,
  type FleetState,
  isDead,
  isOfMember,
  type Member,
  type MemberHealth,
  NotCaughtUp,
} from "./member.js"

/** HSMs of one domain that stand for each other. */
export interface HsmFleet extends Later<RegionHsm> {
  /** Takes one more in, once it has opened the domain. Rejects when it does not open it. */
  readonly join: (hsm: RegionHsm) => Promise<void>
  /** Gives it no more calls, and resolves when its last is answered. Who made it closes it. */
  readonly leave: (hsm: RegionHsm) => Promise<void>
  readonly health: () => readonly MemberHealth[]
}

const zeroized = (): HsmError => new HsmError("unavailable", "the fleet is zeroized")
const locked = (): HsmError => new HsmError("unavailable", "the fleet is locked")
const nobody = (): HsmError => new HsmError("unavailable", "no member of the fleet can serve")

/** What works on the state that it is given. All else is done in the state that is open. */
const worksLocked: readonly MethodName[] = [
  "rotateDomainKey",
  "withdrawTrust",
  "resealDomain",
  "retireDomainKeys",
]

/** What all of them know: any member serves any token. */
const commonSpecs = ([first, ...others]: readonly RegionHsm[]): readonly KeySpec[] =>
  Object.freeze(
    (first?.keySpecs ?? []).filter((spec) => others.every((hsm) => hsm.keySpecs.includes(spec))),
  )

/**
 * Which member is asked: one that serves before one that failed, and the least busy first. Of
 * equals it is the first: what answered the last lone call has its code and its keys at hand.
 */
function pick(members: readonly Member[], tried: readonly Member[]): Member | undefined {
  let best: Member | undefined
  for (const one of members) {
    if (tried.includes(one)) continue
    const isBetter =
      best === undefined ||
      (one.isServing() === best.isServing()
        ? one.callsInFlight() < best.callsInFlight()
        : one.isServing())
    if (isBetter) best = one
  }
  return best
}

/**
 * Several HSMs of one domain as one HSM. Any member serves any token; the least busy is asked
 * first, and another one when it cannot serve, within the call. A member that failed is asked last,
 * is tried again by itself, and has the domain state that is current before it serves again.
 *
 * It promises what its members promise; its key specs are those that all of them know. `close`
 * closes all of them.
 *
 * Throws `TypeError` for a fleet of none, and for one HSM twice.
 *
 * @example
 * const start = () => isolatedHsm({ boundary: "process", hsm: { suite: "openssl", seal } })
 * const hsm = hsmFleet([await start(), await start()])
 */
export function hsmFleet(hsms: readonly RegionHsm[]): HsmFleet {
  if (hsms.length === 0 || new Set(hsms).size !== hsms.length) {
    throw new TypeError("a fleet must have members, and each once")
  }
  let state: FleetState | undefined
  let isZeroized = false
  const joining = new Set<RegionHsm>()
  let turn: Promise<unknown> = Promise.resolve()
  let members: readonly Member[] = hsms.map((hsm) => createMember(hsm, () => state))
  const keySpecs = commonSpecs(hsms)

  /** Asks one member after another until one can serve. */
  async function ask(
    name: MethodName,
    args: readonly unknown[],
  ): Promise<{ readonly value: unknown; readonly by: Member }> {
    const tried: Member[] = []
    let failure: unknown
    for (;;) {
      const by = pick(members, tried)
      if (by === undefined) throw failure ?? nobody()
      tried.push(by)
      try {
        return { value: await by.call(name, args), by }
      } catch (error) {
        const cause = error instanceof NotCaughtUp ? error.cause : error
        if (!(error instanceof NotCaughtUp || isOfMember(error))) throw error
        // That some are dead says less than what another said.
        if (failure === undefined || isDead(failure)) failure = cause
      }
    }
  }

  /** What a member reads may be another's to read once more, and is the caller's after that. */
  const forward =
    (name: MethodName) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      if (isZeroized) throw zeroized()
      // Members may have been opened before, each in a domain of its own.
      if (state === undefined && !worksLocked.includes(name)) throw locked()
      const own = args.map(ownCopy)
      try {
        return (await ask(name, own)).value
      } finally {
        own.forEach(wipeOwn)
      }
    }

  /** What one has opened tells whether the next is older. */
  async function oneByOne<T>(open: () => Promise<T>): Promise<T> {
    const done = turn.then(open)
    turn = done.catch(() => undefined)
    return done
  }

  /** One member has opened a state: it is sound, and all others open it, too. */
  function adopt(name: string, sealedState: Uint8Array, by: Member): void {
    state = { name, sealedState }
    by.opened(state)
  }

  const allCatchUp = async (): Promise<void> => {
    await Promise.allSettled(members.map((member) => member.catchUp()))
  }

  async function createDomain(name: string): Promise<Uint8Array> {
    const made = await oneByOne(async () => {
      if (isZeroized) throw zeroized()
      const { value, by } = await ask("createDomain", [name])
      adopt(name, new Uint8Array(value as Uint8Array), by)
      return value as Uint8Array
    })
    await allCatchUp()
    return made
  }

  async function openDomain(name: string, sealedState: Uint8Array): Promise<void> {
    const own = new Uint8Array(sealedState)
    await oneByOne(async () => {
      if (isZeroized) throw zeroized()
      const { by } = await ask("openDomain", [name, own])
      adopt(name, own, by)
    })
    await allCatchUp()
  }

  async function join(hsm: RegionHsm): Promise<void> {
    if (isZeroized) throw zeroized()
    if (joining.has(hsm) || members.some((member) => member.hsm === hsm)) {
      throw new TypeError("the HSM is a member already")
    }
    if (!keySpecs.every((spec) => hsm.keySpecs.includes(spec))) {
      throw new TypeError("the HSM does not know all key specs of the fleet")
    }
    const member = createMember(hsm, () => state)
    joining.add(hsm)
    try {
      await member.catchUp()
      if (isZeroized) throw zeroized()
      members = [...members, member]
    } catch (error) {
      member.forget()
      throw error instanceof NotCaughtUp ? error.cause : error
    } finally {
      joining.delete(hsm)
    }
  }

  async function leave(hsm: RegionHsm): Promise<void> {
    const member = members.find((one) => one.hsm === hsm)
    if (member === undefined) throw new TypeError("the HSM is no member")
    members = members.filter((one) => one !== member)
    await member.drained()
    member.forget()
  }

  async function zeroize(): Promise<void> {
    isZeroized = true
    const last = members
    members = []
    for (const member of last) member.forget()
    await Promise.all(last.map(({ hsm }) => hsm.close()))
  }

  let closing: Promise<void> | undefined
  function close(): Promise<void> {
    closing ??= zeroize()
    return closing
  }

  return Object.freeze({
    ...Object.fromEntries(methodNames.map((name) => [name, forward(name)])),
    createDomain,
    openDomain,
    close,
    keySpecs,
    join,
    leave,
    health: () => members.map((member) => member.health()),
  }) as unknown as HsmFleet
}
