import { HsmError, type KeySpec } from "@keywright/core/hsm"
import { attentive } from "../links/attentive.js"
import type { Link, LinkEvents } from "../links/link.js"
import { assertOver, type Reader, WireError, type Writer, writeByte } from "../wire/buffers.js"
import type { Codec } from "../wire/codecs.js"
import { readFailure } from "../wire/failures.js"
import { createFrameReader, type FrameHead, type FrameKind } from "../wire/frames.js"
import { beginning, layout, readiness } from "../wire/greetings.js"
import type { Measure, MeasureState } from "../wire/measures.js"
import { type MethodName, methodNumbers, methodTable } from "../wire/methods.js"
import { createOutbox } from "../wire/outbox.js"
import type { FullPlan } from "../wire/plan.js"
import { createWaitingCalls, type WaitingCall } from "./waiting-calls.js"

/** Ours: loading code takes a moment, also where many processes start at once. */
const startMs = 60_000
/** Ours: so much work is there at once that the other side can begin with it. */
const callsPerFlush = 64
/** What a boundary says of itself when it is ready. */
export interface Ready {
  readonly keySpecs: readonly KeySpec[]
  readonly measures: Partial<Record<Measure, MeasureState>>
}

/** A way to an HSM at the other end of a link, whose bytes are not trusted. */
export interface Connection {
  /** Sends the plan, and wipes nothing of it. */
  begin(plan: FullPlan): Promise<Ready>
  call(name: MethodName, args: readonly unknown[]): Promise<unknown>
  /** True once nothing comes any more. */
  readonly isOver: boolean
  end(): void
}

const ended = (): HsmError => new HsmError("unavailable", "the boundary of the HSM has ended")
const gone = (): HsmError => new HsmError("unavailable", "the boundary of the HSM is not there")

function readReady(rest: Reader): Ready {
  const said = readiness.read(rest)
  if (said.layout !== layout) throw new WireError("the other side is of another version")
  const rows = said.measures.map(({ measure, ...state }) => [measure, state])
  return { keySpecs: Object.freeze([...said.keySpecs]), measures: Object.fromEntries(rows) }
}

/**
 * Opens a connection. A call that is not answered for `answerMs`, and bytes that are no answer, end
 * it: whatever was in flight fails with `unavailable`.
 */
export function connect(openLink: (events: LinkEvents) => Link, answerMs: number): Connection {
  const outbox = createOutbox((bytes) => link.send(bytes), callsPerFlush)
  const waiting = createWaitingCalls((isAwaited) => link.hold(isAwaited), end)
  let isOver = false

  function end(): void {
    if (isOver) return
    isOver = true
    frames.wipe()
    outbox.wipe()
    link.end()
    waiting.end(ended())
  }

  function takeReady(rest: Reader): Ready {
    const ready = readReady(rest)
    waiting.watch(answerMs)
    return ready
  }

  /**
   * Sends a call. Rejects with what is wrong with it, and then sends nothing. It waits before its
   * bytes are on their way: there are streams that answer at once.
   */
  function send(
    [kind, answeredBy]: readonly [FrameKind, FrameKind],
    write: (to: Writer) => void,
    read: WaitingCall["read"],
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (isOver) throw gone()
      const callId = waiting.add({ answeredBy, read, resolve, reject })
      try {
        outbox.put({ kind, callId }, write)
      } catch (error) {
        waiting.take(callId)
        throw error
      }
    })
  }

  function take({ kind, callId }: FrameHead, rest: Reader): void {
    if (isOver) return
    const { answeredBy, read, resolve, reject } = waiting.take(callId)
    try {
      if (kind === "failure") {
        const error = readFailure(rest)
        assertOver(rest)
        reject(error)
        return
      }
      if (kind !== answeredBy) throw new WireError("that is no answer to this call")
      const value = read(rest)
      assertOver(rest)
      resolve(value)
    } catch (error) {
      reject(ended())
      throw error
    }
  }

  const frames = createFrameReader(take, "reader")

  const link = attentive(openLink)({
    bytes(chunk) {
      try {
        frames.push(chunk)
      } catch {
        end()
      }
    },
    over: end,
  })

  waiting.watch(startMs)
  return {
    get isOver() {
      return isOver
    },
    begin: (plan) =>
      send(
        ["begin", "ready"],
        (to) => beginning.write(to, { layout, plan }),
        takeReady,
      ) as Promise<Ready>,
    call(name, args) {
      const row = methodTable[name]
      const codec = row.args as Codec<readonly unknown[]>
      return send(
        ["call", "answer"],
        (to) => {
          writeByte(to, methodNumbers[name])
          codec.write(to, args)
        },
        (rest) => row.result.read(rest),
      )
    },
    end,
  }
}
