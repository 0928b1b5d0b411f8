import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cachedKeys } from "../../../src/envelope/keys/cache/cached-keys.js"
import type { KeySource } from "../../../src/envelope/keys/key-source.js"
import { createClock } from "../../support/clock.js"
import { countingSource } from "../support/counting-source.js"
import { context, signed, suiteOf, unwrapRequest, wrapRequest } from "../support/key-requests.js"

const clockOf = () => {
  const clock = createClock(0)
  return { clock, now: () => clock.nowMs }
}

function cacheOf(limits: Partial<Parameters<typeof cachedKeys>[1]> = {}) {
  const { clock, now } = clockOf()
  const far = countingSource()
  return {
    ...far,
    clock,
    cached: cachedKeys(far.source, { clock: now, ageMsMax: 1000, ...limits }),
  }
}

const callers = Array.from({ length: 3000 }, (_, i) => i)
const isZero = (bytes: Uint8Array | undefined) => bytes?.every((byte) => byte === 0)

describe("to encrypt", () => {
  it("three thousand callers at a cold key are one call", async () => {
    const { cached, state } = cacheOf()
    const made = await Promise.all(callers.map(() => cached.wrap(wrapRequest())))
    expect(state.wrapCalls).toBe(1)
    expect(new Set(made.map(({ dataKey }) => dataKey.join())).size).toBe(1)
    expect(new Set(made.map(({ dataKey }) => dataKey)).size).toBe(callers.length)
    const { wrap } = cached.counters()
    expect(wrap).toMatchObject({ loads: 1, hits: 2999, joined: 2999, failures: 0, entries: 1 })
  })

  it("three thousand callers at a key of a hundred messages are thirty calls", async () => {
    const { cached, state, wrapped } = cacheOf({ messagesMax: 100 })
    const made = await Promise.all(callers.map(() => cached.wrap(wrapRequest())))
    expect(state.wrapCalls).toBe(30)
    const uses = new Map<string, number>()
    for (const { dataKey } of made) uses.set(`${dataKey}`, (uses.get(`${dataKey}`) ?? 0) + 1)
    expect([...uses.values()]).toEqual(Array(30).fill(100))
    expect(wrapped.slice(0, -1).every(({ dataKey }) => isZero(dataKey))).toBe(true)
    expect(cached.counters().wrap.evictions).toEqual({ age: 0, use: 29, room: 0 })
  })

  it("a failure is that of all who waited, and of nobody after", async () => {
    const { cached, state } = cacheOf()
    state.isDown = true
    const failureOf = () => cached.wrap(wrapRequest()).catch((error: unknown) => error)
    const [failure, ...others] = await Promise.all(callers.map(failureOf))
    expect(failure).toMatchObject({ name: "EnvelopeError", reason: "keys" })
    expect(others.every((other) => other === failure)).toBe(true)
    expect(state.wrapCalls).toBe(1)
    state.isDown = false
    await cached.wrap(wrapRequest())
    expect(cached.counters().wrap).toMatchObject({ loads: 2, failures: 1, entries: 1 })
  })

  it("a data key is as old as it may be, and no older", async () => {
    const { cached, clock, wrapped } = cacheOf()
    await cached.wrap(wrapRequest())
    clock.advanceMs(999)
    await cached.wrap(wrapRequest())
    expect(wrapped).toHaveLength(1)
    clock.advanceMs(1)
    await cached.wrap(wrapRequest())
    expect(wrapped).toHaveLength(2)
    expect(isZero(wrapped[0]?.dataKey)).toBe(true)
    expect(cached.counters().wrap.evictions).toEqual({ age: 1, use: 0, room: 0 })
  })

  it("a clock that was set back does not make a data key young", async () => {
    const { cached, clock, wrapped } = cacheOf()
    clock.advanceMs(5000)
    await cached.wrap(wrapRequest())
    clock.advanceMs(-4000)
    await cached.wrap(wrapRequest())
    expect(wrapped).toHaveLength(2)
  })

  it("what one receiver wipes, another one has", async () => {
    const { cached } = cacheOf()
    const terms = () => ({ context, signingKey: new Uint8Array(48).fill(3) })
    const first = await cached.wrap(wrapRequest({ suite: signed, terms }))
    first.dataKey.fill(0)
    first.terms.signingKey?.fill(0)
    const second = await cached.wrap(wrapRequest({ suite: signed, terms: () => expect.fail() }))
    expect(isZero(second.dataKey)).toBe(false)
    expect(second.terms.signingKey).toEqual(new Uint8Array(48).fill(3))
  })

  it("a source that hands out Buffers loses nothing when a receiver wipes his", async () => {
    const { source, clock } = cacheOf()
    const asBuffers: KeySource = {
      async wrap(request) {
        const made = await source.wrap(request)
        return { ...made, dataKey: Buffer.from(made.dataKey) }
      },
      unwrap: async (request) => Buffer.from((await source.unwrap(request)) ?? expect.fail()),
    }
    const cached = cachedKeys(asBuffers, { clock: () => clock.nowMs, ageMsMax: 1000 })
    const first = await cached.wrap(wrapRequest())
    const request = unwrapRequest(first.encryptedDataKeys)
    const opened = await cached.unwrap(request)
    first.dataKey.fill(0)
    opened?.fill(0)
    const { dataKey } = await cached.wrap(wrapRequest())
    expect(isZero(dataKey)).toBe(false)
    expect(await cached.unwrap(request)).toEqual(dataKey)
  })

  it("contexts and suites are told apart", async () => {
    const { cached, state } = cacheOf()
    const long = "x".repeat(300)
    const contexts = [
      {},
      { a: "b" },
      { a: "", b: "" },
      { ab: "" },
      { a: "b", c: "d" },
      { a: long },
      { a: `${long}x` },
      { b: long },
    ]
    for (const one of contexts) await cached.wrap(wrapRequest({ context: one }))
    await cached.wrap(wrapRequest({ context: { c: "d", a: "b" } }))
    await cached.wrap(wrapRequest({ context: { a: long } }))
    expect(state.wrapCalls).toBe(contexts.length)
    await cached.wrap(wrapRequest({ suite: suiteOf(0x0178), context: {} }))
    expect(state.wrapCalls).toBe(contexts.length + 1)
  })

  it("suites without a derivation, and data keys of others, are not held", async () => {
    const { cached, state } = cacheOf()
    const plain = wrapRequest({ suite: suiteOf(0x0078) })
    const given = wrapRequest({ dataKey: new Uint8Array(32).fill(9) })
    for (const request of [plain, plain, given, given]) await cached.wrap(request)
    expect(state.wrapCalls).toBe(4)
    expect(cached.counters().wrap).toMatchObject({ loads: 0, entries: 0 })
    const request = unwrapRequest([], { suite: suiteOf(0x0078) })
    for (const calls of [1, 2]) {
      await cached.unwrap(request)
      expect(state.unwrapCalls).toBe(calls)
    }
    expect(cached.counters().unwrap).toMatchObject({ loads: 0, entries: 0 })
  })

  it("under a limit of bytes, a stream of unknown length has a data key of its own", async () => {
    const stream = wrapRequest({ plaintextBytes: undefined })
    const limited = cacheOf({ bytesMax: 10_000 })
    const free = cacheOf()
    for (const { cached } of [limited, free]) {
      await cached.wrap(stream)
      await cached.wrap(stream)
    }
    expect([limited.state.wrapCalls, free.state.wrapCalls]).toEqual([2, 1])
  })

  it("a data key encrypts as many bytes as it may, and no more", async () => {
    const { cached, state } = cacheOf({ bytesMax: 2000 })
    for (const calls of [1, 1, 2, 2]) {
      await cached.wrap(wrapRequest({ plaintextBytes: 1000 }))
      expect(state.wrapCalls).toBe(calls)
    }
    await cached.wrap(wrapRequest({ plaintextBytes: 2000, context: {} }))
    await cached.wrap(wrapRequest({ plaintextBytes: 0, context: {} }))
    expect(state.wrapCalls).toBe(3)
    await cached.wrap(wrapRequest({ plaintextBytes: 2001, context: {} }))
    expect(cached.counters().wrap.loads).toBe(3)
    expect(state.wrapCalls).toBe(4)
  })

  it("a data key that is used up is wiped before another one is asked for", async () => {
    const { source, wrapped } = countingSource()
    const seen: unknown[] = []
    const watched: KeySource = {
      ...source,
      wrap: (request) => {
        seen.push(wrapped.map(({ dataKey }) => isZero(dataKey)))
        return source.wrap(request)
      },
    }
    const cached = cachedKeys(watched, { clock: () => 0, ageMsMax: 1, messagesMax: 1 })
    for (let turn = 0; turn < 3; turn += 1) await cached.wrap(wrapRequest())
    expect(seen).toEqual([[], [true], [true, true]])
  })

  it("the entry that was wanted longest ago makes room, wiped", async () => {
    const { cached, wrapped } = cacheOf({ entriesMax: 2 })
    const wrap = (tenant: string) => cached.wrap(wrapRequest({ context: { tenant } }))
    for (const tenant of ["a", "b", "a", "c"]) await wrap(tenant)
    expect(wrapped.map(({ dataKey }) => isZero(dataKey))).toEqual([false, true, false])
    expect(cached.counters().wrap).toMatchObject({ entries: 2, evictions: { room: 1 } })
    cached.clear()
    expect(wrapped.every(({ dataKey }) => isZero(dataKey))).toBe(true)
    expect(cached.counters().wrap).toMatchObject({ entries: 0, evictions: { room: 3 } })
  })

  it("what is being fetched while the cache is cleared is handed out and not held", async () => {
    const { cached, wrapped } = cacheOf()
    const wrapping = cached.wrap(wrapRequest())
    cached.clear()
    expect(isZero((await wrapping).dataKey)).toBe(false)
    expect(isZero(wrapped[0]?.dataKey)).toBe(true)
    expect(cached.counters().wrap.entries).toBe(0)
  })

  it("no data key goes beyond its limits, whatever is asked for in whatever order", async () => {
    const asked = fc.record({
      tenant: fc.constantFrom("a", "b", "c"),
      plaintextBytes: fc.integer({ min: 0, max: 150 }),
      passes: fc.integer({ min: 0, max: 400 }),
      together: fc.boolean(),
    })
    const limits = { messagesMax: 5, bytesMax: 300, entriesMax: 2 }
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 60 }), async (requests) => {
        const { cached, clock } = cacheOf(limits)
        const pending: Promise<void>[] = []
        const uses = new Map<string, { messages: number; bytes: number; since: number }>()
        for (const { tenant, plaintextBytes, passes, together } of requests) {
          clock.advanceMs(passes)
          const one = cached.wrap(wrapRequest({ context: { tenant }, plaintextBytes }))
          const done = one.then(({ dataKey, terms }) => {
            expect(terms.context).toEqual({ tenant })
            const use = uses.get(dataKey.join()) ?? { messages: 0, bytes: 0, since: clock.nowMs }
            use.messages += 1
            use.bytes += plaintextBytes
            expect(use.messages).toBeLessThanOrEqual(limits.messagesMax)
            expect(use.bytes).toBeLessThanOrEqual(limits.bytesMax)
            if (!together) expect(clock.nowMs - use.since).toBeLessThan(1000)
            uses.set(dataKey.join(), use)
          })
          pending.push(done)
          if (!together) await done
        }
        await Promise.all(pending)
        expect(cached.counters().wrap.entries).toBeLessThanOrEqual(limits.entriesMax)
      }),
      { numRuns: 50 },
    )
  })
})

describe("to decrypt", () => {
  it("three thousand callers with one message are one call", async () => {
    const { cached, state, keys } = cacheOf()
    const { dataKey, encryptedDataKeys } = await keys.wrap(wrapRequest())
    const request = unwrapRequest(encryptedDataKeys)
    const opened = await Promise.all(callers.map(() => cached.unwrap(request)))
    expect(opened.every((one) => one?.join() === dataKey.join())).toBe(true)
    expect(state.unwrapCalls).toBe(1)
    opened[0]?.fill(0)
    expect(await cached.unwrap(request)).toEqual(dataKey)
  })

  it("another context, suite or wrapped data key is another question", async () => {
    const { cached, state, keys } = cacheOf()
    const { encryptedDataKeys } = await keys.wrap(wrapRequest())
    const [only] = encryptedDataKeys
    if (only === undefined) return expect.fail("nothing was wrapped")
    await cached.unwrap(unwrapRequest(encryptedDataKeys))
    const changed = [
      { ...only, ciphertext: only.ciphertext.with(0, (only.ciphertext[0] ?? 0) ^ 1) },
    ]
    const questions = [
      unwrapRequest(encryptedDataKeys, { context: { ...context, tenant: "43" } }),
      unwrapRequest(encryptedDataKeys, { context: {} }),
      unwrapRequest(changed),
      unwrapRequest([]),
    ]
    for (const question of questions) expect(await cached.unwrap(question)).toBeUndefined()
    expect(state.unwrapCalls).toBe(1 + questions.length)
    expect(cached.counters().unwrap.entries).toBe(1)
  })

  it("a data key is wiped when it is too old", async () => {
    const { cached, clock, keys, unwrapped } = cacheOf()
    const { encryptedDataKeys } = await keys.wrap(wrapRequest())
    await cached.unwrap(unwrapRequest(encryptedDataKeys))
    clock.advanceMs(1000)
    await cached.unwrap(unwrapRequest(encryptedDataKeys))
    expect(unwrapped).toHaveLength(2)
    expect(unwrapped.map(isZero)).toEqual([true, false])
  })
})

it("a cache without limits that mean something is not made", () => {
  for (const limits of [
    { ageMsMax: 0 },
    { messagesMax: 0 },
    { bytesMax: Number.NaN },
    { entriesMax: 1.5 },
  ]) {
    expect(() => cacheOf(limits)).toThrow(RangeError)
    expect(() => cacheOf(limits)).toThrow(`\`${Object.keys(limits)[0]}\` must be`)
  }
})
