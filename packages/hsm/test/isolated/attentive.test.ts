import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Link, LinkEvents } from "../../src/isolated/links/link.js"

/** A link that carries nothing, on a machine with so many processors, whose clock is ours. */
async function quietLink(processors: number) {
  let nowMs = 1000
  const turns: (() => void)[] = []
  vi.spyOn(performance, "now").mockImplementation(() => nowMs)
  vi.stubGlobal("setImmediate", (turn: () => void) => void turns.push(turn))
  vi.doMock("node:os", () => ({ availableParallelism: () => processors }))
  const { attentive } = await import("../../src/isolated/links/attentive.js")

  let events: LinkEvents | undefined
  const openLink = (given: LinkEvents): Link => {
    events = given
    return { send: () => undefined, end: () => undefined, hold: () => undefined, bytesStay: true }
  }
  const link = attentive(openLink)({ bytes: () => undefined, over: () => undefined })
  return {
    hear: () => events?.bytes(new Uint8Array(1)),
    say: () => link.send(new Uint8Array(1)),
    over: () => events?.over(),
    pass(ms: number) {
      nowMs += ms
    },
    /** One turn of the event loop; whether it would have gone on without sleep. */
    turn() {
      const due = turns.splice(0)
      for (const one of due) one()
      return due.length > 0
    },
  }
}

beforeEach(() => vi.resetModules())
afterEach(() => {
  vi.doUnmock("node:os")
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe("a thread at the end of a link", () => {
  it("stays awake for a moment after it has answered at once, and then sleeps", async () => {
    const link = await quietLink(2)
    link.hear()
    link.pass(0.1)
    link.say()
    for (let i = 0; i < 4; i += 1) {
      expect(link.turn()).toBe(true)
      link.pass(0.05)
    }
    link.pass(0.1)
    expect(link.turn()).toBe(true)
    expect(link.turn()).toBe(false)
  })

  it("is asleep again at once when what it waited for has come, or never comes", async () => {
    const link = await quietLink(2)
    for (const end of [link.hear, link.over]) {
      link.hear()
      link.say()
      link.turn()
      end()
      expect(link.turn()).toBe(true)
      expect(link.turn()).toBe(false)
    }
  })

  it("sleeps after its first word, and when it took its time to answer", async () => {
    const link = await quietLink(2)
    link.say()
    expect(link.turn()).toBe(false)
    link.hear()
    link.pass(0.3)
    link.say()
    expect(link.turn()).toBe(false)
  })

  it("sleeps through more and more waits while it is awake in vain", async () => {
    const link = await quietLink(2)
    function isAwakeInVain() {
      link.hear()
      link.say()
      link.pass(1)
      const isAwake = link.turn()
      link.turn()
      return isAwake
    }
    const waits = Array.from({ length: 300 }, isAwakeInVain)
    const awake = waits.flatMap((isAwake, i) => (isAwake ? [i] : []))
    expect(awake).toEqual([0, 2, 5, 10, 19, 36, 69, 134, 199, 264])

    link.hear()
    while (!link.turn()) {
      link.say()
      link.hear()
    }
    expect([isAwakeInVain(), isAwakeInVain(), isAwakeInVain()]).toEqual([true, false, true])
  })

  it("never stays awake on the only processor", async () => {
    const link = await quietLink(1)
    link.hear()
    link.say()
    expect(link.turn()).toBe(false)
  })
})
