import { HsmError, type RegionHsm } from "@keywright/core/hsm"
import { describe, expect, it } from "vitest"
import { serve } from "../../src/isolated/inside/serve.js"
import type { LinkEvents } from "../../src/isolated/links/link.js"
import { connect } from "../../src/isolated/outside/connection.js"
import {
  createWriter,
  takeWritten,
  type Writer,
  writeByte,
  writeUint32,
} from "../../src/isolated/wire/buffers.js"
import type { Codec } from "../../src/isolated/wire/codecs.js"
import { readFailure, writeFailure } from "../../src/isolated/wire/failures.js"
import { createFrameReader, type FrameHead, writeFrame } from "../../src/isolated/wire/frames.js"
import { beginning, layout, readiness } from "../../src/isolated/wire/greetings.js"
import { enforced } from "../../src/isolated/wire/measures.js"
import { type MethodName, methodNumbers, methodTable } from "../../src/isolated/wire/methods.js"
import { type FullPlan, fullPlan } from "../../src/isolated/wire/plan.js"

/*
 * One side of a boundary at a time, by the frames that it hears and says: what waits, a test lets
 * go on.
 */

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A link whose other end is the test. */
function testLink(bytesStay = true) {
  const said: [kind: string, callId: number, rest: Uint8Array][] = []
  const seen = { sends: 0, ends: 0, held: [] as boolean[] }
  let events: LinkEvents | undefined
  const reader = createFrameReader(({ kind, callId }, { bytes, at, end }) => {
    said.push([kind, callId, bytes.slice(at, end)])
  }, "reader")
  const open = (its: LinkEvents) => {
    events = its
    return {
      send(bytes: Uint8Array) {
        seen.sends += 1
        reader.push(bytes)
      },
      end() {
        seen.ends += 1
      },
      hold: (isAwaited: boolean) => void seen.held.push(isAwaited),
      bytesStay,
    }
  }
  const hear = (bytes: Uint8Array) => events?.bytes(bytes)
  return { said, seen, open, hear, over: () => events?.over() }
}

function frame(head: FrameHead, write: (to: Writer) => void): Uint8Array {
  const writer = createWriter()
  writeFrame(writer, head, write)
  return takeWritten(writer)
}

const readerOf = (bytes: Uint8Array) =>
  ({ bytes, at: 0, end: bytes.length, views: false, memory: undefined }) as const

const plan: FullPlan = fullPlan({ setup: Uint8Array.of(5) })
const begin = (said = layout, callId = 1) =>
  frame({ kind: "begin", callId }, (to) => beginning.write(to, { layout: said, plan }))
const call = (callId: number, name: MethodName, ...args: readonly unknown[]) =>
  frame({ kind: "call", callId }, (to) => {
    writeByte(to, methodNumbers[name])
    const codec = methodTable[name].args as Codec<readonly unknown[]>
    codec.write(to, args)
  })

/** A call by its bytes. */
const callOf = (...bytes: readonly number[]) =>
  frame({ kind: "call", callId: 2 }, (to) => {
    for (const byte of bytes) writeByte(to, byte)
  })

describe("the side that has the HSM", () => {
  async function serving(hsm: Partial<RegionHsm> = {}, more: { bytesStay?: boolean } = {}) {
    const link = testLink(more.bytesStay)
    const acts: string[] = []
    const plans: FullPlan[] = []
    const made = {
      keySpecs: ["SYMMETRIC_DEFAULT"],
      close: async () => void acts.push("closed"),
      ...hsm,
    } as unknown as RegionHsm
    let letGo: () => void = () => undefined
    const making = new Promise<void>((resolve) => {
      letGo = resolve
    })
    serve(link.open, {
      makeHsm: async (asked) => {
        plans.push(asked)
        await making
        return made
      },
      measures: { network: enforced("it has none") },
      over: () => void acts.push("over"),
    })
    const ready = async () => {
      link.hear(begin())
      letGo()
      await turn()
      link.said.length = 0
    }
    return { ...link, acts, plans, letGo, ready }
  }

  it("says what its HSM knows and what keeps it, once that is made of the plan", async () => {
    const { hear, said, plans, letGo } = await serving()
    hear(begin())
    await turn()
    expect([said, plans]).toEqual([[], [plan]])
    letGo()
    await turn()
    const [[kind, callId, rest] = []] = said
    expect([said.length, kind, callId]).toEqual([1, "ready", 1])
    expect(readiness.read(readerOf(rest as Uint8Array))).toEqual({
      layout,
      keySpecs: ["SYMMETRIC_DEFAULT"],
      measures: [{ measure: "network", isEnforced: true, how: "it has none" }],
    })
    expect(plans).toEqual([{ kind: "given", setup: new Uint8Array(1) }])
  })

  it("makes no HSM for a side of another version, and says only that it failed", async () => {
    const { hear, said, plans } = await serving()
    hear(begin("0".repeat(64)))
    await turn()
    expect(plans).toEqual([])
    const [[kind, callId, rest] = []] = said
    expect([kind, callId]).toEqual(["failure", 1])
    expect(readFailure(readerOf(rest as Uint8Array)).message).toBe(
      "the HSM behind the boundary failed",
    )
  })

  it("closes an HSM that is made when nobody listens any more", async () => {
    const { hear, over, letGo, acts, said } = await serving()
    hear(begin())
    over()
    letGo()
    await turn()
    expect(acts).toEqual(["over", "closed"])
    expect(said).toEqual([])
  })

  it.each([
    ["at once", (bytes: Uint8Array) => bytes],
    ["later", async (bytes: Uint8Array) => bytes],
  ])("answers what its HSM answers %s, and wipes what it was asked with", async (_, answer) => {
    const asked: Uint8Array[] = []
    const { hear, said, ready } = await serving({
      replicationPublicKey: (token) => {
        asked.push(token)
        return answer(Uint8Array.from([...token, 9]))
      },
    })
    await ready()
    hear(call(2, "replicationPublicKey", Uint8Array.of(1, 2)))
    await turn()
    const expected = Uint8Array.of(0, 0, 0, 3, 1, 2, 9)
    expect(said).toEqual([["answer", 2, expected]])
    expect(asked).toEqual([new Uint8Array(2)])
  })

  const refused = () => new HsmError("malformed", "no such state")
  it.each([
    [
      "throws",
      () => {
        throw refused()
      },
    ],
    ["rejects", () => Promise.reject(refused())],
  ])("tells the failure of an HSM that %s, and wipes what it was asked with", async (_, fail) => {
    const asked: Uint8Array[] = []
    const { hear, said, ready } = await serving({
      isCurrent: (token) => {
        asked.push(token)
        return fail()
      },
    })
    await ready()
    hear(call(3, "isCurrent", Uint8Array.of(1, 2)))
    await turn()
    const [[kind, callId, rest] = []] = said
    expect([said.length, kind, callId]).toEqual([1, "failure", 3])
    expect(readFailure(readerOf(rest as Uint8Array))).toMatchObject({
      code: "malformed",
      message: "no such state",
    })
    expect(asked).toEqual([new Uint8Array(2)])
  })

  it("says that it failed where the answer of its HSM is none", async () => {
    const { hear, said, ready } = await serving({ isCurrent: () => "yes" as never })
    await ready()
    hear(call(3, "isCurrent", Uint8Array.of(1, 2)))
    await turn()
    expect(said.map(([kind, callId]) => [kind, callId])).toEqual([["failure", 3]])
  })

  it("says nothing once nobody listens, and is over once its HSM is closed", async () => {
    let answer: (value: boolean) => void = () => undefined
    const late = new Promise<boolean>((resolve) => {
      answer = resolve
    })
    const { hear, said, seen, over, ready, acts } = await serving({ isCurrent: () => late })
    await ready()
    const { sends } = seen
    hear(call(2, "isCurrent", Uint8Array.of(1)))
    over()
    over()
    answer(true)
    await turn()
    hear(call(3, "isCurrent", Uint8Array.of(1)))
    await turn()
    expect([said, seen.sends]).toEqual([[], sends])
    expect(acts).toEqual(["closed", "over"])
  })

  it.each([
    ["a call before there is an HSM", [call(2, "isCurrent", Uint8Array.of(1))]],
    ["an answer", [frame({ kind: "answer", callId: 1 }, (to) => writeByte(to, 1))]],
    ["a greeting", [frame({ kind: "ready", callId: 1 }, (to) => writeByte(to, 1))]],
    ["a second beginning", [begin(), begin(layout, 2)]],
    ["a method that there is not", [begin(), callOf(200)]],
    ["arguments that end too early", [begin(), callOf(methodNumbers.publicKey)]],
    ["arguments that go on", [begin(), callOf(methodNumbers.close, 0)]],
  ])("ends the way by which it hears %s", async (_, frames) => {
    const { hear, seen, letGo } = await serving()
    letGo()
    for (const one of frames) {
      hear(one)
      await turn()
    }
    expect(seen.ends).toBe(1)
  })

  it("copies what comes in bytes that are used again", async () => {
    const asked: Uint8Array[] = []
    const { hear, ready } = await serving(
      {
        isCurrent: async (token) => {
          await turn()
          asked.push(token.slice())
          return true
        },
      },
      { bytesStay: false },
    )
    await ready()
    const sent = call(2, "isCurrent", Uint8Array.of(1, 2))
    hear(sent)
    expect(sent.every((byte) => byte === 0)).toBe(true)
    await turn()
    await turn()
    expect(asked).toEqual([Uint8Array.of(1, 2)])
  })
})

describe("the side of the host", () => {
  const setup = () => {
    const link = testLink()
    const connection = connect(link.open, 60_000)
    return { ...link, connection }
  }
  const answer = (
    callId: number,
    write: (to: Writer) => void,
    kind: FrameHead["kind"] = "answer",
  ) => frame({ kind, callId }, write)
  const gone = { code: "unavailable", message: "the boundary of the HSM is not there" }
  const ended = { code: "unavailable", message: "the boundary of the HSM has ended" }

  it("begins with the plan, and hears of key specs and measures", async () => {
    const { connection, said, hear } = setup()
    const beginningIt = connection.begin(plan)
    await turn()
    const [[kind, callId, rest] = []] = said
    expect([kind, callId]).toEqual(["begin", 1])
    expect(beginning.read(readerOf(rest as Uint8Array))).toEqual({ layout, plan })
    const measures = [{ measure: "network", ...enforced("it has none") }] as const
    hear(answer(1, (to) => readiness.write(to, { layout, keySpecs: ["SM2"], measures }), "ready"))
    const ready = await beginningIt
    expect(ready).toEqual({ keySpecs: ["SM2"], measures: { network: enforced("it has none") } })
    expect(Object.isFrozen(ready.keySpecs)).toBe(true)
  })

  it("listens no more to a side of another version", async () => {
    const { connection, hear, seen } = setup()
    const beginningIt = connection.begin(plan)
    await turn()
    hear(
      answer(1, (to) => readiness.write(to, { layout: "1", keySpecs: [], measures: [] }), "ready"),
    )
    await expect(beginningIt).rejects.toMatchObject(ended)
    expect([seen.ends, connection.isOver]).toEqual([1, true])
  })

  it("sends calls of one turn together, and holds its process as long as they wait", async () => {
    const { connection, said, seen, hear } = setup()
    const calls = [connection.call("isCurrent", [Uint8Array.of(1)]), connection.call("close", [])]
    await turn()
    expect([seen.sends, seen.held]).toEqual([1, [true]])
    expect(said.map(([kind, callId]) => [kind, callId])).toEqual([
      ["call", 1],
      ["call", 2],
    ])
    expect(said[0]?.[2]).toEqual(Uint8Array.of(methodNumbers.isCurrent, 0, 0, 0, 1, 1))
    hear(answer(2, () => undefined))
    hear(answer(1, (to) => writeByte(to, 1)))
    expect(await Promise.all(calls)).toEqual([true, undefined])
    expect(seen.held).toEqual([true, false])
  })

  it("tells its caller what the HSM says of a call, and goes on", async () => {
    const { connection, hear } = setup()
    const calling = connection.call("close", [])
    await turn()
    hear(answer(1, (to) => writeFailure(to, new HsmError("token-refused", "no")), "failure"))
    await expect(calling).rejects.toMatchObject({ code: "token-refused", message: "no" })
    expect(connection.isOver).toBe(false)
  })

  it("sends nothing of a call that cannot be written, and waits for nothing", async () => {
    const { connection, said, seen } = setup()
    await expect(connection.call("isCurrent", ["no bytes"])).rejects.toThrow(TypeError)
    await turn()
    expect([said, seen.held]).toEqual([[], [true, false]])
  })

  it.each([
    ["of another kind", answer(1, (to) => writeByte(to, 1), "ready")],
    ["that goes on after its end", answer(1, (to) => writeUint32(to, 0x01010101))],
    ["of another shape", answer(1, (to) => writeByte(to, 7))],
    ["to a call that nobody made", answer(9, (to) => writeByte(to, 1))],
    ["that is no failure", answer(1, (to) => writeByte(to, 77), "failure")],
    [
      "that is a failure and more",
      answer(
        1,
        (to) => {
          writeFailure(to, new Error())
          writeByte(to, 0)
        },
        "failure",
      ),
    ],
  ])("listens no more after an answer %s, and says so to all that wait", async (_, wrong) => {
    const { connection, hear, seen } = setup()
    const calls = [1, 2].map(() => connection.call("isCurrent", [Uint8Array.of(1)]))
    await turn()
    hear(wrong)
    for (const one of calls) await expect(one).rejects.toMatchObject(ended)
    expect([seen.ends, connection.isOver]).toEqual([1, true])
    await expect(connection.call("close", [])).rejects.toMatchObject(gone)
    hear(answer(2, (to) => writeByte(to, 1)))
    connection.end()
    expect(seen.ends).toBe(1)
  })

  it("says to all that wait that it is over, when the link is", async () => {
    const { connection, over } = setup()
    const calling = connection.call("close", [])
    over()
    await expect(calling).rejects.toMatchObject(ended)
    expect(connection.isOver).toBe(true)
  })
})
