import { describe, expect, it, test } from "vitest"
import { type FaultRow, faultNames, type PlannedFault } from "../src/fault-row.js"
import {
  type CallFacts,
  checkFaultRow,
  chooseFault,
  isRegionDown,
  type LiveFault,
  requireStruck,
} from "../src/faults/plan.js"

const regions = ["us-east-1", "eu-west-1"]
const live = (row: FaultRow, more: object = {}): LiveFault => ({
  ...{ row, fitted: 0, struck: 0 },
  ...more,
})

describe("a planned fault", () => {
  it.each<[string, object]>([
    ["each of its kinds", {}],
    ["one operation", { operation: "Encrypt" }],
    ["several operations", { operation: ["Encrypt", "Decrypt"] }],
    ["a key, a region and a caller", { key: "a", region: "eu-west-1", caller: "b" }],
    ["counts", { after: 0, count: 1 }],
    ["no chance", { probability: 0 }],
    ["every chance", { probability: 1 }],
  ])("may have %s", (_, more) => {
    for (const fault of faultNames) {
      const row = { fault, ...more, ...(fault === "latency" && { latency: { seconds: 1 } }) }
      expect(() => checkFaultRow(row, regions)).not.toThrow()
    }
  })

  const must = (member: string, what: string) => `\`${member}\` of a fault must be ${what}`
  const operation = must("operation", "the AWS name of an operation")
  const count = must("count", "a whole number from 1 on")
  const probability = must("probability", "a number from 0 to 1")
  const latency = must("latency", "a duration, for the fault `latency` and no other")

  it.each<[object, string]>([
    [{ faults: "throttle" }, "`faults` is no member of a fault"],
    [{ fault: "fire" }, must("fault", `one of ${faultNames.join(", ")}`)],
    [{ operation: "encrypt" }, operation],
    [{ operation: ["Encrypt", "encrypt"] }, operation],
    [{ after: -1 }, must("after", "a whole number")],
    [{ after: 1.5 }, must("after", "a whole number")],
    [{ after: "1" }, must("after", "a whole number")],
    [{ count: 0 }, count],
    [{ count: -1 }, count],
    [{ count: 1.5 }, count],
    [{ probability: -0.1 }, probability],
    [{ probability: 1.1 }, probability],
    [{ probability: Number.NaN }, probability],
    [{ latency: { seconds: 1 } }, latency],
    [{ fault: "latency" }, latency],
    [{ region: "mars-1" }, "`region` of a fault must be one of us-east-1, eu-west-1"],
    [{ fault: "latency", latency: { second: 1 } }, "`second` is no unit"],
  ])("is none: %j", (more, message) => {
    const row = { fault: "throttle", ...more } as FaultRow
    expect(() => checkFaultRow(row, regions)).toThrow(TypeError)
    expect(() => checkFaultRow(row, regions)).toThrow(message)
  })
})

const facts: CallFacts = {
  operation: "Encrypt",
  region: "us-east-1",
  caller: "alice",
  namesKey: async (key) => key === "mine",
}

describe("a fault that is planned for some calls", () => {
  it.each<[string, Partial<FaultRow>, boolean]>([
    ["every call", {}, true],
    ["its operation", { operation: "Encrypt" }, true],
    ["one of its operations", { operation: ["Decrypt", "Encrypt"] }, true],
    ["another operation", { operation: "Decrypt" }, false],
    ["its region", { region: "us-east-1" }, true],
    ["another region", { region: "eu-west-1" }, false],
    ["its caller", { caller: "alice" }, true],
    ["another caller", { caller: "bob" }, false],
    ["its key", { key: "mine" }, true],
    ["another key", { key: "theirs" }, false],
    ["all of it", { operation: "Encrypt", caller: "alice", key: "mine" }, true],
    ["all but its key", { operation: "Encrypt", caller: "alice", key: "theirs" }, false],
  ])("strikes %s", async (_, more, strikes) => {
    const fault = live({ fault: "throttle", ...more })
    const found = await chooseFault([fault], facts, () => 0)
    expect(found).toBe(strikes ? fault : undefined)
    expect([fault.fitted, fault.struck]).toEqual(strikes ? [1, 1] : [0, 0])
  })
})

describe("a fault that is planned for so many calls", () => {
  const strikesOf = async (row: Partial<FaultRow>, chances: readonly number[]) => {
    const fault = live({ fault: "throttle", ...row })
    const drawn = chances.values()
    const struck: boolean[] = []
    for (let i = 0; i < 5; i += 1) {
      const chance = () => drawn.next().value ?? Number.NaN
      struck.push((await chooseFault([fault], facts, chance)) === fault)
    }
    return struck.map((one) => (one ? "x" : ".")).join("")
  }

  it.each<[string, Partial<FaultRow>, readonly number[]]>([
    ["xxxxx", {}, []],
    ["xx...", { count: 2 }, []],
    ["..xxx", { after: 2 }, []],
    [".xx..", { after: 1, count: 2 }, []],
    ["x.x..", { probability: 0.5 }, [0.49, 0.5, 0, 0.99, 0.51]],
    [".....", { probability: 0 }, [0, 0, 0, 0, 0]],
    ["xxxxx", { probability: 1 }, []],
    [".x.x.", { after: 1, count: 2, probability: 0.5 }, [0.1, 0.9, 0.1, 0.1]],
  ])("strikes as often as it is to: %s, %j", async (struck, row, chances) => {
    expect(await strikesOf(row, chances)).toBe(struck)
  })

  test("that is first strikes; a spent one leaves it to the next", async () => {
    const [first, second] = [live({ fault: "throttle", count: 1 }), live({ fault: "timeout" })]
    const choose = () => chooseFault([first, second], facts, () => 0)
    expect([await choose(), await choose(), await choose()]).toEqual([first, second, second])
    expect(first.struck).toBe(1)
  })

  test("that was spent while its key was looked up strikes no more", async () => {
    const fault = live({ fault: "throttle", key: "mine", count: 1 })
    const slow: CallFacts = {
      ...facts,
      namesKey: async () => {
        fault.struck = 1
        return true
      },
    }
    expect(await chooseFault([fault], slow, () => 0)).toBeUndefined()
  })

  it.each<[string, LiveFault, boolean]>([
    ["any", live({ fault: "region-down" }), true],
    ["that", live({ fault: "region-down", region: "us-east-1" }), true],
    ["another", live({ fault: "region-down", region: "eu-west-1" }), false],
    ["that with another fault", live({ fault: "timeout", region: "us-east-1" }), false],
    ["that for an operation", live({ fault: "region-down", operation: "Sign" }), false],
    ["that for a key", live({ fault: "region-down", key: "a" }), false],
    ["that again", live({ fault: "region-down", count: 2 }, { struck: 1 }), true],
    ["that no more", live({ fault: "region-down", count: 2 }, { struck: 2 }), false],
  ])("takes the way to a region: %s", (_, fault, isDown) => {
    expect(isRegionDown([live({ fault: "throttle" }), fault], "us-east-1")).toBe(isDown)
  })

  test("that struck nothing is named", () => {
    const planned = (fault: FaultRow["fault"], struck: number): PlannedFault => ({
      row: { fault },
      struck,
    })
    expect(() => requireStruck([planned("throttle", 1)])).not.toThrow()
    const all = [planned("timeout", 0), planned("throttle", 1), planned("hsm-down", 0)]
    expect(() => requireStruck(all)).toThrow(
      'planned faults that struck no call:\n{"fault":"timeout"}\n{"fault":"hsm-down"}',
    )
  })
})
