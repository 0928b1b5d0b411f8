import { beforeAll, describe, expect, it } from "vitest"
import type { Tried } from "../../src/mutants/messages.js"
import { type TriedRoom, tryRoom } from "../../src/mutants/try-room.js"

const folder = "packages/tools/test/mutants/fixture"
const asked = { folders: [`${folder}/sources.ts`], tests: [folder] }
const minuteMs = 60_000
const limitMs = 4 * minuteMs

let room: TriedRoom
const leftOut: string[] = []
beforeAll(async () => {
  room = await tryRoom(asked, Date.now() + limitMs, {
    measured: () => undefined,
    notAsked: () => undefined,
    tried: () => undefined,
    leftOut: (file) => leftOut.push(file),
  })
})

const outcomesOf = (original: string | RegExp): Record<string, Tried["outcome"]> =>
  Object.fromEntries(
    room.tried
      .filter((one) => one.original.match(original))
      .map(({ replacement, outcome }) => [replacement, outcome]),
  )

describe("a mistake that is tried in a process with others", () => {
  it("is one of all, each tried once, against files that pass whenever they run", () => {
    expect(room.count).toBe(room.all)
    expect(room.tried).toHaveLength(room.all)
    expect(room.tried.filter(({ outcome }) => outcome === "unclear")).toEqual([])
    expect(leftOut).toEqual([`${folder}/once.test.ts`])
  })

  it("is noticed by a test that fails", () => {
    expect(outcomesOf(/^a < b$/)).toEqual({
      true: "noticed",
      false: "noticed",
      "a <= b": "unnoticed",
      "a >= b": "noticed",
    })
  })

  it("is not noticed when nothing runs over it", () => {
    expect(outcomesOf(/^1 \+ 2$/)).toEqual({ "1 - 2": "unnoticed" })
  })

  it("is noticed in what is done while modules load, by a file that fails as a whole", () => {
    expect(outcomesOf(/^\[2\]$/)).toEqual({ "[]": "noticed" })
  })

  it("is noticed in what is made once, and leaves nothing behind for the next one", () => {
    expect(outcomesOf(/^"(one|two)"$/)).toEqual({ '""': "noticed" })
    expect(outcomesOf(/^text.toUpperCase\(\)$/)).toEqual({ "text.toLowerCase()": "noticed" })
  })

  it("is noticed when a loop does not end, and when an error comes that nobody waits for", () => {
    expect(outcomesOf(/^count \+= 1$/)).toEqual({ "count -= 1": "noticed" })
    expect(outcomesOf(/^!isHarmless$/)).toMatchObject({ isHarmless: "noticed", true: "noticed" })
  })
})
