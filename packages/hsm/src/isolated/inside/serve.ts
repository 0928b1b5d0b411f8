import type { RegionHsm } from "@keywright/core/hsm"
import { attentive } from "../links/attentive.js"
import type { Link, LinkEvents } from "../links/link.js"
import { createMemory } from "../wire/bound-tokens.js"
import {
  assertOver,
  keepRest,
  moveToStay,
  type Reader,
  readByte,
  WireError,
  type Writer,
} from "../wire/buffers.js"
import type { Codec } from "../wire/codecs.js"
import { writeFailure } from "../wire/failures.js"
import { createFrameReader, type FrameHead } from "../wire/frames.js"
import { beginning, layout, readiness } from "../wire/greetings.js"
import type { Measure, MeasureState } from "../wire/measures.js"
import { methodNames, methodTable } from "../wire/methods.js"
import { createOutbox } from "../wire/outbox.js"
import type { FullPlan } from "../wire/plan.js"

interface Inside {
  /** Makes the HSM. Its bytes are the plan's only until it has returned. */
  readonly makeHsm: (plan: FullPlan) => Promise<RegionHsm>
  /** What this side knows of its isolation. */
  readonly measures: Partial<Record<Measure, MeasureState>>
  /** The HSM is closed, and nobody listens any more. */
  readonly over: () => void
}

type AnyMethod = (...args: readonly unknown[]) => unknown
interface AnyRow {
  readonly args: Codec<readonly unknown[]>
  readonly result: Codec<unknown>
}

/** So many answers are sent together before the other calls of a batch are begun. */
const answersPerFlush = 16

/**
 * Serves an HSM to whoever is at the other end of a link, whose bytes are not trusted: what is no
 * frame of ours ends it. When the link is over, whatever the reason, the HSM is closed.
 */
export function serve(openLink: (events: LinkEvents) => Link, inside: Inside): void {
  const outbox = createOutbox((bytes) => link.send(bytes), answersPerFlush)
  const memory = createMemory()
  let hsm: RegionHsm | undefined
  let hasBegun = false
  let isOver = false

  function say(head: FrameHead, writeRest: (to: Writer) => void): void {
    if (!isOver) outbox.put(head, writeRest)
  }

  const fail = (callId: number, error: unknown): void =>
    say({ kind: "failure", callId }, (to) => writeFailure(to, error))

  /** Ends a call: its answer is written, and its arguments are wiped. */
  function settle(callId: number, wipe: () => void, say: () => void): void {
    try {
      say()
    } catch (error) {
      fail(callId, error)
    } finally {
      wipe()
    }
  }

  function run(callId: number, rest: Reader, wipe: () => void): void {
    const name = methodNames[readByte(rest)]
    if (name === undefined || hsm === undefined) throw new WireError("there is no such call")
    const row = methodTable[name] as unknown as AnyRow
    const args = row.args.read(rest)
    assertOver(rest)
    const succeed = (value: unknown): void =>
      settle(callId, wipe, () => {
        say({ kind: "answer", callId }, (to) => row.result.write(to, value))
      })
    const refuse = (error: unknown): void => settle(callId, wipe, () => fail(callId, error))
    try {
      const value = (hsm[name] as AnyMethod)(...args)
      if (value instanceof Promise) value.then(succeed, refuse)
      else succeed(value)
    } catch (error) {
      refuse(error)
    }
  }

  async function begin(callId: number, rest: Reader): Promise<void> {
    const asked = beginning.read(rest)
    assertOver(rest)
    if (asked.layout !== layout) throw new WireError("the other side is of another version")
    const made = await inside.makeHsm(asked.plan)
    if (isOver) {
      await made.close()
      return
    }
    hsm = made
    const measures = Object.entries(inside.measures).map(([measure, state]) => ({
      measure: measure as Measure,
      ...state,
    }))
    const { keySpecs } = made
    say({ kind: "ready", callId }, (to) => readiness.write(to, { layout, keySpecs, measures }))
  }

  function take({ kind, callId }: FrameHead, said: Reader): void {
    if (isOver) return
    // An HSM may still read when it has waited.
    const rest = keepRest(said, memory)
    const { bytes, at, end } = rest
    const wipe = (): void => void bytes.fill(0, at, end)
    if (kind === "call") {
      run(callId, rest, wipe)
      return
    }
    if (kind !== "begin" || hasBegun) throw new WireError("no such frame goes in")
    hasBegun = true
    begin(callId, rest)
      .catch((error: unknown) => fail(callId, error))
      .finally(wipe)
  }

  const frames = createFrameReader(take, "taker")

  const link = attentive(openLink)({
    bytes(chunk) {
      try {
        frames.push(link.bytesStay ? chunk : moveToStay(chunk))
      } catch {
        link.end()
      }
    },
    async over() {
      if (isOver) return
      isOver = true
      frames.wipe()
      outbox.wipe()
      try {
        await hsm?.close()
      } finally {
        inside.over()
      }
    },
  })
}
