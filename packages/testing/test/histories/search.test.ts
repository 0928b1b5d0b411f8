import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  assertLinearizable,
  checkHistory,
  type Model,
  type Operation,
  renderVerdict,
} from "../../src/histories.js"
import {
  isLinearizable,
  type RegisterCall,
  type RegisterOperation,
  registers,
} from "./registers.js"

const verdictOf = (operations: readonly RegisterOperation[], stepsMax?: number) =>
  checkHistory(operations, registers, { stepsMax }).verdict

const at = (start: number, end: number, call: RegisterCall, reply: number | boolean) =>
  ({ call, start, answer: { end, reply } }) as RegisterOperation
const lost = (start: number, call: RegisterCall): RegisterOperation => ({
  call,
  start,
  answer: undefined,
})

const x = { of: "x" }

describe("a history is linearizable", () => {
  it("when calls at the same time took effect in any order", () => {
    expect(verdictOf([at(0, 10, { ...x, write: 1 }, true), at(1, 2, x, 1), at(3, 4, x, 1)])).toBe(
      "linearizable",
    )
    expect(verdictOf([at(0, 10, { ...x, write: 1 }, true), at(1, 2, x, 0)])).toBe("linearizable")
  })

  it("when a call without an answer took effect late, or never", () => {
    const write = lost(0, { ...x, write: 1 })
    expect(verdictOf([write, at(5, 6, x, 0), at(7, 8, x, 1)])).toBe("linearizable")
    expect(verdictOf([write, at(5, 6, x, 0), at(7, 8, x, 0)])).toBe("linearizable")
  })

  it("when it is empty, or about nothing", () => {
    expect(verdictOf([])).toBe("linearizable")
    const nothing: typeof registers = { ...registers, thingsOf: () => [] }
    expect(checkHistory([at(0, 1, x, 7)], nothing).verdict).toBe("linearizable")
  })
})

describe("a history is violated", () => {
  it("when a read that began after a write does not see it", () => {
    expect(verdictOf([at(0, 1, { ...x, write: 1 }, true), at(2, 3, x, 0)])).toBe("violated")
  })

  it("when a value is seen, and then the one before it", () => {
    expect(verdictOf([at(0, 10, { ...x, write: 1 }, true), at(1, 2, x, 1), at(3, 4, x, 0)])).toBe(
      "violated",
    )
  })

  it("when a call without an answer took effect twice", () => {
    const operations = [
      lost(0, { ...x, write: 1 }),
      at(1, 2, x, 1),
      at(3, 4, { ...x, write: 2 }, true),
      at(5, 6, x, 1),
    ]
    expect(verdictOf(operations)).toBe("violated")
    expect(verdictOf(operations.toSpliced(1, 1))).toBe("linearizable")
  })

  it("when two callers win where one can", () => {
    const claim = (write: number) => ({ ...x, write, expect: 0 })
    expect(verdictOf([at(0, 5, claim(1), true), at(1, 6, claim(2), true)])).toBe("violated")
    expect(verdictOf([at(0, 5, claim(1), true), at(1, 6, claim(2), false)])).toBe("linearizable")
  })

  it("and the verdict shows where it stops making sense", () => {
    const operations = [at(0, 1, { ...x, write: 4 }, true), at(2, 3, x, 4), at(5, 6, x, 3)]
    const verdict = checkHistory([at(0, 9, { of: "y" }, 0), ...operations], registers)
    expect(verdict).toMatchObject({ verdict: "violated", things: ["x"], operations })
    expect(verdict).toMatchObject({ order: operations.slice(0, 2), next: operations.slice(2) })
    expect(renderVerdict(verdict)).toMatch(/5 to 6: {"of":"x"} 3/)
    expect(() => assertLinearizable(operations, registers)).toThrow(/^not linearizable: 3 calls/)
  })
})

describe("the search", () => {
  it("says that it is undecided when the steps do not suffice", () => {
    const writes = Array.from({ length: 14 }, (_, i) => at(i, 100, { ...x, write: i }, true))
    const operations = [...writes, at(101, 102, x, 99)]
    expect(verdictOf(operations, 200)).toBe("undecided")
    expect(() => assertLinearizable(operations, registers, { stepsMax: 200 })).toThrow(/undecided/)
  })

  it("takes as many steps as there are calls when one came after the other", () => {
    const stepsOf = (count: number) => {
      const calls = Array.from({ length: count }, (_, i) =>
        at(2 * i, 2 * i + 1, { ...x, write: i }, true),
      )
      return checkHistory(calls, registers).steps
    }
    expect([stepsOf(10), stepsOf(1000)]).toEqual([10, 1000])
  })

  it("counts what it remembers of large states as steps", () => {
    const large = {
      ...registers,
      textOf: (state: object) => `${registers.textOf(state as never)}${" ".repeat(2560)}`,
    }
    const calls = Array.from({ length: 100 }, (_, i) =>
      at(2 * i, 2 * i + 1, { ...x, write: i }, true),
    )
    expect(checkHistory(calls, large).steps).toBe(1100)
    expect(checkHistory(calls, large, { stepsMax: 500 }).verdict).toBe("undecided")
  })

  it("looks at each thing by itself", () => {
    // Together, these orders could not be tried before the end of the world.
    const operations = Array.from({ length: 400 }, (_, i) => [
      at(i, 5000, { of: `n${i}`, write: 1 }, true),
      at(i, 5000, { of: `n${i}` }, i % 2),
    ]).flat()
    expect(checkHistory(operations, registers)).toMatchObject({ verdict: "linearizable" })
    expect(checkHistory(operations, registers).steps).toBeLessThan(2000)
  })

  it("looks together at things that a call ties together", () => {
    const both: Model<object, RegisterCall, number> = {
      ...(registers as unknown as Model<object, RegisterCall, number>),
      thingsOf: ({ of }) => of.split("+"),
    }
    const one = (of: string, reply: number): Operation<RegisterCall, number> => ({
      call: { of },
      start: 0,
      answer: { end: 1, reply },
    })
    const verdict = checkHistory([one("a", 1), one("c", 0), one("a+b", 0), one("b", 0)], both)
    expect(verdict).toMatchObject({ verdict: "violated", things: ["a", "b"] })
  })

  it("places many reads at the same time without trying their orders", () => {
    const reads = Array.from({ length: 200 }, (_, i) => at(i, 1000, x, 1))
    const operations = [at(0, 1000, { ...x, write: 1 }, true), ...reads, at(1001, 1002, x, 2)]
    const verdict = checkHistory(operations, registers)
    expect(verdict.verdict).toBe("violated")
    expect(verdict.steps).toBeLessThan(50_000)
  })

  it("tries calls without an answer that are alike once", () => {
    const lostOnes = Array.from({ length: 60 }, () => lost(0, { ...x, write: 1 }))
    const operations = [...lostOnes, at(1, 2, x, 1), at(3, 4, x, 2)]
    expect(checkHistory(operations, registers)).toMatchObject({ verdict: "violated" })
    expect(checkHistory(operations, registers).steps).toBeLessThan(1000)
  })

  it.each([
    ["ends before it starts", at(3, 2, x, 0)],
    ["has no time", at(Number.NaN, 2, x, 0)],
  ])("refuses an operation that %s", (_, operation) => {
    expect(() => checkHistory([operation], registers)).toThrow(TypeError)
  })

  it.each([0, -1, Number.NaN])("refuses %s as the number of steps", (stepsMax) => {
    expect(() => checkHistory([], registers, { stepsMax })).toThrow(TypeError)
  })
})

const anyCall: fc.Arbitrary<RegisterCall> = fc.oneof(
  fc.record({ of: fc.constantFrom("x", "y") }),
  fc.record({ of: fc.constantFrom("x", "y"), write: fc.integer({ min: 0, max: 2 }) }),
  fc.record({
    of: fc.constantFrom("x", "y"),
    write: fc.integer({ min: 0, max: 2 }),
    expect: fc.integer({ min: 0, max: 2 }),
  }),
)

const anyOperation: fc.Arbitrary<RegisterOperation> = fc
  .record({
    call: anyCall,
    start: fc.nat(12),
    takes: fc.nat(6),
    reply: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.boolean()),
    isLost: fc.nat(3).map((draw) => draw === 0),
  })
  .map(({ call, start, takes, reply, isLost }) => ({
    call,
    start,
    answer: isLost
      ? undefined
      : { end: start + takes, reply: call.write === undefined ? Number(reply) : Boolean(reply) },
  }))

describe("the search agrees with trying every order", () => {
  it("of any calls with any replies", () => {
    let violated = 0
    fc.assert(
      fc.property(fc.array(anyOperation, { maxLength: 7 }), (operations) => {
        const isRight = isLinearizable(operations, registers)
        violated += Number(!isRight)
        expect(verdictOf(operations)).toBe(isRight ? "linearizable" : "violated")
      }),
      { numRuns: 3000 },
    )
    expect(violated).toBeGreaterThan(300)
    expect(violated).toBeLessThan(2900)
  })
})
