import { channel, type TracingChannel, tracingChannel } from "node:diagnostics_channel"
import { type CallTrace, catalogue, type TracedCall } from "@keywright/core"

/** The name of the tracing channel of an operation; its channels are `tracing:<name>:start` &c. */
export const channelName = (operation: string): string => `keywright:${operation}`

/** The channel on which a sweep that is over is told of, as a `TracedSweep`. */
export const sweepChannelName = "keywright:sweep"

/** What a call is told on, by operation. */
export type CallChannels = ReadonlyMap<string, TracingChannel<TracedCall, TracedCall>>

export const channelsOfCalls = (): CallChannels =>
  new Map(
    Object.keys(catalogue).map((operation) => [
      operation,
      tracingChannel<TracedCall, TracedCall>(channelName(operation)),
    ]),
  )

/**
 * Tells of every call on a tracing channel of `node:diagnostics_channel`, `keywright:Decrypt` for
 * Decrypt. `openKms` tells by itself; an engine of `createKms` does when it is opened with
 * `{ trace: callChannels() }`. The message is the same `TracedCall` from the start of a call to its
 * end, by when it is complete: nothing of what was encrypted or signed is in it. A call to whose
 * channel nobody has subscribed costs one look. Of sweeps tells the plain channel
 * `keywright:sweep`.
 *
 * Source: Node.js, "Diagnostics Channel", `TracingChannel`.
 */
export function callChannels(): CallTrace {
  const channels = channelsOfCalls()
  const sweeps = channel(sweepChannelName)
  return Object.freeze<CallTrace>({
    follows: (operation) => channels.get(operation)?.hasSubscribers === true,
    run: (call, act) => channels.get(call.operation)?.tracePromise(act, call),
    swept: (sweep) => sweeps.publish(sweep),
  })
}
