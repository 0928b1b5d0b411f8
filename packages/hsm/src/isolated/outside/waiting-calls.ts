import { HsmError } from "@keywright/core/hsm"
import { type Reader, WireError } from "../wire/buffers.js"
import type { FrameKind } from "../wire/frames.js"

/** Ours: more than an engine has in flight. */
const callsInFlightMax = 65_536
/** Which of two numbers came first, is known of those that are closer than this. */
const callsApartMax = 2 ** 31

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
  /** From now on the call waits; answers its number. Throws `unavailable` when there is none. */
  add(call: WaitingCall): number
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
  const calls = new Map<number, WaitingCall>()
  /** They begin anew after four thousand million, when the first are long over. */
  let lastId = 0
  let timer: NodeJS.Timeout | undefined

  return {
    add(call) {
      if (calls.size >= callsInFlightMax) {
        throw new HsmError("unavailable", "too many calls wait for the HSM")
      }
      if (calls.size === 0) hold(true)
      lastId = (lastId + 1) >>> 0
      calls.set(lastId, call)
      return lastId
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
      let struckAt = lastId
      // Whoever waited already when the clock last struck, has waited for the whole of it.
      timer = setInterval(() => {
        const [oldest] = calls.keys()
        if (oldest !== undefined && (struckAt - oldest) >>> 0 < callsApartMax) late()
        struckAt = lastId
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
