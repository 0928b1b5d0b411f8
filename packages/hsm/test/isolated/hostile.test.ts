import type { Duplex } from "node:stream"
import { createSoftwareHsm, type HsmErrorCode, isHsmError, rootKeySeal } from "@keywright/core"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { putUint32, writeByte, writeUint32 } from "../../src/isolated/wire/buffers.js"
import { bytes, text } from "../../src/isolated/wire/codecs.js"
import { type FrameKind, frameBytesMax } from "../../src/isolated/wire/frames.js"
import { beginning, layout, readiness } from "../../src/isolated/wire/greetings.js"
import { methodNumbers, methodTable } from "../../src/isolated/wire/methods.js"
import { fullPlan } from "../../src/isolated/wire/plan.js"
import { serveHsm } from "../../src/isolated.js"
import {
  binding,
  isolatedHsms,
  type Puppet,
  puppet,
  rootKey,
  streamPair,
} from "../support/isolated.js"

const hsms = isolatedHsms()
afterEach(hsms.closeAll)

const ready = { layout, keySpecs: ["SYMMETRIC_DEFAULT"], measures: [] } as const

/** A boundary that begins as it should, and then answers its first call as the test wants. */
const lying = (answer: (self: Puppet, callId: number) => void, greeting: object = ready) => {
  let starts = 0
  const connect = async () => {
    starts += 1
    const [near, far] = streamPair()
    puppet(far, ({ kind, callId }, _, self) => {
      if (kind !== "begin") return answer(self, callId)
      self.say({ kind: "ready", callId }, (to) =>
        readiness.write(to, greeting as Parameters<typeof readiness.write>[1]),
      )
    })
    return near
  }
  return { boundary: { connect }, starts: () => starts }
}

const ending = (call: Promise<unknown>): Promise<HsmErrorCode | "answered" | "other"> =>
  call.then(
    () => "answered",
    (error: unknown) => (isHsmError(error) ? error.code : "other"),
  )

const frameOf = (length: number, ...rest: readonly number[]): Uint8Array => {
  const whole = new Uint8Array(4 + rest.length)
  putUint32(whole, 0, length)
  whole.set(rest, 4)
  return whole
}

const says = (kind: FrameKind, write: Parameters<Puppet["say"]>[1]) => (self: Puppet, id: number) =>
  self.say({ kind, callId: id }, write)

describe("a boundary that lies is ended, and the call can be made again:", () => {
  const lies: Readonly<Record<string, (self: Puppet, callId: number) => void>> = {
    "a frame longer than any may be": (self) => self.raw(frameOf(frameBytesMax + 1)),
    "the longest length that can be said": (self) => self.raw(frameOf(2 ** 32 - 1, 3, 0, 0, 0, 1)),
    "a frame too short to be one": (self) => self.raw(frameOf(4, 3, 0, 0, 0)),
    "a frame of no known kind": (self) => self.raw(frameOf(5, 9, 0, 0, 0, 2)),
    "a frame that ends with the stream": (self) => {
      self.raw(frameOf(100, 3, 0, 0))
      self.stream.end()
    },
    "an end without a word": (self) => void self.stream.destroy(),
    "an answer to a call that nobody made": (self, callId) =>
      self.say({ kind: "answer", callId: callId + 7 }, (to) => bytes.write(to, rootKey)),
    "a greeting as an answer": says("ready", (to) => readiness.write(to, ready)),
    "a call as an answer": says("call", (to) => bytes.write(to, rootKey)),
    "an answer of another shape": says("answer", (to) => writeByte(to, 1)),
    "an answer that goes on after its end": says("answer", (to) => {
      bytes.write(to, rootKey)
      writeByte(to, 0)
    }),
    "an answer longer than its frame": says("answer", (to) => writeUint32(to, 2 ** 31)),
    "a failure of no known kind": says("failure", (to) => {
      writeByte(to, 200)
      text.write(to, "")
    }),
    "a failure in no text": says("failure", (to) => {
      writeByte(to, 0)
      bytes.write(to, Uint8Array.of(0xff, 0xfe))
    }),
  }
  for (const [name, answer] of Object.entries(lies)) {
    it(name, async () => {
      const { boundary, starts } = lying(answer)
      const hsm = await hsms.make({ boundary })
      const calls = [hsm.generateKey(binding), hsm.generateRandom(8)].map(ending)
      expect(await Promise.all(calls)).toEqual(["unavailable", "unavailable"])
      expect(starts()).toBe(1)
      expect(await ending(hsm.generateKey(binding))).toBe("unavailable")
      expect(starts()).toBe(2)
    })
  }
})

describe("a boundary that cannot be started", () => {
  it("is tried again, and serves once it can be", async () => {
    const { boundary } = lying((self) => void self.stream.destroy())
    const good = lying(says("answer", (to) => bytes.write(to, rootKey))).boundary
    let way: () => Promise<Duplex> = boundary.connect
    const hsm = await hsms.make({ boundary: { connect: () => way() } })
    expect(await ending(hsm.generateKey(binding))).toBe("unavailable")
    way = () => Promise.reject(new Error("refused"))
    for (let i = 0; i < 3; i += 1)
      expect(await ending(hsm.generateKey(binding))).toBe("unavailable")
    way = good.connect
    await expect.poll(() => ending(hsm.generateKey(binding))).toBe("answered")
  })
})

describe("a boundary cannot", () => {
  it("answer one call twice", async () => {
    const { boundary, starts } = lying((self, callId) => {
      for (let i = 0; i < 2; i += 1) {
        self.say({ kind: "answer", callId }, (to) => bytes.write(to, rootKey))
      }
    })
    const hsm = await hsms.make({ boundary })
    expect(await ending(hsm.generateKey(binding))).toBe("answered")
    await ending(hsm.generateKey(binding))
    await ending(hsm.generateKey(binding))
    expect(starts()).toBeGreaterThan(1)
  })

  it("put more than a line of readable text into an error", async () => {
    const { boundary } = lying((self, callId) =>
      self.say({ kind: "failure", callId }, (to) => {
        writeByte(to, 0)
        text.write(to, `\u001b[2J\nforged line\r${"x".repeat(9999)}`)
      }),
    )
    const hsm = await hsms.make({ boundary })
    const thrown: unknown = await hsm.generateKey(binding).catch((error: unknown) => error)
    expect((thrown as Error).message).toMatch(/^[\x20-\x7e]{1,300}$/)
  })

  it("be of another version, or know key specs that are none", async () => {
    const other = lying(() => undefined, { ...ready, layout: "0".repeat(64) })
    expect(await ending(hsms.make({ boundary: other.boundary }))).toBe("unavailable")
  })

  it("hold memory for a length that it only promised", async () => {
    let arrive = (): void => undefined
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const beginning = frameOf(frameBytesMax, 3, 0, 0, 0, 1)
    const { boundary } = lying((self) => void self.stream.write(beginning, () => arrive()))
    const hsm = await hsms.make({ boundary, answerMs: 1000 })
    const before = process.memoryUsage().arrayBuffers
    const call = ending(hsm.generateKey(binding))
    await arrived
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(frameBytesMax / 4)
    expect(await call).toBe("unavailable")
  })

  it("leave a call without an answer for ever while it answers others", async () => {
    let first: number | undefined
    const { boundary } = lying((self, callId) => {
      first ??= callId
      if (callId === first) return
      self.say({ kind: "answer", callId }, (to) => bytes.write(to, rootKey))
    })
    const hsm = await hsms.make({ boundary, answerMs: 1000 })
    const forgotten = ending(hsm.generateKey(binding))
    let isOver = false
    const others = (async () => {
      while (!isOver) {
        await ending(hsm.generateKey(binding))
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    expect(await forgotten).toBe("unavailable")
    isOver = true
    await others
  })
})

/** A host that says what it likes to a boundary. */
function hostOf() {
  const [near, far] = streamPair()
  const served = serveHsm(far, (setup) => createSoftwareHsm({ seal: rootKeySeal(setup) }))
  const heard: FrameKind[] = []
  const waiting: (() => void)[] = []
  const host = puppet(near, ({ kind }) => {
    heard.push(kind)
    for (const go of waiting.splice(0)) go()
  })
  const next = () => new Promise<void>((resolve) => waiting.push(resolve))
  return { host, served, heard, next }
}

const plan = fullPlan({ setup: rootKey })
const begin = (host: Puppet) =>
  host.say({ kind: "begin", callId: 1 }, (to) => beginning.write(to, { layout, plan }))

describe("a boundary ends, and wipes, when its host says", () => {
  const wrongs: Readonly<Record<string, (host: Puppet) => void>> = {
    "a second beginning": begin,
    "an answer": (host) =>
      host.say({ kind: "answer", callId: 2 }, (to) => bytes.write(to, rootKey)),
    "a call of no method": (host) =>
      host.say({ kind: "call", callId: 2 }, (to) => writeByte(to, 250)),
    "a call that ends before its arguments": (host) =>
      host.say({ kind: "call", callId: 2 }, (to) => writeByte(to, methodNumbers.encrypt)),
    "a call that goes on after its arguments": (host) =>
      host.say({ kind: "call", callId: 2 }, (to) => {
        writeByte(to, methodNumbers.isCurrent)
        methodTable.isCurrent.args.write(to, [rootKey])
        writeByte(to, 0)
      }),
    "a length that nothing has": (host) => host.raw(frameOf(2 ** 32 - 1)),
    "nothing more": (host) => void host.stream.end(),
  }
  for (const [name, wrong] of Object.entries(wrongs)) {
    it(name, async () => {
      const { host, served, heard, next } = hostOf()
      begin(host)
      await next()
      wrong(host)
      await served
      expect(heard).toEqual(["ready"])
    })
  }

  it("something before it has begun", async () => {
    const { host, served, heard } = hostOf()
    host.say({ kind: "call", callId: 2 }, (to) => writeByte(to, methodNumbers.domainKeys))
    await served
    expect(heard).toEqual([])
  })

  it("anything at all that is not of its format", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 9, maxLength: 80 }), async (noise) => {
        const { host, served, heard } = hostOf()
        host.raw(noise)
        // Noise can be the beginning of a frame that is still to come.
        host.stream.end()
        await served
        expect(heard.filter((kind) => kind !== "failure")).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

describe("a boundary that others have started", () => {
  const connectBy = (pass?: (act: () => void) => void) => async () => {
    const [near, far] = streamPair(pass)
    void serveHsm(far, (setup) => createSoftwareHsm({ seal: rootKeySeal(setup) }))
    return near
  }
  const connect = connectBy()

  it.each([
    ["later", connect],
    ["before a write returns", connectBy((act) => act())],
  ])("serves the HSM that stands there, where bytes arrive %s", async (_, way) => {
    const hsm = await hsms.make({
      boundary: { connect: way },
      hsm: { setup: rootKey },
    })
    await hsm.createDomain("d")
    const calls = Array.from({ length: 130 }, () => ending(hsm.generateKey(binding)))
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["answered"]))
  })

  it("makes and runs nothing that its host describes", async () => {
    const run = "data:text/javascript,globalThis.ran=true;export const makeHsm=()=>({})"
    for (const hsm of [{ module: run }, { suite: "noble", seal: { rootKey } } as const]) {
      const made = hsms.make({ boundary: { connect }, hsm })
      await expect(made).rejects.toThrow("is not for its host to say")
    }
    expect("ran" in globalThis).toBe(false)
  })
})

describe("frames", () => {
  it("are read in whatever pieces they come", async () => {
    const { host, served, heard, next } = hostOf()
    const whole: Uint8Array[] = []
    const spy: Puppet = puppet({
      write: (part: Uint8Array) => whole.push(part.slice()),
      on: () => undefined,
    } as never)
    begin(spy)
    for (const byte of whole[0] as Uint8Array) host.raw(Uint8Array.of(byte))
    await next()
    expect(heard).toEqual(["ready"])
    host.stream.end()
    await served
  })
})
