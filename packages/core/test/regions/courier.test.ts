import { describe, expect, it } from "vitest"
import { createCourier } from "../../src/engine/regions/courier.js"
import {
  type RegionReply,
  replyFormat,
  requestFormat,
} from "../../src/formats/regions/region-bodies.js"
import {
  encodeMessageBody,
  encodeRegionMessage,
  parseRegionMessage,
  type RegionMessage,
} from "../../src/formats/regions/region-message.js"
import { RegionError } from "../../src/ports/region-link.js"
import { account } from "../support/accounts.js"
import { bareHost, knownRegions } from "../support/bare-host.js"
import { handTimer } from "../support/hand-timer.js"

/*
 * How a region asks another one, and what it takes for an answer. Signatures are the name of who
 * signed, here: what a real one is, the tests of messages say.
 */

const [us, eu, ap] = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const name = { account, keyId: `mrk-${"1".repeat(32)}` }
const request = { kind: "settle", ...name } as const
const reply: RegionReply = { kind: "settled" }

const signatureOf = (region: string): Uint8Array => {
  const signature = new Uint8Array(64)
  signature.set(Buffer.from(region))
  return signature
}

function courierOf(known: readonly string[] = [eu, ap]) {
  const { timers, timer } = handTimer()
  let ids = 0
  const { host } = bareHost({
    region: us,
    hsm: {
      signForRegion: () => signatureOf(us),
      verifyFromRegion: (from, _, signature) =>
        Buffer.from(signature).equals(signatureOf(from.name.slice("aws:".length))),
    },
  })
  const entropy = (target: Uint8Array) => {
    ids += 1
    return target.fill(ids)
  }
  const own = { place: host.place, domain: host.domain, entropy, timer }
  const courier = createCourier(own as never, knownRegions(...known), 5000)
  return { courier, timers }
}

const signed = (message: RegionMessage, by: string = message.from): Uint8Array =>
  encodeRegionMessage(encodeMessageBody(message), signatureOf(by))

/** The answer of an honest region, or one with something changed. */
const answering =
  (more: Partial<RegionMessage> = {}, by?: string) =>
  async (bytes: Uint8Array) => {
    const asked = parseRegionMessage(bytes)
    const body = replyFormat.encode(reply)
    const id = asked?.id as Uint8Array
    return signed({ kind: "reply", from: eu, to: us, id, body, ...more }, by)
  }

const notGenuine = { name: "RegionError", code: "not-genuine" }
const unreachable = { name: "RegionError", code: "unreachable" }

describe("a region that is asked", () => {
  it("gets the request, signed, and its answer is taken", async () => {
    const { courier, timers } = courierOf()
    const got: Uint8Array[] = []
    courier.connect(eu, {
      deliver: async (bytes) => {
        got.push(bytes)
        return answering()(bytes)
      },
    })
    expect(await courier.ask(eu, request)).toEqual(reply)
    const message = parseRegionMessage(got[0] as Uint8Array)
    expect(message).toMatchObject({ kind: "request", from: us, to: eu, signature: signatureOf(us) })
    expect(message?.id.every((byte) => byte === 1)).toBe(true)
    expect(requestFormat.parse(message?.body as Uint8Array)).toEqual(request)
    expect(timers).toMatchObject([{ ms: 5000, isStopped: true }])
  })

  it.each([
    ["to another question", answering({ id: new Uint8Array(16).fill(99) })],
    ["that is a request", answering({ kind: "request", body: requestFormat.encode(request) })],
    ["of another region", answering({ from: ap })],
    ["of another region in its name", answering({}, ap)],
    ["of a region that is not known", answering({ from: "sa-east-1" })],
    ["to another region", answering({ to: ap })],
    ["of no known shape", answering({ body: requestFormat.encode(request) })],
    ["that is no message", async () => Uint8Array.of(1, 2)],
    ["that is no bytes", async () => "settled" as never],
  ])("has not answered by a message %s", async (_, deliver) => {
    const { courier } = courierOf()
    courier.connect(eu, { deliver })
    await expect(courier.ask(eu, request)).rejects.toMatchObject(notGenuine)
  })

  it("did not answer when there is no way to it", async () => {
    const { courier, timers } = courierOf()
    await expect(courier.ask(eu, request)).rejects.toMatchObject({
      ...unreachable,
      message: "the region `eu-west-1` did not answer",
    })
    expect(timers).toEqual([])
    expect(courier.isUp(eu)).toBe(false)
  })

  it("did not answer when its time is over, and what comes later is nobody's", async () => {
    const { courier, timers } = courierOf()
    let late: (error: Error) => void = () => undefined
    courier.connect(eu, {
      deliver: () =>
        new Promise((_, reject) => {
          late = reject
        }),
    })
    const asking = courier.ask(eu, request)
    await expect.poll(() => timers.length).toBe(1)
    timers[0]?.end()
    await expect(asking).rejects.toMatchObject(unreachable)
    late(new Error("reset"))
    expect(timers[0]?.isStopped).toBe(true)
    expect(courier.isUp(eu)).toBe(false)
  })

  it.each([
    [
      "rejects",
      async () => {
        throw new TypeError("reset")
      },
    ],
    [
      "throws",
      () => {
        throw new TypeError("reset")
      },
    ],
  ])("did not answer when its link %s, and why is the cause", async (_, deliver) => {
    const { courier } = courierOf()
    courier.connect(eu, { deliver })
    await expect(courier.ask(eu, request)).rejects.toMatchObject({
      ...unreachable,
      cause: { name: "TypeError", message: "reset" },
    })
  })

  it("says itself that a message is not genuine, where its link tells that", async () => {
    const { courier } = courierOf()
    const said = new RegionError("not-genuine", "not for me")
    courier.connect(eu, { deliver: () => Promise.reject(said) })
    await expect(courier.ask(eu, request)).rejects.toBe(said)
    expect(courier.isUp(eu)).toBe(false)
  })
})

describe("a region is up", () => {
  const failing = { deliver: () => Promise.reject(new Error("reset")) }

  it("from when it is connected until it does not answer, and again once it does", async () => {
    const { courier } = courierOf()
    let isThere = false
    const deliver = (bytes: Uint8Array) => (isThere ? answering()(bytes) : failing.deliver())
    expect(courier.linkedRegions()).toEqual([])
    courier.connect(eu, { deliver })
    expect([courier.isUp(eu), courier.isUp(ap)]).toEqual([true, false])
    await courier.ask(eu, request).catch(() => undefined)
    expect(courier.isUp(eu)).toBe(false)
    isThere = true
    await courier.ask(eu, request)
    expect(courier.isUp(eu)).toBe(true)
    expect(courier.linkedRegions()).toEqual([eu])
  })

  it("again once it is connected anew, and not once it is disconnected", async () => {
    const { courier } = courierOf()
    courier.connect(eu, failing)
    await courier.ask(eu, request).catch(() => undefined)
    courier.connect(eu, { deliver: answering() })
    expect(courier.isUp(eu)).toBe(true)
    courier.disconnect(eu)
    expect([courier.isUp(eu), courier.linkedRegions()]).toEqual([false, []])
    await expect(courier.ask(eu, request)).rejects.toMatchObject(unreachable)
  })

  it("again once it asks something itself", async () => {
    const { courier } = courierOf()
    courier.connect(eu, failing)
    await courier.ask(eu, request).catch(() => undefined)
    await courier.receive(requestFrom(eu), async () => reply)
    expect(courier.isUp(eu)).toBe(true)
  })
})

const requestFrom = (from: string, more: Partial<RegionMessage> = {}, by?: string): Uint8Array =>
  signed(
    {
      kind: "request",
      from,
      to: us,
      id: new Uint8Array(16).fill(9),
      body: requestFormat.encode(request),
      ...more,
    },
    by,
  )

describe("a region that asks", () => {
  it("is answered in a message that is for it, and for its question", async () => {
    const { courier } = courierOf()
    const heard: unknown[] = []
    const answered = await courier.receive(requestFrom(ap), async (...said) => {
      heard.push(said)
      return reply
    })
    expect(heard).toEqual([[ap, request]])
    const message = parseRegionMessage(answered)
    expect(message).toMatchObject({
      kind: "reply",
      from: us,
      to: ap,
      id: new Uint8Array(16).fill(9),
      signature: signatureOf(us),
    })
    expect(replyFormat.parse(message?.body as Uint8Array)).toEqual(reply)
  })

  it.each([
    ["is not known", requestFrom("sa-east-1")],
    ["has not signed", requestFrom(eu, {}, ap)],
    ["means another region", requestFrom(eu, { to: ap })],
    ["answers", requestFrom(eu, { kind: "reply" })],
    ["says what is no request", requestFrom(eu, { body: replyFormat.encode(reply) })],
    ["sends no message", Uint8Array.of(1, 2, 3)],
    ["sends no bytes", "settle" as never],
  ])("is heard by nobody when it %s", async (_, bytes) => {
    const { courier } = courierOf()
    let isHeard = false
    const asking = courier.receive(bytes, async () => {
      isHeard = true
      return reply
    })
    await expect(asking).rejects.toMatchObject(notGenuine)
    expect(isHeard).toBe(false)
  })
})
