import { HsmError, type HsmErrorCode, type RegionHsm } from "@keywright/core"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { hsmFleet } from "../src/fleet.js"
import { methodNames } from "../src/isolated/wire/methods.js"
import { binding } from "./support/isolated.js"

/*
 * How a fleet treats its members, told by members that do nothing themselves: what each is asked,
 * in which order, and when again.
 */

const name = "aws/eu-central-1"
const state = () => Uint8Array.of(1, 2, 3)
const fails = (code: HsmErrorCode) => () => Promise.reject(new HsmError(code, "said so"))

type Answers = Record<string, (...args: readonly never[]) => unknown>

/** A member that answers what a test wants, and what it was asked, with the bytes as they came. */
function member(answers: Answers = {}, keySpecs: readonly string[] = ["SYMMETRIC_DEFAULT"]) {
  const asked: [method: string, ...args: unknown[]][] = []
  const methods = [...methodNames, "createDomain", "openDomain", "close"].map((method) => [
    method,
    async (...args: readonly never[]) => {
      asked.push([method, ...structuredClone(args)])
      return (answers[method] ?? (() => (method === "createDomain" ? state() : method)))(...args)
    },
  ])
  const hsm = { ...Object.fromEntries(methods), keySpecs } as unknown as RegionHsm
  const count = (method: string): number => asked.filter(([one]) => one === method).length
  return { hsm, answers, asked, count }
}

type Fake = ReturnType<typeof member>

async function open(...fakes: readonly Fake[]) {
  const fleet = hsmFleet(fakes.map(({ hsm }) => hsm))
  await fleet.openDomain(name, state())
  return fleet
}

/** A call that is answered when the test says so. */
function held() {
  let settle: { resolve: (answer: string) => void; reject: (error: unknown) => void } | undefined
  const promise = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return {
    answer: () => promise,
    resolve: (answer: string) => settle?.resolve(answer),
    reject: (error: unknown) => settle?.reject(error),
  }
}

const key = () => ({ token: Uint8Array.of(7), binding })

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
afterEach(() => void vi.useRealTimers())

describe("a member that cannot serve", () => {
  it("is tried after a quarter of a second, then after twice as long, at most half a minute", async () => {
    const one = member()
    const fleet = await open(one, member())
    one.answers["rewrap"] = fails("unavailable")
    one.answers["openDomain"] = fails("unavailable")
    await fleet.rewrap(key())
    const seconds = [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]
    for (const [i, waited] of seconds.entries()) {
      expect(one.count("openDomain")).toBe(1 + i)
      await vi.advanceTimersByTimeAsync(waited * 1000 - 1)
      expect(one.count("openDomain")).toBe(1 + i)
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(fleet.health()[0]).toMatchObject({ isServing: false, failure: { code: "unavailable" } })
  })

  it("serves again once it has opened the domain, and waits as briefly as at first the next time", async () => {
    const one = member()
    const fleet = await open(one, member())
    const { rewrap, openDomain } = {
      rewrap: fails("unavailable"),
      openDomain: fails("unavailable"),
    }
    Object.assign(one.answers, { rewrap, openDomain })
    await fleet.rewrap(key())
    await vi.advanceTimersByTimeAsync(750)
    delete one.answers["openDomain"]
    await vi.advanceTimersByTimeAsync(1000)
    expect(fleet.health()[0]).toMatchObject({ isServing: true, failure: undefined })
    expect(vi.getTimerCount()).toBe(0)
    await fleet.rewrap(key())
    expect(fleet.health()[0]?.isServing).toBe(false)
    await vi.advanceTimersByTimeAsync(250)
    expect(fleet.health()[0]?.isServing).toBe(true)
  })

  it("is waited for once, however often it fails meanwhile", async () => {
    const one = member()
    const fleet = await open(one)
    Object.assign(one.answers, { rewrap: fails("unavailable"), openDomain: fails("unavailable") })
    for (let i = 0; i < 3; i += 1) await expect(fleet.rewrap(key())).rejects.toThrow("said so")
    expect(vi.getTimerCount()).toBe(1)
  })

  it("keeps no process alive while it is waited for", async () => {
    vi.useRealTimers()
    const one = member()
    const fleet = await open(one, member())
    const timers = vi.spyOn(globalThis, "setTimeout")
    one.answers["rewrap"] = fails("unavailable")
    await fleet.rewrap(key())
    const timer = timers.mock.results[0]?.value as NodeJS.Timeout
    timers.mockRestore()
    expect(timer.hasRef()).toBe(false)
    await fleet.close()
  })

  it("is tried no more once it has left, or the fleet is closed", async () => {
    const [one, two] = [member(), member()]
    const fleet = await open(one, two, member())
    for (const { answers } of [one, two]) answers["rewrap"] = fails("unavailable")
    await fleet.rewrap(key())
    expect(vi.getTimerCount()).toBe(2)
    await fleet.leave(one.hsm)
    expect(vi.getTimerCount()).toBe(1)
    await fleet.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("is not waited for when it fails as the fleet is closed", async () => {
    const call = held()
    const one = member({ rewrap: call.answer })
    const fleet = await open(one)
    const rewrapping = fleet.rewrap(key())
    await fleet.close()
    call.reject(new HsmError("unavailable", "closed"))
    await expect(rewrapping).rejects.toMatchObject({ code: "unavailable" })
    expect(vi.getTimerCount()).toBe(0)
  })

  it("has not failed while no domain is open: it is locked, as it should be", async () => {
    const one = member({ rotateDomainKey: fails("unavailable") })
    const fleet = hsmFleet([one.hsm])
    const healthy = [{ hsm: one.hsm, isServing: true, callsInFlight: 0, failure: undefined }]
    expect(fleet.health()).toEqual(healthy)
    await expect(fleet.rotateDomainKey(name, state())).rejects.toThrow("said so")
    expect(fleet.health()).toEqual(healthy)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe("what a fleet answers", () => {
  it("is what the first says of the call, which no other member is asked about", async () => {
    const [one, two] = [member({ rewrap: fails("malformed") }), member()]
    const fleet = await open(one, two)
    await expect(fleet.rewrap(key())).rejects.toMatchObject({ code: "malformed" })
    expect(two.count("rewrap")).toBe(0)
    expect(fleet.health().map(({ isServing }) => isServing)).toEqual([true, true])
  })

  it.each([
    ["unavailable", "sealed-by-another", "sealed-by-another"],
    ["sealed-by-another", "unavailable", "sealed-by-another"],
  ] as const)("of members that say %s and %s is %s", async (first, second, said) => {
    const fakes = [first, second].map((code) => member({ rotateDomainKey: fails(code) }))
    const fleet = await open(...fakes)
    await expect(fleet.rotateDomainKey(name, state())).rejects.toMatchObject({ code: said })
  })

  it("is why the domain does not open, where no member opens it", async () => {
    const one = member()
    const fleet = await open(one)
    one.answers["rewrap"] = fails("unavailable")
    await expect(fleet.rewrap(key())).rejects.toMatchObject({ code: "unavailable" })
    one.answers["openDomain"] = fails("malformed")
    await expect(fleet.rewrap(key())).rejects.toMatchObject({ name: "HsmError", code: "malformed" })
  })

  it("is that nobody can serve, once all members have left", async () => {
    const one = member()
    const fleet = await open(one)
    await fleet.leave(one.hsm)
    await expect(fleet.rewrap(key())).rejects.toThrow(
      expect.objectContaining({
        code: "unavailable",
        message: "no member of the fleet can serve",
      }),
    )
  })

  it.each([
    ["locked", async () => hsmFleet([member().hsm])],
    [
      "zeroized",
      async () => {
        const fleet = await open(member())
        await fleet.close()
        return fleet
      },
    ],
  ])("is that it is %s, when it is", async (what, make) => {
    const fleet = await make()
    await expect(fleet.generateKey(binding)).rejects.toThrow(
      expect.objectContaining({ code: "unavailable", message: `the fleet is ${what}` }),
    )
  })

  it("is nothing any more once it is closed, whatever is asked", async () => {
    const one = member()
    const fleet = await open(one)
    const late = member()
    await fleet.close()
    const asked = [
      fleet.createDomain(name),
      fleet.openDomain(name, state()),
      fleet.rotateDomainKey(name, state()),
      fleet.join(late.hsm),
    ]
    for (const answer of await Promise.allSettled(asked)) {
      expect(answer).toMatchObject({ reason: { message: "the fleet is zeroized" } })
    }
    expect(one.asked.map(([method]) => method)).toEqual(["openDomain", "close"])
    expect(late.asked).toEqual([])
  })

  it.each(["rotateDomainKey", "withdrawTrust", "resealDomain", "retireDomainKeys"] as const)(
    "to %s needs no domain that is open",
    async (method) => {
      const fleet = hsmFleet([member().hsm])
      expect(await (fleet[method] as (...args: unknown[]) => unknown)(name, state())).toBe(method)
    },
  )
})

describe("the bytes that are handed to a fleet", () => {
  it.each([
    ["answered", async () => new Uint8Array(0)],
    ["refused", fails("malformed")],
  ])("are copied, and the copy is wiped when the call is %s", async (_, answer) => {
    const seen: Uint8Array[] = []
    const rewrap: RegionHsm["rewrap"] = ({ token }) => {
      seen.push(token)
      return answer()
    }
    const fleet = hsmFleet([{ ...member().hsm, rewrap }])
    await fleet.openDomain(name, state())
    const given = key()
    await fleet.rewrap(given).catch(() => undefined)
    expect(seen).toEqual([new Uint8Array(1)])
    expect(given).toEqual(key())
  })

  it("of a domain are the same for who joins later, whatever their owner does with them", async () => {
    const opened = hsmFleet([member().hsm])
    const given = state()
    const opening = opened.openDomain(name, given)
    given.fill(0)
    await opening
    const created = hsmFleet([member().hsm])
    const made = await created.createDomain(name)
    made.fill(0)
    for (const fleet of [opened, created]) {
      const late = member()
      await fleet.join(late.hsm)
      expect(late.asked).toEqual([["openDomain", name, state()]])
    }
  })
})

describe("a domain of a fleet", () => {
  it("is made by one member, and opened by all others before the call ends", async () => {
    const fakes = [member(), member(), member()]
    const fleet = hsmFleet(fakes.map(({ hsm }) => hsm))
    expect(await fleet.createDomain(name)).toEqual(state())
    const opened = [["openDomain", name, state()]]
    expect(fakes.map(({ asked }) => asked)).toEqual([[["createDomain", name]], opened, opened])
    await fleet.openDomain(name, Uint8Array.of(9))
    for (const { asked } of fakes) {
      expect(asked.slice(1)).toEqual([
        ...asked.slice(1, -1),
        ["openDomain", name, Uint8Array.of(9)],
      ])
    }
  })

  it("is made by the next member where the seal of one is another", async () => {
    const fakes = [member({ createDomain: fails("sealed-by-another") }), member()]
    const fleet = hsmFleet(fakes.map(({ hsm }) => hsm))
    expect(await fleet.createDomain(name)).toEqual(state())
    expect(fakes.map(({ asked }) => asked.at(-1)?.[0])).toEqual(["openDomain", "createDomain"])
  })
})

describe("which member is asked", () => {
  it("is one that serves, however busy, before one that failed", async () => {
    const call = held()
    const [one, two] = [member(), member()]
    const fleet = await open(one, two)
    const openDomain = fails("unavailable")
    Object.assign(one.answers, { rewrap: openDomain, openDomain })
    await fleet.rewrap(key())
    two.answers["rewrap"] = call.answer
    const calls = [fleet.rewrap(key()), fleet.rewrap(key())]
    expect([one, two].map((fake) => fake.count("rewrap"))).toEqual([1, 3])
    call.resolve("late")
    expect(await Promise.all(calls)).toEqual(["late", "late"])
  })

  it("is the one with the fewest calls in flight, and of equals the first", async () => {
    const call = held()
    const fakes = [member(), member(), member()]
    const fleet = await open(...fakes)
    for (const { answers } of fakes) answers["rewrap"] = call.answer
    const counts: number[][] = []
    const calls = Array.from({ length: 4 }, () => {
      const answer = fleet.rewrap(key())
      counts.push(fakes.map((fake) => fake.count("rewrap")))
      return answer
    })
    expect(counts).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
      [2, 1, 1],
    ])
    expect(fleet.health().map(({ callsInFlight }) => callsInFlight)).toEqual([2, 1, 1])
    call.resolve("late")
    await Promise.all(calls)
  })
})

describe("who is a member", () => {
  it("is in once: nobody joins who is there, is joining, or knows fewer key specs", async () => {
    const specs = ["SYMMETRIC_DEFAULT", "HMAC_256"]
    const [one, two] = [member({}, specs), member({}, specs)]
    const fleet = await open(one, two)
    for (const { hsm } of [one, two]) {
      await expect(fleet.join(hsm)).rejects.toThrow("the HSM is a member already")
    }
    await expect(fleet.join(member().hsm)).rejects.toThrow("does not know all key specs")
    await expect(fleet.leave(member().hsm)).rejects.toThrow("the HSM is no member")
    const opening = held()
    const late = member({ openDomain: opening.answer }, [...specs, "SM2"])
    const joining = fleet.join(late.hsm)
    await expect(fleet.join(late.hsm)).rejects.toThrow("the HSM is a member already")
    opening.resolve("")
    await joining
    expect(fleet.health().map(({ hsm }) => hsm)).toEqual([one.hsm, two.hsm, late.hsm])
    for (const hsms of [[], [one.hsm, two.hsm, one.hsm]]) {
      expect(() => hsmFleet(hsms)).toThrow("a fleet must have members, and each once")
    }
  })

  it("is nobody who was still joining when the fleet was closed", async () => {
    const opening = held()
    const fleet = await open(member())
    const joining = fleet.join(member({ openDomain: opening.answer }).hsm)
    await fleet.close()
    opening.resolve("")
    await expect(joining).rejects.toThrow("the fleet is zeroized")
    expect(fleet.health()).toEqual([])
  })

  it("may try to join again when the domain did not open", async () => {
    const fleet = await open(member())
    const late = member({ openDomain: fails("sealed-by-another") })
    await expect(fleet.join(late.hsm)).rejects.toMatchObject({ code: "sealed-by-another" })
    expect(vi.getTimerCount()).toBe(0)
    delete late.answers["openDomain"]
    await fleet.join(late.hsm)
    expect(fleet.health()).toHaveLength(2)
  })

  it("has left when its last call is answered, and gets no other until then", async () => {
    const [call, sooner] = [held(), held()]
    const [one, two] = [member({ rewrap: call.answer, isCurrent: sooner.answer }), member()]
    const fleet = await open(one, two)
    const rewrapping = fleet.rewrap(key())
    two.answers["sign"] = held().answer
    void fleet.sign({ ...key() } as never)
    const asking = fleet.isCurrent(state())
    let hasLeft = false
    const leaving = fleet.leave(one.hsm).then(() => {
      hasLeft = true
    })
    await fleet.rewrap(key())
    await fleet.rewrap(key())
    expect([one, two].map((fake) => fake.count("rewrap"))).toEqual([1, 2])
    expect(one.count("isCurrent")).toBe(1)
    sooner.resolve("sooner")
    await asking
    await vi.advanceTimersByTimeAsync(0)
    expect(hasLeft).toBe(false)
    call.resolve("late")
    expect(await rewrapping).toBe("late")
    await leaving
  })

  it("opens a domain once for all calls that wait for it", async () => {
    const [one, two] = [member(), member()]
    const fleet = await open(one, two)
    one.answers["rewrap"] = fails("unavailable")
    await fleet.rewrap(key())
    const opening = held()
    Object.assign(one.answers, { openDomain: opening.answer })
    delete one.answers["rewrap"]
    await fleet.leave(two.hsm)
    const calls = [fleet.rewrap(key()), fleet.rewrap(key()), fleet.rewrap(key())]
    await vi.advanceTimersByTimeAsync(0)
    expect(one.count("openDomain")).toBe(2)
    expect(fleet.health()[0]).toMatchObject({ callsInFlight: 3, isServing: false })
    opening.resolve("")
    expect(await Promise.all(calls)).toEqual(["rewrap", "rewrap", "rewrap"])
    expect(fleet.health()[0]).toMatchObject({ callsInFlight: 0, isServing: true })
  })

  it("knows the key specs of all, in the order of the first", () => {
    const [a, b, c] = ["RSA_2048", "SYMMETRIC_DEFAULT", "HMAC_256"]
    const specs = [
      [a, b, c],
      [c, "SM2", a],
      [b, c],
    ]
    const fleet = hsmFleet(specs.map((some) => member({}, some).hsm))
    expect(fleet.keySpecs).toEqual([c])
    const two = hsmFleet(specs.slice(0, 2).map((some) => member({}, some).hsm))
    expect(two.keySpecs).toEqual([a, c])
    expect(Object.isFrozen(fleet.keySpecs)).toBe(true)
    expect(Object.isFrozen(fleet)).toBe(true)
  })
})
