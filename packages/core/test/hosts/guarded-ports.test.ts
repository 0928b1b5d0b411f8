import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import {
  guardAnchor,
  guardAttestations,
  guardAudit,
  guardClock,
  guardClusters,
  guardDecisions,
  guardIdentities,
  guardRegionHsm,
  guardStorage,
} from "../../src/engine/host/guard-ports.js"
import { HsmError } from "../../src/ports/hsm.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { sealOf } from "../support/hosts.js"
import { clusterId, clusterOf, otherClusterId } from "../support/key-stores.js"

type Method = (...args: readonly unknown[]) => unknown

/** The same port, whose methods do what `method` does; what is no method stays. */
const portOf = <Port extends object>(port: Port, method: Method): Port =>
  Object.fromEntries(
    Object.entries(port).map(([name, member]) => [
      name,
      typeof member === "function" ? method : member,
    ]),
  ) as Port

const hsm = createSoftwareHsm({ seal: sealOf() })
const storage = createMemoryStorage()
const anchor = { read: async () => undefined, write: async () => undefined }
const attestations = { verify: async () => undefined, envelop: async () => new Uint8Array() }

/** What an engine makes of each of its ports. */
const ports: Readonly<Record<string, (method: Method) => object>> = {
  storage: (method) => guardStorage(portOf(storage, method)),
  HSM: (method) => guardRegionHsm(portOf(hsm, method)),
  anchor: (method) => guardAnchor(portOf(anchor, method)),
  "attestations port": (method) => guardAttestations(portOf(attestations, method)),
  "identities port": (method) => ({ find: guardIdentities(method as never) }),
  "decision sink": (method) => ({ tell: guardDecisions(method as never) }),
  "audit sink": (method) => ({ tell: guardAudit(method as never) }),
  "status of a cluster": (method) => ({
    status: guardClusters({ a: clusterOf(1, { status: method as never }) })["a"]?.status,
  }),
}

const methodsOf = (port: object): readonly Method[] =>
  Object.values(port).filter((member): member is Method => typeof member === "function")

/** What a call comes to, at once or later. */
async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  return "no failure"
}

describe("what a port throws", () => {
  const thrown = Object.assign(new Error("no such table"), { name: "NotFoundException" })

  it.each(Object.keys(ports))("is a failure, whatever it is, with its cause: %s", async (name) => {
    const failing = [
      () => {
        throw thrown
      },
      () => Promise.reject(thrown),
      // biome-ignore lint/suspicious/noThenProperty: an answer that is a promise of another kind
      () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(thrown) }),
    ]
    for (const method of failing) {
      const methods = methodsOf(ports[name]?.(method) ?? {})
      expect(methods.length).toBeGreaterThan(0)
      for (const one of methods) {
        const failure = await failureOf(one)
        expect(failure).toMatchObject({ name: "PortError", message: `the ${name} failed` })
        expect((failure as Error).cause).toBe(thrown)
      }
    }
  })

  it("is understood of an HSM when it is an error of one, and of a storage when it is a wrong call", async () => {
    const wrongCall = new TypeError("`key` must be ASCII")
    const refused = new HsmError("unavailable", "the HSM has no power")
    for (const [name, error, isUnderstood] of [
      ["HSM", refused, true],
      ["HSM", wrongCall, false],
      ["storage", wrongCall, true],
      ["storage", refused, false],
      ["anchor", wrongCall, false],
      ["audit sink", refused, false],
    ] as const) {
      const [one] = methodsOf(ports[name]?.(() => Promise.reject(error)) ?? {})
      const failure = await failureOf(() => one?.())
      expect([name, isUnderstood, failure === error]).toEqual([name, isUnderstood, isUnderstood])
    }
  })
})

describe("a guarded port", () => {
  it.each(Object.keys(ports))(
    "answers what the port answers, and is asked the same: %s",
    async (name) => {
      const asked: unknown[] = []
      const answers = [7, Promise.resolve(7)]
      for (const answer of answers) {
        const guarded = ports[name]?.((...args) => {
          asked.push(...args)
          return answer
        })
        for (const one of methodsOf(guarded ?? {})) expect(await one("what")).toBe(7)
      }
      if (name !== "status of a cluster") expect(new Set(asked)).toEqual(new Set(["what"]))
    },
  )

  it("does not wait where the port does not", () => {
    expect(guardStorage(portOf(storage, () => 7)).stamp()).toBe(7)
    // biome-ignore lint/suspicious/noThenProperty: a `then` that is no method makes no promise
    const answer = { then: 7 }
    expect(guardStorage(portOf(storage, () => answer)).stamp()).toBe(answer)
  })

  it("is an object of its own, and calls the methods of the port as such", async () => {
    class Anchor {
      #kept: Uint8Array | undefined
      async read() {
        return this.#kept
      }
      async write(bytes: Uint8Array) {
        this.#kept = bytes
      }
    }
    const guarded = guardAnchor(new Anchor())
    await guarded.write(Uint8Array.of(1))
    expect(await guarded.read()).toEqual(Uint8Array.of(1))
  })

  it("has every method of an HSM, and its key specs", () => {
    const guarded = guardRegionHsm(hsm)
    expect(Object.keys(guarded).sort()).toEqual(Object.keys(hsm).sort())
    expect(guarded.keySpecs).toBe(hsm.keySpecs)
  })

  it("is each HSM of a cluster, beside what the cluster says of itself", async () => {
    const failing = portOf(hsm as RegionHsm, () => Promise.reject(new Error("no power")))
    const given = { [clusterId]: clusterOf(1, { hsm: failing }), [otherClusterId]: clusterOf(2) }
    const guarded = guardClusters(given)
    expect(Object.keys(guarded)).toEqual([clusterId, otherClusterId])
    const { password, status, hsm: inside } = guarded[clusterId] ?? {}
    expect([password, status]).toEqual([given[clusterId]?.password, undefined])
    expect(inside?.keySpecs).toBe(hsm.keySpecs)
    await expect(inside?.generateRandom(1)).rejects.toThrow("the HSM failed")
  })
})

describe("a guarded clock", () => {
  it.each([
    [0, 0],
    [1.9, 1],
    [8.64e15, 8.64e15],
  ])("tells whole milliseconds: %d", (told, ms) => {
    expect(guardClock(() => told)()).toBe(ms)
  })

  it.each([-1, -0.5, 8.64e15 + 2, Number.NaN, Number.POSITIVE_INFINITY])(
    "tells no time: %d",
    (told) => {
      expect(guardClock(() => told)).toThrow("the clock tells no time")
    },
  )
})
