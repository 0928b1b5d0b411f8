import { describe, expect, it } from "vitest"
import { createRest, createTurns } from "../../src/system.js"

/** A stretch that is over when a test says so, and what began in it. */
function stretchOf(isOver: () => boolean) {
  let stretches = 0
  const rest = createRest({
    begin: () => {
      stretches += 1
    },
    isOver,
  })
  return { rest, stretches: () => stretches }
}

/** In which stretch each of so many goes on that wait at once. */
async function servedIn({ rest, stretches }: ReturnType<typeof stretchOf>, count: number) {
  const served: number[] = []
  const waiting = Array.from({ length: count }, async () => {
    await rest()
    served.push(stretches())
  })
  for (let turn = 0; turn < 4 * count && served.length < count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(served).toHaveLength(count)
  await Promise.all(waiting)
  return served
}

describe("a rest", () => {
  it("is none as long as the stretch is not over, for so many that begin in it", async () => {
    const { rest } = stretchOf(() => false)
    for (let i = 0; i < 64; i += 1) expect(rest()).toBeUndefined()
    const waiting = rest()
    expect(waiting).toBeInstanceOf(Promise)
    // Behind one who waits others wait as well, and then so many may begin again.
    expect(rest()).toBeInstanceOf(Promise)
    await waiting
    await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < 64; i += 1) expect(rest()).toBeUndefined()
    expect(rest()).toBeInstanceOf(Promise)
  })

  it("is one as soon as the stretch is over", async () => {
    let isOver = false
    const { rest } = stretchOf(() => isOver)
    expect(rest()).toBeUndefined()
    isOver = true
    const waiting = rest()
    expect(waiting).toBeInstanceOf(Promise)
    isOver = false
    await waiting
    expect(rest()).toBeUndefined()
  })

  it("lets one go on in each stretch, at least, and all when there is time", async () => {
    expect(
      await servedIn(
        stretchOf(() => true),
        4,
      ),
    ).toEqual([1, 2, 3, 4])
    let isAsked = 0
    const slow = stretchOf(() => {
      isAsked += 1
      return isAsked === 1
    })
    expect(await servedIn(slow, 4)).toEqual([1, 1, 1, 1])
  })

  it("gives whoever goes on the time to come to an end before the next does", async () => {
    const order: string[] = []
    let isOver = true
    const { rest } = stretchOf(() => isOver)
    const call = async (name: string) => {
      await rest()
      order.push(`${name} goes on`)
      for (let step = 0; step < 20; step += 1) await undefined
      order.push(`${name} ends`)
    }
    const calls = ["a", "b", "c"].map(call)
    isOver = false
    await Promise.all(calls)
    expect(order).toEqual(["a goes on", "a ends", "b goes on", "b ends", "c goes on", "c ends"])
  })
})

describe("a turn", () => {
  it("is waited for together, until everything else that is ready had its own", async () => {
    const turn = createTurns()
    const [one, other] = [turn(), turn()]
    expect(one).toBe(other)
    let hadTurn = false
    setImmediate(() => {
      hadTurn = true
    })
    await turn()
    await one
    expect(turn()).not.toBe(one)
    await turn()
    expect(hadTurn).toBe(true)
  })
})
