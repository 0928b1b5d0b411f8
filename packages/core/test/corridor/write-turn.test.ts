import { describe, expect, it } from "vitest"
import { inWriteTurn, type WriteTurn } from "../../src/engine/corridor/write-turn.js"
import type { Host } from "../../src/engine/host/host.js"
import type { PendingEntry } from "../../src/engine/records/pending.js"
import type { ReadSet } from "../../src/engine/records/read-set.js"
import { createTurns } from "../../src/engine/records/turns.js"
import { TornReadError } from "../../src/operations/follow.js"
import { limits } from "../../src/vocabulary/limits.js"
import { handTimer } from "../support/hand-timer.js"

const settled = () => new Promise((resolve) => setImmediate(resolve))
const throttled = expect.objectContaining({ name: "ThrottlingException" })

/** A host of which one thing after another can be told. */
function partialHost() {
  const { timers, timer } = handTimer()
  let deciders = 0
  const deciding = () => {
    deciders += 1
    let isOver = false
    return () => {
      if (!isOver) deciders -= 1
      isOver = true
    }
  }
  const state = {
    landed: undefined as Promise<void> | undefined,
    keys: ["a"] as readonly string[],
    written: [] as Promise<boolean>[],
  }
  const reads = (): ReadSet => {
    const { keys, written } = state
    const relied = written.map(
      (one, i) =>
        [`${i}`, { key: `${i}`, value: undefined, written: one } as PendingEntry] as const,
    )
    return { keys: () => keys, relied: () => new Map(relied) } as unknown as ReadSet
  }
  const turns = createTurns(deciding)
  const host = {
    desk: { deciding, landed: () => state.landed, pending: "pending" },
    turns,
    reader: { begin: (pending: unknown) => (pending === "pending" ? reads() : undefined) },
    timer: (ms: number) => {
      const running = timer(ms)
      if (ms === 1) timers.at(-1)?.end()
      return running
    },
  } as unknown as Host
  return { host, turns, timers, state, deciders: () => deciders }
}

const held = async (turn: WriteTurn): Promise<boolean> => turn.isHeld(await turn.begin())

describe("a call that writes", () => {
  it("decides at once when nobody is in the way, and lets others decide when it has", async () => {
    const { host, turns, timers, deciders } = partialHost()
    const result = await inWriteTurn(host, async (turn) => {
      expect(await held(turn)).toBe(true)
      expect(turns.take(["a"], 9)).toBeUndefined()
      expect(deciders()).toBe(2)
      turn.decided()
      expect(deciders()).toBe(0)
      turns.take(["a"], 9)?.release()
      return "done"
    })
    expect([result, deciders(), timers]).toEqual(["done", 0, []])
  })

  it("waits for its turn with all that it has read, and stops its timer in the end", async () => {
    const { host, turns, timers, state, deciders } = partialHost()
    const other = turns.take(["a"], 0)
    const attempts: boolean[] = []
    const ended = inWriteTurn(host, async (turn) => {
      const isMine = await held(turn)
      attempts.push(isMine)
      return isMine ? "done" : undefined
    })
    await settled()
    expect(attempts).toEqual([false])
    expect(timers.map(({ ms }) => ms)).toEqual([limits.writeTimeoutMs])
    state.keys = ["a", "b"]
    other?.release()
    expect(await ended).toBe("done")
    // It had waited for `a` alone, and went back to wait for `b` as well.
    expect(attempts).toEqual([false, false, true])
    expect([timers.every(({ isStopped }) => isStopped), deciders()]).toEqual([true, 0])
    expect(turns.take(["a", "b"], 9)).toBeDefined()
  })

  it("is refused when its turn does not come in time, and holds up nobody behind it", async () => {
    const { host, turns, timers } = partialHost()
    const other = turns.take(["a"], 0)
    const ended = inWriteTurn(host, async (turn) => ((await held(turn)) ? "done" : undefined))
    await settled()
    timers[0]?.end()
    await expect(ended).rejects.toEqual(throttled)
    other?.release()
    expect(turns.take(["a"], 9)).toBeDefined()
  })

  it("is refused when commits under way do not land in time, and goes on when they do", async () => {
    const { host, timers, state } = partialHost()
    const gate = { open: () => {} }
    state.landed = new Promise<void>((resolve) => {
      gate.open = resolve
    })
    const ended = inWriteTurn(host, async (turn) => ((await held(turn)) ? "done" : undefined))
    await settled()
    expect(timers.map(({ ms }) => ms)).toEqual([limits.writeTimeoutMs])
    gate.open()
    expect(await ended).toBe("done")
    state.landed = new Promise<void>(() => undefined)
    const late = inWriteTurn(host, async (turn) => ((await held(turn)) ? "done" : undefined))
    await settled()
    timers[1]?.end()
    await expect(late).rejects.toEqual(throttled)
  })

  it("is decided again when what it relied on was not written, or what it read was torn", async () => {
    const { host, state } = partialHost()
    const outcomes = [
      () => {
        state.written = [Promise.resolve(true), Promise.resolve(false)]
        return "relied on nothing"
      },
      () => {
        state.written = [Promise.reject(new Error("the disk is full"))]
        return "relied on a failure"
      },
      () => {
        state.written = []
        throw new TornReadError("torn")
      },
      () => {
        state.written = [Promise.resolve(false)]
        throw new Error("refused by what was never written")
      },
      () => {
        state.written = [Promise.resolve(true)]
        return "done"
      },
    ]
    let attempts = 0
    const result = await inWriteTurn(host, async (turn) => {
      const outcome = outcomes[attempts]
      attempts += 1
      const answer = (() => {
        try {
          return { value: outcome?.() }
        } catch (error) {
          return { error }
        }
      })()
      await held(turn)
      if ("error" in answer) throw answer.error
      return answer.value
    })
    expect([result, attempts]).toEqual(["done", 5])
  })

  it("is refused for what is written, and for a write of its own that has failed", async () => {
    const { host, state } = partialHost()
    state.written = [Promise.resolve(true)]
    const refusal = new Error("refused")
    const refuse = async (turn: WriteTurn): Promise<undefined> => {
      await held(turn)
      throw refusal
    }
    await expect(inWriteTurn(host, refuse)).rejects.toBe(refusal)
    state.written = [Promise.resolve(false)]
    const failed = inWriteTurn(host, async (turn) => {
      await held(turn)
      turn.decided()
      throw refusal
    })
    await expect(failed).rejects.toBe(refusal)
  })

  it("is refused when it is decided again for too long, and gives timers a chance", async () => {
    const { host, timers } = partialHost()
    let attempts = 0
    const ended = inWriteTurn(host, async (turn) => {
      await held(turn)
      attempts += 1
      if (attempts === 3 * limits.commitAttemptsMax) timers[0]?.end()
      return undefined
    })
    await expect(ended).rejects.toEqual(throttled)
    expect(attempts).toBeGreaterThanOrEqual(3 * limits.commitAttemptsMax)
    const short = timers.filter(({ ms }) => ms === 1).length
    expect(short).toBe(Math.floor(attempts / limits.commitAttemptsMax))
    expect(timers[0]).toMatchObject({ ms: limits.writeTimeoutMs, isStopped: true })
  })
})
