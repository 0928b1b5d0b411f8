import type { TracedCall } from "@keywright/core"
import { catalogue } from "@keywright/core"
import { describe, expect, it, test, vi } from "vitest"
import {
  callChannels,
  channelName,
  type FollowOptions,
  followCalls,
  sweepChannelName,
} from "../../src/telemetry.js"

type Attributes = Readonly<Record<string, unknown>>

/** What OpenTelemetry is asked for, in order. */
function recorder() {
  const spans: {
    readonly name: string
    readonly options: unknown
    readonly attributes: Attributes[]
    readonly statuses: unknown[]
    ends: number
  }[] = []
  const instruments: Record<string, unknown> = {}
  const measured: { readonly name: string; readonly value: number; readonly of: Attributes }[] = []
  const tracer: FollowOptions["tracer"] = {
    startSpan: (name, options) => {
      const span = {
        name,
        options,
        attributes: [] as Attributes[],
        statuses: [] as unknown[],
        ends: 0,
      }
      spans.push(span)
      return {
        setAttributes: (attributes) => span.attributes.push(attributes),
        setStatus: (status) => span.statuses.push(status),
        end: () => {
          span.ends += 1
        },
      }
    },
  }
  const instrument = (kind: string, name: string, options: object) => {
    instruments[name] = { kind, ...options }
    return (value: number, of: Attributes) => void measured.push({ name, value, of })
  }
  const meter: FollowOptions["meter"] = {
    createHistogram: (name, options) => ({ record: instrument("histogram", name, options) }),
    createCounter: (name, options) => ({ add: instrument("counter", name, options) }),
  }
  return { spans, instruments, measured, tracer, meter }
}

const arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
const otherArn = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234"
const allowed = { effect: "allow", reason: "keyPolicy" }
const denied = { effect: "explicitDeny", reason: "scp" }

const callOf = (more: object = {}): TracedCall => ({
  operation: "Decrypt",
  region: "eu-west-1",
  principal: "arn:aws:iam::111122223333:user/Alice",
  keys: [],
  keyMaterialIds: [],
  decisions: [],
  storeReads: 0,
  ...more,
})

const { follows, run, swept } = callChannels()

/** Follows while one call is made. */
async function followed(call: TracedCall, options: Partial<FollowOptions> = {}) {
  const found = recorder()
  const { tracer, meter } = found
  const end = followCalls({ tracer, meter, ...options })
  await run(call, async () => undefined)
  end()
  const measured = Object.fromEntries(
    found.measured.map(({ name, value, of }) => [name, [value, of]]),
  )
  return { ...found, measured, all: found.measured }
}

describe("the channels of calls", () => {
  test("have the names of operations", () => {
    expect(channelName("Decrypt")).toBe("keywright:Decrypt")
    expect(sweepChannelName).toBe("keywright:sweep")
  })

  test("are asked whether anybody listens, each by itself", () => {
    const names = Object.keys(catalogue)
    expect(names.filter((name) => follows(name))).toEqual([])
    const end = followCalls({})
    expect(names.filter((name) => follows(name))).toEqual(names)
    end()
    expect(names.filter((name) => follows(name))).toEqual([])
    expect(follows("NoSuchOperation")).toBe(false)
  })
})

describe("the span of a call", () => {
  it.each<[string, object, Attributes]>([
    ["tells how often the store was asked", { storeReads: 3 }, { "keywright.store.reads": 3 }],
    [
      "tells the request",
      { requestId: "r-1" },
      { "aws.request_id": "r-1", "keywright.store.reads": 0 },
    ],
    [
      "tells the keys and their materials",
      {
        keys: [
          { arn, keySpec: "RSA_2048" },
          { arn: otherArn, keySpec: "HMAC_256" },
        ],
        keyMaterialIds: ["m-1", "m-2"],
      },
      {
        "keywright.key.id": ["1234abcd", "mrk-1234"],
        "keywright.key.spec": ["RSA_2048", "HMAC_256"],
        "keywright.key_material.id": ["m-1", "m-2"],
        "keywright.store.reads": 0,
      },
    ],
    [
      "tells the first permission, where all were there",
      { decisions: [allowed, { effect: "allow", reason: "grant" }] },
      {
        "keywright.decision.effect": "allow",
        "keywright.decision.reason": "keyPolicy",
        "keywright.store.reads": 0,
      },
    ],
    [
      "tells the permission that was missing",
      { decisions: [allowed, denied, { effect: "implicitDeny", reason: "keyPolicy" }] },
      {
        "keywright.decision.effect": "explicitDeny",
        "keywright.decision.reason": "scp",
        "keywright.store.reads": 0,
      },
    ],
  ])("%s", async (_, more, attributes) => {
    const { spans } = await followed(callOf(more))
    expect(spans).toStrictEqual([
      {
        name: "KMS.Decrypt",
        options: {
          kind: 0,
          attributes: {
            "rpc.system": "aws-api",
            "rpc.service": "KMS",
            "rpc.method": "Decrypt",
            "cloud.region": "eu-west-1",
          },
        },
        attributes: [attributes],
        statuses: [],
        ends: 1,
      },
    ])
  })

  test("is marked where the call has failed", async () => {
    const { spans } = await followed(callOf({ errorName: "NotFoundException" }))
    expect(spans[0]).toMatchObject({
      attributes: [{ "error.type": "NotFoundException", "keywright.store.reads": 0 }],
      statuses: [{ code: 2 }],
      ends: 1,
    })
  })

  test("ends with the following, when its call is under way, and is told nothing more", async () => {
    const { spans, tracer, meter, measured } = recorder()
    const end = followCalls({ tracer, meter })
    let finish = (): void => undefined
    const running = run(callOf(), () => new Promise<void>((resolve) => (finish = resolve)))
    end()
    finish()
    await running
    expect(spans[0]).toMatchObject({ attributes: [], ends: 1 })
    expect(measured).toEqual([])
  })

  test("is not made of calls that began before", async () => {
    const { spans, tracer, meter, measured } = recorder()
    const first = followCalls({})
    let finish = (): void => undefined
    const running = run(callOf(), () => new Promise<void>((resolve) => (finish = resolve)))
    const end = followCalls({ tracer, meter })
    finish()
    await running
    end()
    first()
    expect([spans, measured]).toEqual([[], []])
  })
})

describe("what is measured of calls and sweeps", () => {
  test("has names, units and descriptions", async () => {
    const { instruments } = await followed(callOf())
    expect(instruments).toEqual({
      "keywright.call.duration": {
        kind: "histogram",
        unit: "s",
        description: "How long calls take, by operation and error",
      },
      "keywright.call.denials": {
        kind: "counter",
        unit: "{call}",
        description: "Calls that policies refused, by reason",
      },
      "keywright.store.reads": {
        kind: "counter",
        unit: "{read}",
        description: "How often calls had to ask the storage; the rest was remembered",
      },
      "keywright.key_material.uses": {
        kind: "counter",
        unit: "{use}",
        description: "Uses of key materials",
      },
      "keywright.sweep.lag": {
        kind: "histogram",
        unit: "s",
        description:
          "How late the oldest key that was due was when a sweep came, one for each sweep",
      },
    })
  })

  const of = { "rpc.method": "Decrypt" }

  test("is how long a call took, in seconds, and nothing else where nothing else was", async () => {
    const found = recorder()
    const end = followCalls({ meter: found.meter })
    let nowMs = 1000
    const clock = vi.spyOn(performance, "now").mockImplementation(() => nowMs)
    await run(callOf({ decisions: [allowed] }), async () => {
      nowMs += 2500
    })
    clock.mockRestore()
    end()
    expect(found.measured).toStrictEqual([{ name: "keywright.call.duration", value: 2.5, of }])
  })

  test("is with what a call has failed, and how often the store was asked", async () => {
    const { measured } = await followed(callOf({ errorName: "NotFoundException", storeReads: 2 }))
    expect(measured).toEqual({
      "keywright.call.duration": [expect.any(Number), { ...of, "error.type": "NotFoundException" }],
      "keywright.store.reads": [2, of],
    })
  })

  test("is by what a call was refused", async () => {
    const { measured } = await followed(callOf({ decisions: [allowed, denied] }))
    expect(measured["keywright.call.denials"]).toEqual([
      1,
      { ...of, "keywright.decision.effect": "explicitDeny", "keywright.decision.reason": "scp" },
    ])
  })

  const keys = [{ arn, keySpec: "SYMMETRIC_DEFAULT" }]

  it.each<[string, object, readonly (readonly [string, string])[]]>([
    ["a key and its material", { keys, keyMaterialIds: ["m-1"] }, [["1234abcd", "m-1"]]],
    [
      "two keys, each with its material",
      { keys: [...keys, { arn: otherArn, keySpec: "HMAC_256" }], keyMaterialIds: ["m-1", "m-2"] },
      [
        ["1234abcd", "m-1"],
        ["mrk-1234", "m-2"],
      ],
    ],
    [
      "one key with two materials",
      { keys, keyMaterialIds: ["m-1", "m-2"] },
      [
        ["1234abcd", "m-1"],
        ["1234abcd", "m-2"],
      ],
    ],
    ["no key yet", { keyMaterialIds: ["m-1"] }, []],
  ])("is, on request, the use of %s", async (_, more, uses) => {
    const { all } = await followed(callOf(more), { countsKeys: true })
    const name = "keywright.key_material.uses"
    expect(all.filter((one) => one.name === name)).toEqual(
      uses.map(([id, material]) => ({
        name,
        value: 1,
        of: { "keywright.key.id": id, "keywright.key_material.id": material },
      })),
    )
    const unasked = await followed(callOf(more))
    expect(unasked.measured).not.toHaveProperty([name])
  })

  test("is how late a sweep was, until nobody follows", () => {
    const { meter, measured } = recorder()
    const sweep = { region: "eu-west-1", lateMs: 1500, isComplete: false }
    const end = followCalls({ meter })
    swept(sweep)
    end()
    swept(sweep)
    expect(measured).toEqual([
      {
        name: "keywright.sweep.lag",
        value: 1.5,
        of: { "cloud.region": "eu-west-1", "keywright.sweep.is_complete": false },
      },
    ])
  })

  test("is nothing without a meter, and no span is made without a tracer", async () => {
    const { tracer, spans, measured } = recorder()
    const end = followCalls({ tracer })
    await run(callOf(), async () => undefined)
    swept({ region: "eu-west-1", lateMs: 0, isComplete: true })
    end()
    expect([spans.length, measured]).toEqual([1, []])
    const { meter, measured: by } = recorder()
    const ended = followCalls({ meter })
    await run(callOf({ errorName: "NotFoundException" }), async () => undefined)
    let finish = (): void => undefined
    const running = run(callOf(), () => new Promise<void>((resolve) => (finish = resolve)))
    ended()
    finish()
    await running
    expect(by).toHaveLength(1)
  })
})
