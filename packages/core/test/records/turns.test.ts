import { describe, expect, it } from "vitest"
import { createTurns, type Turn } from "../../src/engine/records/turns.js"

/** Turns of a host, and what becomes of them in the order in which it does. */
function watchedTurns() {
  const told: string[] = []
  let deciders = 0
  const turns = createTurns(() => {
    deciders += 1
    return () => {
      deciders -= 1
    }
  })
  const held = new Map<string, Turn>()
  const queue = (who: string, keys: readonly string[], place: number) => {
    const waiting = turns.queue(keys, place)
    void waiting.turn.then((turn) => {
      held.set(who, turn)
      told.push(who)
    })
    return waiting
  }
  const release = (who: string): void => held.get(who)?.release()
  return { ...turns, queueAs: queue, release, told, deciders: () => deciders }
}

/** All that promises do by themselves. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe("the calls of a host that decide about the same entries", () => {
  it("have places in the order in which they came", () => {
    const { newPlace } = watchedTurns()
    const [one, two, three] = [newPlace(), newPlace(), newPlace()]
    expect(one < two && two < three).toBe(true)
  })

  it("decide at once when nobody is in the way, beside those about other entries", () => {
    const { take, deciders } = watchedTurns()
    const first = take(["a", "b"], 1)
    expect([...(first?.keys ?? [])]).toEqual(["a", "b"])
    expect(take(["b", "c"], 2)).toBeUndefined()
    const beside = take(["c"], 3)
    expect(beside).toBeDefined()
    expect(deciders()).toBe(2)
    first?.release()
    expect(deciders()).toBe(1)
    expect(take(["b"], 4)).toBeDefined()
  })

  it("wait for each other, and go on in the order of their places", async () => {
    const { take, queueAs, release, told } = watchedTurns()
    const first = take(["a"], 1)
    for (const place of [4, 2, 5, 3]) queueAs(`${place}`, ["a"], place)
    await settled()
    expect(told).toEqual([])
    first?.release()
    for (const who of ["2", "3", "4", "5"]) {
      await settled()
      expect(told.at(-1)).toBe(who)
      release(who)
    }
    expect(told).toEqual(["2", "3", "4", "5"])
  })

  it("wait for all of their entries, and nobody behind them comes first", async () => {
    const { take, queueAs, release, told } = watchedTurns()
    const [a, b] = [take(["a"], 1), take(["b"], 2)]
    queueAs("both", ["a", "b"], 3)
    queueAs("a again", ["a"], 4)
    expect(take(["a"], 5)).toBeUndefined()
    a?.release()
    await settled()
    expect(told).toEqual([])
    b?.release()
    await settled()
    expect(told).toEqual(["both"])
    release("both")
    await settled()
    expect(told).toEqual(["both", "a again"])
  })

  it("get no place before one whose turn has come already", async () => {
    const { queueAs, release, told } = watchedTurns()
    queueAs("late but here", ["a"], 9)
    queueAs("early", ["a"], 1)
    await settled()
    expect(told).toEqual(["late but here"])
    release("late but here")
    await settled()
    expect(told).toEqual(["late but here", "early"])
  })

  it("count as deciding from the beginning of their turn to its end, without a gap", async () => {
    const { take, queueAs, release, deciders } = watchedTurns()
    const first = take(["a"], 1)
    queueAs("next", ["a"], 2)
    expect(deciders()).toBe(1)
    first?.release()
    expect(deciders()).toBe(1)
    await settled()
    release("next")
    expect(deciders()).toBe(0)
  })

  it("begin the next turn before the last one ends, so that no commit leaves without it", async () => {
    const order: string[] = []
    const turns = createTurns(() => {
      order.push("begins")
      return () => order.push("ends")
    })
    const first = turns.take(["a"], 1)
    const next = turns.queue(["a"], 2)
    first?.release()
    expect(order).toEqual(["begins", "begins", "ends"])
    ;(await next.turn).release()
    expect(order).toEqual(["begins", "begins", "ends", "ends"])
  })

  it("may leave, and then hold up nobody", async () => {
    const { take, queueAs, told, deciders } = watchedTurns()
    const first = take(["a", "b"], 1)
    const waiting = queueAs("leaves", ["a", "b"], 2)
    queueAs("stays", ["b"], 3)
    waiting.leave()
    first?.release()
    await settled()
    expect(told).toEqual(["stays"])
    expect(take(["a"], 4)).toBeDefined()
    expect(deciders()).toBe(2)
  })

  it("give back a turn that came when they had left", async () => {
    const { queueAs, take, deciders } = watchedTurns()
    const waiting = queueAs("leaves", ["a"], 1)
    waiting.leave()
    await settled()
    expect(deciders()).toBe(0)
    expect(take(["a"], 2)).toBeDefined()
  })

  it("end a turn once, however often they say so", async () => {
    const { take, queueAs, told } = watchedTurns()
    const first = take(["a"], 1)
    queueAs("second", ["a"], 2)
    queueAs("third", ["a"], 3)
    first?.release()
    first?.release()
    await settled()
    expect(told).toEqual(["second"])
  })
})
