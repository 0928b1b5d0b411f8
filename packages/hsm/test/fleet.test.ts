import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { createSoftwareHsm, HsmError, type RegionHsm, rootKeySeal } from "@keywright/core"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { hsmFleet } from "../src/fleet.js"
import { binding, boundaryPids, hasProc, isolatedHsms, rootKey } from "./support/isolated.js"

const hsms = isolatedHsms()
afterEach(hsms.closeAll)

const name = "aws/eu-central-1"
const software = (key = rootKey): RegionHsm => createSoftwareHsm({ seal: rootKeySeal(key) })

/** An HSM whose rewraps a test counts, holds back and fails. */
function watched(hsm: RegionHsm = software()) {
  const held: (() => void)[] = []
  const seen = { rewraps: 0, isDead: false, isHeld: false }
  const member: RegionHsm = {
    ...hsm,
    openDomain(...args) {
      if (seen.isDead) throw new HsmError("unavailable", "dead")
      return hsm.openDomain(...args)
    },
    async rewrap(request) {
      seen.rewraps += 1
      if (seen.isDead) throw new HsmError("unavailable", "dead")
      if (seen.isHeld) await new Promise<void>((resolve) => held.push(resolve))
      return hsm.rewrap(request)
    },
  }
  const release = (): void => {
    for (const go of held.splice(0)) go()
  }
  return { member, seen, release }
}

/** More than a process takes that waits. Of a hundred in a second, as Linux counts them. */
const ticksAtWork = 10

/** The ticks for which a process had the processor, in its code and in the kernel. */
function processorTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14)
  return Number(user) + Number(system)
}

async function openFleet(count: number) {
  const all = Array.from({ length: count }, () => watched())
  const fleet = hsmFleet(all.map(({ member }) => member))
  const sealed = await fleet.createDomain(name)
  const token = await fleet.generateKey(binding)
  return { all, fleet, sealed, key: { token, binding } }
}

describe("a fleet of HSMs", () => {
  it("gives a call to the member that is least busy", async () => {
    const { all, fleet, key } = await openFleet(2)
    for (const { seen } of all) seen.isHeld = true
    const held = [fleet.rewrap(key), fleet.rewrap(key)]
    expect(all.map(({ seen }) => seen.rewraps)).toEqual([1, 1])
    const [busy, free] = all as [ReturnType<typeof watched>, ReturnType<typeof watched>]
    free.seen.isHeld = false
    free.release()
    await Promise.race(held)
    for (let i = 0; i < 10; i += 1) await fleet.rewrap(key)
    expect([busy.seen.rewraps, free.seen.rewraps]).toEqual([1, 11])
    busy.release()
    await Promise.all(held)
  })

  it("gives calls one after another to one member, which has their code at hand", async () => {
    const { all, fleet, key } = await openFleet(3)
    for (let i = 0; i < 10; i += 1) await fleet.rewrap(key)
    expect(all.map(({ seen }) => seen.rewraps)).toEqual([10, 0, 0])
  })

  it("asks another member within the call when one cannot serve, and that one last from then on", async () => {
    const { all, fleet, key } = await openFleet(3)
    const [first, second] = all as [ReturnType<typeof watched>, ReturnType<typeof watched>]
    first.seen.isDead = true
    second.seen.isDead = true
    await Promise.all(Array.from({ length: 30 }, () => fleet.rewrap(key)))
    const before = [first.seen.rewraps, second.seen.rewraps]
    for (let i = 0; i < 30; i += 1) await fleet.rewrap(key)
    expect([first.seen.rewraps, second.seen.rewraps]).toEqual(before)
    expect(fleet.health().map(({ isServing }) => isServing)).toEqual([false, false, true])
    expect(fleet.health()[0]?.failure).toMatchObject({ code: "unavailable" })
  })

  it("takes a member back by itself, in the state that is current by then", async () => {
    const { all, fleet, sealed, key } = await openFleet(2)
    const [first, second] = all as [ReturnType<typeof watched>, ReturnType<typeof watched>]
    first.seen.isDead = true
    await Promise.all([fleet.rewrap(key), fleet.rewrap(key)])
    await fleet.openDomain(name, await fleet.rotateDomainKey(name, sealed))
    const token = await fleet.generateKey(binding)
    first.seen.isDead = false
    await expect.poll(() => fleet.health().every(({ isServing }) => isServing)).toBe(true)
    second.seen.isDead = true
    expect(await fleet.isCurrent(await fleet.rewrap({ token, binding }))).toBe(true)
  })

  it("fails when no member can serve, and serves again with the first that can", async () => {
    const { all, fleet, key } = await openFleet(2)
    for (const { seen } of all) seen.isDead = true
    await expect(fleet.rewrap(key)).rejects.toMatchObject({ code: "unavailable" })
    for (const { seen } of all) seen.isDead = false
    await fleet.rewrap(key)
  })

  it("is changed while it serves: members join, leave and are replaced", async () => {
    const { all, fleet, key } = await openFleet(2)
    let isOver = false
    let served = 0
    const work = async (): Promise<void> => {
      while (!isOver) {
        await fleet.rewrap(key)
        served += 1
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const workers = Array.from({ length: 8 }, work)
    let members: RegionHsm[] = all.map(({ member }) => member)
    for (let i = 0; i < 6; i += 1) {
      const { member } = watched()
      await fleet.join(member)
      const [old] = members
      await fleet.leave(old as RegionHsm)
      await old?.close()
      members = [...members.slice(1), member]
      const before = served
      await expect.poll(() => served > before + 20).toBe(true)
    }
    isOver = true
    await Promise.all(workers)
    expect(fleet.health().map(({ hsm }) => hsm)).toEqual(members)
  })

  it("lets nobody join who does not open its domain, is there, or knows fewer key specs", async () => {
    const { all, fleet, key } = await openFleet(2)
    const stranger = software(new Uint8Array(32).fill(99))
    await expect(fleet.join(stranger)).rejects.toMatchObject({ code: "sealed-by-another" })
    await expect(fleet.join({ ...software(), keySpecs: [] })).rejects.toThrow(TypeError)
    await expect(fleet.join(all[0]?.member as RegionHsm)).rejects.toThrow(TypeError)
    await expect(fleet.leave(stranger)).rejects.toThrow(TypeError)
    expect(() => hsmFleet([])).toThrow(TypeError)
    expect(() => hsmFleet([stranger, stranger])).toThrow(TypeError)
    expect(fleet.health()).toHaveLength(2)
    await fleet.rewrap(key)
  })

  it("takes nobody in twice, and nobody once it is closed", async () => {
    const { fleet } = await openFleet(1)
    const twice = software()
    const joins = await Promise.allSettled([fleet.join(twice), fleet.join(twice)])
    expect(joins.map(({ status }) => status)).toEqual(["fulfilled", "rejected"])
    expect(fleet.health()).toHaveLength(2)
    const late = software()
    const joining = fleet.join(late)
    await fleet.close()
    await expect(joining).rejects.toMatchObject({ code: "unavailable" })
    expect(fleet.health()).toEqual([])
    await late.close()
  })

  it("is closed once all of its members are, whoever closes it again", async () => {
    const order: string[] = []
    const own = software()
    const close = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve))
      await own.close()
      order.push("member")
    }
    const fleet = hsmFleet([{ ...own, close }])
    await Promise.all([fleet.close(), fleet.close().then(() => order.push("fleet"))])
    expect(order).toEqual(["member", "fleet"])
  })

  it("does nothing in domains that its members were open in before", async () => {
    const members = [software(), software()]
    for (const [i, member] of members.entries()) await member.createDomain(`${name}-${i}`)
    const fleet = hsmFleet(members)
    await expect(fleet.generateKey(binding)).rejects.toMatchObject({
      code: "unavailable",
    })
    const sealed = await fleet.createDomain(name)
    await fleet.generateKey(binding)
    const ids = new Set(
      await Promise.all(members.map(async (one) => (await one.domainKeys()).currentId)),
    )
    expect(ids.size).toBe(1)
    await fleet.openDomain(name, sealed)
  })

  it("goes on without a member whose seal is another", async () => {
    const own = software()
    const sealed = await own.createDomain(name)
    const fleet = hsmFleet([software(new Uint8Array(32).fill(99)), software(), software()])
    for (let i = 0; i < 3; i += 1) await fleet.openDomain(name, sealed)
    await fleet.generateKey(binding)
    const [stranger, ...others] = fleet.health()
    expect(stranger?.failure).toMatchObject({ code: "sealed-by-another" })
    expect(others.every(({ isServing }) => isServing)).toBe(true)
  })

  it("reads arguments before it first waits, whichever member answers", async () => {
    const { all, fleet, key } = await openFleet(2)
    const [first] = all as [ReturnType<typeof watched>]
    first.seen.isDead = true
    const token = key.token.slice()
    const calls = [fleet.rewrap({ token, binding }), fleet.rewrap({ token, binding })]
    token.fill(0)
    await Promise.all(calls)
  })

  it("goes back to no trust that was withdrawn, whatever its members forget", async () => {
    const { all, fleet, sealed } = await openFleet(2)
    await fleet.openDomain(name, await fleet.withdrawTrust(name, sealed))
    // What starts afresh knows nothing: the fleet tells it the current state first.
    await fleet.join(software())
    for (const { member } of all) await fleet.leave(member)
    await expect(fleet.openDomain(name, sealed)).rejects.toMatchObject({ code: "malformed" })
  })
})

describe("a fleet that is told of two states at once", () => {
  it("ends in the one from after a withdrawal of trust, whichever comes first", async () => {
    for (const isNewerFirst of [true, false]) {
      const members = [software(), software()].map<RegionHsm>((hsm) => ({
        ...hsm,
        async openDomain(...args) {
          await new Promise((resolve) => setImmediate(resolve))
          return hsm.openDomain(...args)
        },
      }))
      const fleet = hsmFleet(members)
      const older = await fleet.createDomain(name)
      const newer = await fleet.withdrawTrust(name, older)
      const states = isNewerFirst ? [newer, older] : [older, newer]
      await Promise.allSettled(states.map((state) => fleet.openDomain(name, state)))
      expect(fleet.health().map(({ isServing }) => isServing)).toEqual([true, true])
      await fleet.join(software())
      expect((await fleet.domainKeys()).formerIds).toHaveLength(1)
      for (const member of members) await fleet.leave(member)
      await expect(fleet.openDomain(name, older)).rejects.toMatchObject({
        code: "malformed",
      })
    }
  })
})

describe.skipIf(!hasProc)("a fleet of two processes", () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-fleet-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Makes HSMs that sign again and again until a file is there, which only the test makes. */
  function tirelessModule(done: string): URL {
    const module = join(folder, "tireless.mjs")
    const hsmOf = new URL("../lib/openssl.js", import.meta.url).href
    const core = new URL("../../core/lib/hsm.js", import.meta.url).href
    writeFileSync(
      module,
      `import { existsSync } from "node:fs"
import { createSoftwareHsm, rootKeySeal } from ${JSON.stringify(core)}
import { opensslSuite } from ${JSON.stringify(hsmOf)}
export function makeHsm(setup) {
  const hsm = createSoftwareHsm({ seal: rootKeySeal(setup), suite: opensslSuite() })
  async function sign(request) {
    for (;;) {
      const signature = await hsm.sign(request)
      if (existsSync(${JSON.stringify(done)})) return signature
    }
  }
  return { ...hsm, sign }
}
`,
    )
    return pathToFileURL(module)
  }

  it("signs in both of them at the same moment", async () => {
    const done = join(folder, "done")
    const hsm = { module: tirelessModule(done), setup: rootKey }
    const packages = fileURLToPath(new URL("../..", import.meta.url))
    const make = () => hsms.make({ hsm, readable: [`${packages}*`, done] })
    const fleet = hsmFleet([await make(), await make()])
    await fleet.createDomain(name)
    const signing = { ...binding, keySpec: "RSA_2048", keyUsage: "SIGN_VERIFY" } as const
    const key = { token: await fleet.generateKey(signing), binding: signing }
    const what = {
      algorithm: "RSASSA_PSS_SHA_256",
      messageType: "RAW",
      message: new Uint8Array(9),
    } as const
    const pids = boundaryPids()
    const before = pids.map(processorTicks)
    const signatures = [fleet.sign({ ...key, ...what }), fleet.sign({ ...key, ...what })]
    // Neither call ends before the file is there: both processes work on one of the two.
    const isAtWork = (pid: number, i: number): boolean =>
      processorTicks(pid) > (before[i] as number) + ticksAtWork
    await expect.poll(() => pids.map(isAtWork)).toEqual([true, true])
    expect(fleet.health().map(({ callsInFlight }) => callsInFlight)).toEqual([1, 1])
    writeFileSync(done, "")
    for (const signature of await Promise.all(signatures)) {
      expect(await fleet.verify({ ...key, ...what, signature })).toBe(true)
    }
  })
})

describe.skipIf(!hasProc)("a fleet of three processes", () => {
  it("refuses nothing when two of them are killed, and has them back", async () => {
    const fleet = hsmFleet([await hsms.make(), await hsms.make(), await hsms.make()])
    await fleet.createDomain(name)
    const key = { token: await fleet.generateKey(binding), binding }
    const pids = boundaryPids()
    expect(pids).toHaveLength(3)
    const calls: Promise<unknown>[] = []
    for (let i = 0; i < 60; i += 1) {
      calls.push(fleet.rewrap(key))
      if (i === 20) process.kill(pids[0] as number, "SIGKILL")
      if (i === 40) process.kill(pids[1] as number, "SIGKILL")
      await new Promise((resolve) => setImmediate(resolve))
    }
    const refused = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected")
    expect(refused).toEqual([])
    await expect.poll(() => fleet.health().every(({ isServing }) => isServing)).toBe(true)
    expect(boundaryPids()).toHaveLength(3)
    await fleet.rewrap(key)
  })
})
