import { describe, expect, it } from "vitest"
import { RecordError } from "../../src/formats/stored/record-format.js"
import type { Tie } from "../../src/model/ties.js"
import type { Records } from "../../src/operations/call.js"
import { followAll, requireAgreement, TornReadError } from "../../src/operations/follow.js"

/* Records that lead to others, and a store that changes while they are followed. */

interface Leading {
  readonly name: string
  readonly to: string | undefined
}

interface Led {
  readonly name: string
  readonly by: string
}

const tie: Tie<Leading, Led> = {
  from: { kind: "leading", keyOf: ({ name }: Leading) => `from/${name}` } as never,
  to: { kind: "led" } as never,
  leadsTo: ({ to }) => to,
  agrees: ({ name }, led) => led?.by === name,
}

type Store = Readonly<Record<string, Leading | Led | undefined>>

const disagreement = (from: string, to: string) =>
  `the leading record \`${from}\` and the led record \`${to}\` do not agree`

/** A store in one state after another: the last one stays. */
function storeOf(...states: readonly Store[]) {
  const asked: string[][] = []
  let at = 0
  const records = {
    together: async (...wanted: readonly { readonly key: string }[]) => {
      const state = states[Math.min(at, states.length - 1)]
      at += 1
      asked.push(wanted.map(({ key }) => key))
      return wanted.map(({ key }) => state?.[key])
    },
    lookAt: async (_: unknown, keys: readonly string[]) => {
      asked.push([...keys])
      return keys.map((key) => states[0]?.[key])
    },
  } as unknown as Pick<Records, "lookAt" | "together">
  return { records, asked }
}

const a: Leading = { name: "a", to: "to/a" }
const led = (name: string, by = name): Led => ({ name, by })

describe("two records that were read", () => {
  it("agree, and are not looked at again", async () => {
    const { records, asked } = storeOf({})
    const [from, to] = [{ ...a }, led("a")]
    expect(requireAgreement(records, tie, from, to)).toBeUndefined()
    const picky = { ...tie, agrees: () => false }
    expect(requireAgreement(records, picky, from, to)).toBeUndefined()
    expect(asked).toEqual([])
    await expect(requireAgreement(records, picky, from, led("a"))).rejects.toThrow(TornReadError)
    // What agreed with nothing is asked each time.
    const lonely = { ...a }
    const free = { ...tie, agrees: () => true }
    expect(requireAgreement(records, free, lonely, undefined)).toBeUndefined()
    await expect(requireAgreement(records, tie, lonely, undefined)).rejects.toThrow(TornReadError)
  })

  it("were never there together when the store says otherwise now", async () => {
    const now = { "from/a": a, "to/a": led("a") }
    const { records, asked } = storeOf(now)
    const torn = requireAgreement(records, tie, { ...a }, led("a", "b"))
    await expect(torn).rejects.toMatchObject({ name: "TornReadError" })
    expect(asked).toEqual([["from/a", "to/a"]])
  })

  it("are refused when they disagree in one state of the store", async () => {
    const { records } = storeOf({ "from/a": a, "to/a": led("a", "b") })
    const refused = requireAgreement(records, tie, { ...a }, undefined)
    await expect(refused).rejects.toThrow(RecordError)
    await expect(refused).rejects.toThrow(disagreement("from/a", "to/a"))
  })
})

describe("where the records of a list lead", () => {
  it("is read together, without those that lead nowhere", async () => {
    const { records, asked } = storeOf({ "to/a": led("a"), "to/b": led("b") })
    const b: Leading = { name: "b", to: "to/b" }
    const nowhere: Leading = { name: "c", to: undefined }
    expect(await followAll(records, tie, [a, nowhere, b])).toEqual([
      { from: a, to: led("a") },
      { from: b, to: led("b") },
    ])
    expect(asked).toEqual([["to/a", "to/b"]])
    expect(await followAll(records, tie, [])).toEqual([])
  })

  it("is read a hundred at a time", async () => {
    const names = Array.from({ length: 201 }, (_, at) => `n${at}`)
    const { records, asked } = storeOf(
      Object.fromEntries(names.map((name) => [`to/${name}`, led(name)])),
    )
    const froms = names.map((name): Leading => ({ name, to: `to/${name}` }))
    expect(await followAll(records, tie, froms)).toHaveLength(201)
    expect(asked.map((keys) => keys.length)).toEqual([100, 100, 1])
  })

  it.each<readonly [string, readonly Store[], readonly object[] | string]>([
    ["one that is gone by now", [{}, {}], []],
    ["one that leads nowhere by now", [{}, { "from/a": { name: "a", to: undefined } }], []],
    [
      "one that agrees by now",
      [{}, { "from/a": a, "to/a": led("a") }],
      [{ from: a, to: led("a") }],
    ],
    [
      "one that leads elsewhere by now",
      [
        {},
        { "from/a": { name: "a", to: "to/x" }, "to/a": led("a", "b") },
        { "from/a": { name: "a", to: "to/x" }, "to/x": led("x", "a") },
      ],
      [{ from: { name: "a", to: "to/x" }, to: led("x", "a") }],
    ],
    ["one that disagrees", [{}, { "from/a": a }], disagreement("from/a", "to/a")],
    [
      "one that disagrees with where it leads by now",
      [{}, { "from/a": { name: "a", to: "to/x" } }, { "from/a": { name: "a", to: "to/x" } }],
      disagreement("from/a", "to/x"),
    ],
  ])("%s", async (_sentence, [seen = {}, ...states], found) => {
    const { records } = storeOf(...states)
    const looking = {
      ...records,
      lookAt: async (_: unknown, keys: readonly string[]) => keys.map((key) => seen[key]),
    }
    const followed = followAll(looking as unknown as typeof records, tie, [a])
    if (typeof found === "string") await expect(followed).rejects.toThrow(found)
    else expect(await followed).toEqual(found)
  })

  it("is given up when it leads elsewhere each time", async () => {
    const states = Array.from({ length: 20 }, (_, at) => ({
      "from/a": { name: "a", to: `to/${at}` },
    }))
    const { records, asked } = storeOf(...states)
    await expect(followAll(records, tie, [a])).rejects.toThrow(TornReadError)
    expect(asked).toHaveLength(1 + 8)
  })
})
