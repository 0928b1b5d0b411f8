import { HsmError } from "@keywright/core/hsm"
import { type Reader, WireError } from "../wire/buffers.js"
import type { FrameKind } from "../wire/frames.js"

/** Ours: more than an engine has in flight. */
const callsInFlightMax = 65_536

/** A call that was sent. */
export interface WaitingCall {
  /** Which frame answers it. */
  readonly answeredBy: FrameKind
  /** Reads what the other side answered; throws for what is no answer to this call. */
  readonly read: (rest: Reader) => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** The calls that wait for an answer. */
export interface WaitingCalls {
  /** The number for the next call. Throws `unavailable` when there is none. */
  next(): number
  /** The call with the number of `next` waits. */
  add(call: WaitingCall): void
  /** The call with that number waits no more. Throws when it did not wait. */
  take(callId: number): WaitingCall
  /** From now on a call that has waited for so long, and up to twice as long, is late. */
  watch(patienceMs: number): void
  /** All that wait fail. */
  end(error: Error): void
}

/** `hold`: whether any wait. `late`: told when one waits for too long. */
export function createWaitingCalls(
  hold: (isAwaited: boolean) => void,
  late: () => void,
): WaitingCalls {
  const calls = new Map<number, WaitingCall & { readonly born: number }>()
  let born = 0
  let timer: NodeJS.Timeout | undefined

  // They begin anew after four thousand million, when the first of them are long over.
  const idOf = (number: number): number => number >>> 0

  return {
    next() {
      if (calls.size < callsInFlightMax) return idOf(born + 1)
      throw new HsmError("unavailable", "too many calls wait for the HSM")
    },
    add(call) {
      if (calls.size === 0) hold(true)
      born += 1
      calls.set(idOf(born), { ...call, born })
    },
    take(callId) {
      const call = calls.get(callId)
      if (call === undefined) throw new WireError("nobody waits for that answer")
      calls.delete(callId)
      if (calls.size === 0) hold(false)
      return call
    },
    watch(patienceMs) {
      clearInterval(timer)
      let struckAt = born
      // Whoever waited already when the clock last struck, has waited for the whole of it.
      timer = setInterval(() => {
        const [oldest] = calls.values()
        if (oldest !== undefined && oldest.born <= struckAt) late()
        struckAt = born
      }, patienceMs)
      timer.unref()
    },
    end(error) {
      clearInterval(timer)
      for (const { reject } of calls.values()) reject(error)
      calls.clear()
    },
  }
}
