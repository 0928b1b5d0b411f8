import { type HsmErrorCode, isHsmError, type RegionHsm } from "@keywright/core/hsm"
import type { MethodName } from "../isolated/wire/methods.js"

/** The domain state that the fleet is open in. A new one is another object. */
export interface FleetState {
  readonly name: string
  readonly sealedState: Uint8Array
}

/** What a host can know of a member. */
export interface MemberHealth {
  readonly hsm: RegionHsm
  /** False while it is asked last: it failed, and has not come back yet. */
  readonly isServing: boolean
  readonly callsInFlight: number
  /** Why it last failed, if it has not come back. */
  readonly failure: unknown
}

/** One HSM of a fleet. */
export interface Member {
  readonly hsm: RegionHsm
  readonly health: () => MemberHealth
  readonly callsInFlight: () => number
  readonly isServing: () => boolean
  /** Calls a method of it, in the state that the fleet is open in. */
  call(name: MethodName, args: readonly unknown[]): Promise<unknown>
  /** Opens that state, if it is not open. Rejects when it does not open. */
  catchUp(): Promise<void>
  /** It has opened that state, by a call that the fleet made. */
  opened(state: FleetState): void
  /** Waits until nothing is in flight. */
  drained(): Promise<void>
  /** Looks after it no more. */
  forget(): void
}

/** A member that failed is tried again after so long, and then twice as long, up to the last. */
const retryMs = { first: 250, last: 30_000 } as const

const hasCode = (error: unknown, code: HsmErrorCode): boolean =>
  isHsmError(error) && error.code === code

/** Whether an error says of a member that it cannot serve, and nothing about the call. */
export const isDead = (error: unknown): boolean => hasCode(error, "unavailable")

/** Whether another member may do what this one could not: its seal, too, is a member's own. */
export const isOfMember = (error: unknown): boolean =>
  isDead(error) || hasCode(error, "sealed-by-another")

/** A member did not open the state of its fleet: whatever that says, another may have it open. */
export class NotCaughtUp extends Error {
  override readonly name = "NotCaughtUp"
}

type AnyMethod = (...args: readonly unknown[]) => unknown

/** `current`: the state that the fleet is open in, if it is. */
export function createMember(hsm: RegionHsm, current: () => FleetState | undefined): Member {
  let inFlight = 0
  let open: FleetState | undefined
  let opening: Promise<void> | undefined
  let failure: unknown
  let isDown = false
  let isForgotten = false
  let timer: NodeJS.Timeout | undefined
  let waitMs: number = retryMs.first
  const drains: (() => void)[] = []

  function comeBack(): void {
    clearTimeout(timer)
    timer = undefined
    isDown = false
    failure = undefined
    waitMs = retryMs.first
  }

  function goDown(error: unknown): void {
    // An HSM that was never opened is locked, and is as it should be.
    if (isForgotten || current() === undefined) return
    isDown = true
    failure = error
    open = undefined
    if (timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      waitMs = Math.min(waitMs * 2, retryMs.last)
      catchUp().catch(() => undefined)
    }, waitMs)
    timer.unref()
  }

  async function openState(state: FleetState): Promise<void> {
    try {
      await hsm.openDomain(state.name, state.sealedState)
      open = state
      comeBack()
    } catch (error) {
      goDown(error)
      throw new NotCaughtUp("the member did not open the domain", { cause: error })
    }
  }

  async function catchUp(): Promise<void> {
    for (let state = current(); state !== undefined && open !== state; state = current()) {
      opening ??= openState(state).finally(() => {
        opening = undefined
      })
      await opening
    }
  }

  const isServing = (): boolean => !isDown

  return {
    hsm,
    isServing,
    callsInFlight: () => inFlight,
    health: () => ({ hsm, isServing: isServing(), callsInFlight: inFlight, failure }),
    catchUp,
    opened(state) {
      open = state
      comeBack()
    },
    async call(name, args) {
      inFlight += 1
      try {
        // Also before it opens another: only who knows the current state refuses an older one.
        if (open !== current()) await catchUp()
        return await (hsm[name] as AnyMethod)(...args)
      } catch (error) {
        if (isDead(error)) goDown(error)
        throw error
      } finally {
        inFlight -= 1
        if (inFlight === 0) for (const done of drains.splice(0)) done()
      }
    },
    async drained() {
      if (inFlight > 0) await new Promise<void>((resolve) => drains.push(resolve))
    },
    forget() {
      isForgotten = true
      clearTimeout(timer)
    },
  }
}
