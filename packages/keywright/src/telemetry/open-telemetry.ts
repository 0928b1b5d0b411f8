import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { TracedCall, TracedSweep } from "@keywright/core"
import { channelsOfCalls, sweepChannelName } from "./call-channels.js"

type Attributes = Record<string, string | number | boolean | string[]>

/** A span of OpenTelemetry, as far as it is used here. */
export interface SpanLike {
  setAttributes(attributes: Attributes): unknown
  setStatus(status: { readonly code: 2 }): unknown
  end(): void
}

/** `trace.getTracer("keywright")` of `@opentelemetry/api`. */
export interface TracerLike {
  startSpan(name: string, options: { readonly kind: 0; readonly attributes: Attributes }): SpanLike
}

type Instrument = { readonly unit: string; readonly description: string }

/** `metrics.getMeter("keywright")` of `@opentelemetry/api`. */
export interface MeterLike {
  createHistogram(
    name: string,
    options: Instrument,
  ): { record(value: number, of: Attributes): void }
  createCounter(name: string, options: Instrument): { add(value: number, of: Attributes): void }
}

export interface FollowOptions {
  /** Where spans come from. Default: none are made. */
  readonly tracer?: TracerLike | undefined
  /** Where measurements go. Default: nothing is measured. */
  readonly meter?: MeterLike | undefined
  /** Whether uses are counted by key and key material: a series for each. Default: false. */
  readonly countsKeys?: boolean | undefined
}

/** A call is part of the process that makes it: `SpanKind.INTERNAL`. */
const internalKind = 0
/** `SpanStatusCode.ERROR` */
const errorStatus = { code: 2 } as const

/**
 * What is known when a call begins.
 *
 * Source: OpenTelemetry, "Semantic conventions for AWS SDK client spans".
 */
const beginningOf = ({ operation, region }: TracedCall): Attributes => ({
  "rpc.system": "aws-api",
  "rpc.service": "KMS",
  "rpc.method": operation,
  "cloud.region": region,
})

const keyIdOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1)

/** The permission that was missing, or else the one that the call needed first. */
const tellingDecision = ({ decisions }: TracedCall) =>
  decisions.find(({ effect }) => effect !== "allow") ?? decisions[0]

/** What is known when it is over. */
function endOf(call: TracedCall): Attributes {
  const { requestId, keys, keyMaterialIds, storeReads, errorName } = call
  const decision = tellingDecision(call)
  return {
    ...(requestId !== undefined && { "aws.request_id": requestId }),
    ...(keys.length > 0 && {
      "keywright.key.id": keys.map(({ arn }) => keyIdOf(arn)),
      "keywright.key.spec": keys.map(({ keySpec }) => keySpec),
    }),
    ...(keyMaterialIds.length > 0 && { "keywright.key_material.id": [...keyMaterialIds] }),
    ...(decision !== undefined && {
      "keywright.decision.effect": decision.effect,
      "keywright.decision.reason": decision.reason,
    }),
    "keywright.store.reads": storeReads,
    ...(errorName !== undefined && { "error.type": errorName }),
  }
}

/** Takes what a call came to, and how many milliseconds it took. */
type Measure = (call: TracedCall, ms: number) => void

function measureBy(meter: MeterLike, countsKeys: boolean): Measure {
  const durations = meter.createHistogram("keywright.call.duration", {
    unit: "s",
    description: "How long calls take, by operation and error",
  })
  const denials = meter.createCounter("keywright.call.denials", {
    unit: "{call}",
    description: "Calls that policies refused, by reason",
  })
  const storeReads = meter.createCounter("keywright.store.reads", {
    unit: "{read}",
    description: "How often calls had to ask the storage; the rest was remembered",
  })
  const uses = meter.createCounter("keywright.key_material.uses", {
    unit: "{use}",
    description: "Uses of key materials",
  })
  return (call, ms) => {
    const { operation, errorName, keys, keyMaterialIds } = call
    const of: Attributes = { "rpc.method": operation }
    durations.record(ms / 1000, {
      ...of,
      ...(errorName !== undefined && { "error.type": errorName }),
    })
    if (call.storeReads > 0) storeReads.add(call.storeReads, of)
    const { effect, reason } = tellingDecision(call) ?? { effect: "allow", reason: "" }
    if (effect !== "allow") {
      denials.add(1, {
        ...of,
        "keywright.decision.effect": effect,
        "keywright.decision.reason": reason,
      })
    }
    if (!countsKeys) return
    for (const [i, material] of keyMaterialIds.entries()) {
      const key = keys[i] ?? keys[0]
      // The material of a key that was made was not used yet.
      if (key === undefined) continue
      uses.add(1, { "keywright.key.id": keyIdOf(key.arn), "keywright.key_material.id": material })
    }
  }
}

/** Takes how late a sweep was. */
function measureSweepsBy(meter: MeterLike): (sweep: TracedSweep) => void {
  const lags = meter.createHistogram("keywright.sweep.lag", {
    unit: "s",
    description: "How late the oldest key that was due was when a sweep came, one for each sweep",
  })
  return ({ region, lateMs, isComplete }) =>
    lags.record(lateMs / 1000, {
      "cloud.region": region,
      "keywright.sweep.is_complete": isComplete,
    })
}

interface Following {
  readonly startedMs: number
  readonly span: SpanLike | undefined
}

/**
 * Makes a span of OpenTelemetry of every call of every engine in this process that tells of its
 * calls, `KMS.Decrypt` for Decrypt, and measures calls and sweeps. Spans are children of what is
 * active where the call is made. No attribute holds a secret or a value of an encryption context.
 * Returns what ends it.
 *
 * @example
 * ```ts
 * import { metrics, trace } from "@opentelemetry/api"
 * import { followCalls } from "keywright/telemetry"
 *
 * followCalls({ tracer: trace.getTracer("keywright"), meter: metrics.getMeter("keywright") })
 * ```
 */
export function followCalls({ tracer, meter, countsKeys = false }: FollowOptions): () => void {
  const measure = meter && measureBy(meter, countsKeys)
  const measureSweep = meter && measureSweepsBy(meter)
  // Whoever follows sweeps is handed what this module has published, and no more.
  const hearSweep = (sweep: unknown): void => measureSweep?.(sweep as TracedSweep)
  const followed = new Map<TracedCall, Following>()
  const ignore = (): void => undefined
  const subscriber = {
    start(call: TracedCall): void {
      const attributes = beginningOf(call)
      const span = tracer?.startSpan(`KMS.${call.operation}`, { kind: internalKind, attributes })
      followed.set(call, { startedMs: performance.now(), span })
    },
    asyncEnd(call: TracedCall): void {
      const following = followed.get(call)
      if (following === undefined) return
      followed.delete(call)
      const { span, startedMs } = following
      span?.setAttributes(endOf(call))
      if (call.errorName !== undefined) span?.setStatus(errorStatus)
      span?.end()
      measure?.(call, performance.now() - startedMs)
    },
    end: ignore,
    asyncStart: ignore,
    error: ignore,
  }
  const channels = channelsOfCalls()
  for (const channel of channels.values()) channel.subscribe(subscriber)
  subscribe(sweepChannelName, hearSweep)
  return () => {
    for (const channel of channels.values()) channel.unsubscribe(subscriber)
    unsubscribe(sweepChannelName, hearSweep)
    // Of calls that are under way nothing more is heard.
    for (const { span } of followed.values()) span?.end()
    followed.clear()
  }
}
