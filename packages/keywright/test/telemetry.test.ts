import { tracingChannel } from "node:diagnostics_channel"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type CallTrace,
  createKms,
  createSoftwareHsm,
  type Kms,
  rootKeySeal,
  type TracedCall,
} from "@keywright/core"
import { createMemoryStorage } from "@keywright/storage"
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { openKms } from "../src/index.js"
import { callChannels, channelName, followCalls } from "../src/telemetry.js"

const stranger = "arn:aws:iam::111122223333:user/Mallory"
const secret = "a value that nobody may read in a trace"

let folder: string
let kms: Kms

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => context.disable())

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "keywright-telemetry-"))
  kms = await openKms({ path: join(folder, "keys.db"), rootKey: new Uint8Array(32).fill(7) })
})
afterEach(async () => {
  await kms.close()
  rmSync(folder, { recursive: true })
})

async function newKey(): Promise<string> {
  const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
  return KeyMetadata?.KeyId ?? ""
}

/** What becomes of calls while all are followed by OpenTelemetry's own SDK. */
function followBySdk() {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: measured,
    exportIntervalMillis: 3_600_000,
  })
  const meters = new MeterProvider({ readers: [reader] })
  const tracer = provider.getTracer("keywright")
  const end = followCalls({ tracer, meter: meters.getMeter("keywright"), countsKeys: true })
  return {
    tracer,
    end,
    spans: () => exporter.getFinishedSpans(),
    points: async (name: string) => {
      await reader.forceFlush()
      const metrics = measured
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      const found = metrics.filter(({ descriptor }) => descriptor.name === name)
      return found.at(-1)?.dataPoints.map(({ attributes, value }) => ({ attributes, value })) ?? []
    },
  }
}

describe("a call that OpenTelemetry follows", () => {
  it("is a span under the one that is active, and tells which key was used and why", async () => {
    const KeyId = await newKey()
    const { tracer, end, spans } = followBySdk()
    const root = kms.as(kms.administrator)
    const parent = tracer.startSpan("order")
    await context.with(trace.setSpan(context.active(), parent), () =>
      root.encrypt({
        KeyId,
        Plaintext: new TextEncoder().encode(secret),
        EncryptionContext: { order: secret },
      }),
    )
    parent.end()
    end()
    const span = spans().find(({ name }) => name === "KMS.Encrypt")
    expect(span?.kind).toBe(SpanKind.INTERNAL)
    expect(span?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
    expect(span?.status.code).toBe(SpanStatusCode.UNSET)
    expect(span?.attributes).toEqual({
      "rpc.system": "aws-api",
      "rpc.service": "KMS",
      "rpc.method": "Encrypt",
      "cloud.region": "us-east-1",
      "aws.request_id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "keywright.key.id": [KeyId],
      "keywright.key.spec": ["SYMMETRIC_DEFAULT"],
      "keywright.key_material.id": [expect.stringMatching(/^[0-9a-f]{64}$/)],
      "keywright.decision.effect": "allow",
      "keywright.decision.reason": "keyPolicy",
      "keywright.store.reads": expect.any(Number),
    })
  })

  it("tells by what it was refused, and nothing of what was asked", async () => {
    const KeyId = await newKey()
    const { end, spans, points } = followBySdk()
    const mallory = kms.as(stranger)
    const input = { KeyId, Plaintext: new TextEncoder().encode(secret) }
    await expect(mallory.encrypt(input)).rejects.toThrow("is not authorized to perform")
    await expect(mallory.encrypt({ ...input, KeyId: "no key" })).rejects.toThrow("Invalid keyId")
    end()
    const [denied, missing] = spans()
    expect(denied?.status.code).toBe(SpanStatusCode.ERROR)
    expect(denied?.attributes).toMatchObject({
      "keywright.key.id": [KeyId],
      "keywright.decision.effect": "implicitDeny",
      "keywright.decision.reason": "identityPolicy",
      "error.type": "AccessDeniedException",
    })
    expect(missing?.attributes["error.type"]).toBe("NotFoundException")
    const told = JSON.stringify(spans().map(({ attributes, events }) => [attributes, events]))
    expect(told).not.toContain(secret)
    expect(await points("keywright.call.denials")).toEqual([
      {
        attributes: {
          "rpc.method": "Encrypt",
          "keywright.decision.effect": "implicitDeny",
          "keywright.decision.reason": "identityPolicy",
        },
        value: 1,
      },
    ])
  })

  it("is measured: how long, how often the store was asked, which material was used", async () => {
    const KeyId = await newKey()
    const { end, points } = followBySdk()
    const root = kms.as(kms.administrator)
    for (let i = 0; i < 3; i += 1) await root.generateDataKey({ KeyId, KeySpec: "AES_256" })
    await root.createKey({})
    end()
    const of = { "rpc.method": "GenerateDataKey" }
    const durations = await points("keywright.call.duration")
    expect(
      durations.find(({ attributes }) => attributes["rpc.method"] === of["rpc.method"]),
    ).toEqual({ attributes: of, value: expect.objectContaining({ count: 3 }) })
    const uses = await points("keywright.key_material.uses")
    expect(uses.map(({ attributes, value }) => [attributes["keywright.key.id"], value])).toEqual([
      [KeyId, 3],
    ])
    const reads = await points("keywright.store.reads")
    expect(reads.every(({ value }) => (value as number) > 0)).toBe(true)
  })
})

describe("who ends following", () => {
  it("leaves no span of a call under way without an end", async () => {
    const exporter = new InMemorySpanExporter()
    const spanProcessors = [new SimpleSpanProcessor(exporter)]
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer("keywright")
    const end = followCalls({ tracer })
    const calls = [1, 2, 3].map(() => newKey())
    end()
    await Promise.all(calls)
    const names = exporter.getFinishedSpans().map(({ name }) => name)
    expect(names).toEqual(["KMS.CreateKey", "KMS.CreateKey", "KMS.CreateKey"])
  })
})

describe("the tracing channel of an operation", () => {
  it("tells of a call from its start to its end, and of others nothing", async () => {
    const KeyId = await newKey()
    const told: string[] = []
    const calls: TracedCall[] = []
    const channel = tracingChannel<TracedCall, TracedCall>(channelName("DescribeKey"))
    const note = (what: string) => (call: TracedCall) => {
      told.push(what)
      calls.push(call)
    }
    const subscriber = {
      start: note("start"),
      end: note("end"),
      asyncStart: note("asyncStart"),
      asyncEnd: note("asyncEnd"),
      error: note("error"),
    }
    channel.subscribe(subscriber)
    const root = kms.as(kms.administrator)
    await root.describeKey({ KeyId })
    await root.listKeys({})
    await expect(root.describeKey({ KeyId: "alias/none" })).rejects.toThrow("alias/none")
    channel.unsubscribe(subscriber)
    await root.describeKey({ KeyId })
    const whole = ["start", "end", "asyncStart", "asyncEnd"]
    expect(told).toEqual([...whole, "start", "end", "error", "asyncStart", "asyncEnd"])
    expect(new Set(calls).size).toBe(2)
    expect(calls[0]).not.toHaveProperty("result.KeyMetadata")
  })
})

describe("a sweep that OpenTelemetry follows", () => {
  it("is measured: how late what was due is settled", async () => {
    const hourMs = 3_600_000
    let nowMs = Date.UTC(2026, 0, 1)
    const path = join(folder, "swept.db")
    const rootKey = new Uint8Array(32).fill(7)
    const timed = await openKms({ path, rootKey, clock: () => nowMs })
    const root = timed.as(timed.administrator)
    const { KeyMetadata } = await root.createKey({})
    await root.scheduleKeyDeletion({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 7 })
    const { end, points } = followBySdk()
    await timed.sweep()
    nowMs += (7 * 24 + 5) * hourMs
    await timed.sweep()
    end()
    await timed.sweep()
    await timed.close()
    const [point, ...others] = await points("keywright.sweep.lag")
    expect(others).toEqual([])
    expect(point?.attributes).toEqual({
      "cloud.region": "us-east-1",
      "keywright.sweep.is_complete": true,
    })
    expect(point?.value).toMatchObject({ count: 2, min: 0, max: (5 * hourMs) / 1000 })
  })
})

describe("who follows calls of an engine", () => {
  const swept = () => {
    throw new Error("no")
  }
  const trouble: Readonly<Record<string, Omit<CallTrace, "swept">>> = {
    "cannot say whether": {
      follows: () => {
        throw new Error("no")
      },
      run: (_, act) => act(),
    },
    "throws instead": {
      follows: () => true,
      run: () => {
        throw new Error("no")
      },
    },
    "never runs them": { follows: () => true, run: () => new Promise(() => undefined) },
    "runs them twice": { follows: () => true, run: async (_, act) => [await act(), await act()] },
    "lets nobody write down what became of them": {
      follows: () => true,
      run: (call, act) => {
        Object.freeze(call)
        return act()
      },
    },
    "fails afterwards": {
      follows: () => true,
      run: async (_, act) => {
        await act()
        throw new Error("no")
      },
    },
  }

  it.each(Object.keys(trouble))("and %s changes none of them", async (name) => {
    const storage = createMemoryStorage()
    const hsm = createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(7)) })
    const options = { region: "us-east-1", account: "111122223333", storage, hsm }
    const engine = await createKms({
      ...options,
      trace: { ...(trouble[name] as CallTrace), swept },
    })
    const root = engine.as(engine.administrator)
    await root.createKey({})
    expect((await root.listKeys({})).Keys).toHaveLength(1)
    await expect(root.describeKey({ KeyId: "alias/none" })).rejects.toThrow("alias/none")
    expect(await engine.sweep()).toMatchObject({ lateMs: 0 })
  })

  it("is asked about operations only: a name that is none is refused as ever", async () => {
    const { follows } = callChannels()
    expect(follows("__proto__")).toBe(false)
    const asked = kms.call({ principal: kms.administrator }, "NoSuchOperation", {})
    await expect(asked).rejects.toMatchObject({ name: "UnknownOperationException" })
  })
})
