import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { keysIn } from "../support/agreement.js"
import { createClock, dayMs, startMs } from "../support/clock.js"
import { openRegion, type RegionName, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"
import { runs } from "../support/slow.js"

/* Two hosts in each region, links that lose, repeat and reorder, and no sweep that anyone needs. */

const fates = ["passed", "lost", "unanswered", "repeated", "late"] as const
type Fate = (typeof fates)[number]

type Deliver = (message: Uint8Array) => Promise<Uint8Array>

/** What becomes of messages, one after another; from some time on all of them pass. */
function createStorm() {
  let coming: Fate[] = []
  const late: (() => Promise<unknown>)[] = []
  const lost = (): never => {
    throw new Error("lost at sea")
  }
  const through: Readonly<
    Record<Fate, (pass: Deliver, message: Uint8Array) => Promise<Uint8Array>>
  > = {
    passed: (pass, message) => pass(message),
    lost: async () => lost(),
    unanswered: async (pass, message) => {
      await pass(message)
      return lost()
    },
    repeated: async (pass, message) => {
      await pass(message)
      return pass(message)
    },
    late: async (pass, message) => {
      late.push(() => pass(message))
      return lost()
    },
  }
  return {
    rage: (fates: readonly Fate[]) => {
      coming = [...fates]
    },
    /** What was held back arrives, the last one first. */
    abate: async () => {
      coming = []
      for (const arrive of late.splice(0).toReversed()) await arrive().catch(() => undefined)
    },
    carry: (pass: Deliver, message: Uint8Array) =>
      through[coming.shift() ?? "passed"](pass, message),
  }
}

const names = ["us-east-1", "eu-west-1", "ap-south-1"] as const

/** Each host of a region reaches the hosts of another one by turns. */
async function openFleet(storm: ReturnType<typeof createStorm>) {
  const clock = createClock()
  const pairs = new Map<RegionName, readonly TestRegion[]>()
  for (const name of names) {
    const one = await openRegion(name, { clock })
    pairs.set(name, [one, await openRegion(name, { clock, storage: one.storage })])
  }
  const hostsOf = (name: RegionName) => pairs.get(name) as readonly [TestRegion, TestRegion]
  for (const from of names.flatMap(hostsOf)) {
    for (const to of names.filter((name) => name !== from.name)) {
      const replicationKey = await hostsOf(to)[0].kms.regions.replicationKey()
      let sent = 0
      const deliver: Deliver = (message) => {
        sent += 1
        const host = hostsOf(to)[sent % 2] as TestRegion
        return storm.carry(host.kms.regions.receive, message)
      }
      await from.kms.regions.connect({ region: to, replicationKey, link: { deliver } })
    }
  }
  const [us] = hostsOf("us-east-1")
  const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId ?? ""
  for (const name of ["eu-west-1", "ap-south-1"] as const) {
    await us.root.replicateKey({ KeyId, ReplicaRegion: name })
  }
  return { clock, hostsOf, all: names.flatMap(hostsOf), KeyId }
}

const storms = () => fc.array(fc.constantFrom(...fates), { minLength: 5, maxLength: 40 })
const longRest = 60_000

describe("in any storm between regions of two hosts each", () => {
  it("a rotation that is due at the primary happens once, and is seen and used by all", async () => {
    await fc.assert(
      fc.asyncProperty(
        storms(),
        fc.array(fc.nat(5), { minLength: 4, maxLength: 12 }),
        async (coming, callers) => {
          const storm = createStorm()
          const { clock, all, hostsOf, KeyId } = await openFleet(storm)
          const [us] = hostsOf("us-east-1")
          await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
          clock.advanceDays(91)
          storm.rage(coming)
          const blobs: Uint8Array[] = []
          for (const caller of callers) {
            const { root } = all[caller] as TestRegion
            const others = [all[(caller + 1) % 6], all[(caller + 3) % 6]] as TestRegion[]
            const encrypting = [root, ...others.map((other) => other.root)].map((client) =>
              client.encrypt({ KeyId, Plaintext: Uint8Array.of(caller) }),
            )
            for (const reply of await Promise.all(encrypting)) blobs.push(blobIn(reply))
            clock.advanceMs(longRest)
          }
          await storm.abate()
          clock.advanceMs(longRest)
          const current = new Set<string | undefined>()
          for (const { root } of all.toReversed()) {
            const { KeyMetadata } = await root.describeKey({ KeyId })
            current.add(KeyMetadata?.CurrentKeyMaterialId)
            const { Rotations } = await root.listKeyRotations({ KeyId })
            expect(Rotations).toMatchObject([{ RotationDate: new Date(startMs + 90 * dayMs) }])
            for (const CiphertextBlob of blobs) await root.decrypt({ CiphertextBlob })
          }
          expect(current.size).toBe(1)
        },
      ),
      { numRuns: runs(15, 300) },
    )
  })

  it("the waiting period of a primary counts from the date of its last replica", async () => {
    await fc.assert(
      fc.asyncProperty(
        storms(),
        fc.tuple(fc.integer({ min: 7, max: 12 }), fc.integer({ min: 7, max: 12 })),
        fc.array(fc.nat(5), { minLength: 4, maxLength: 12 }),
        async (coming, [euDays, apDays], callers) => {
          const storm = createStorm()
          const { clock, all, hostsOf, KeyId } = await openFleet(storm)
          const [us, twin] = hostsOf("us-east-1")
          const days = { "us-east-1": 20, "eu-west-1": euDays, "ap-south-1": apDays }
          for (const name of names) {
            const [{ root }] = hostsOf(name)
            await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: days[name] })
          }
          storm.rage(coming)
          for (const caller of callers) {
            clock.advanceDays(2)
            const { kms, name } = all[caller] as TestRegion
            // Nobody needs these sweeps, and what they say may come in any order.
            await (name === "us-east-1"
              ? Promise.all([us, twin].map(({ root }) => root.describeKey({ KeyId })))
              : kms.sweep())
          }
          await storm.abate()
          clock.nowMs = startMs + 26 * dayMs
          for (const { root } of [twin, us]) {
            const { KeyMetadata } = await root.describeKey({ KeyId })
            expect(KeyMetadata).toMatchObject({
              KeyState: "PendingDeletion",
              DeletionDate: new Date(startMs + (Math.max(euDays, apDays) + 20) * dayMs),
            })
          }
          expect((await keysIn(us)).get(KeyId)?.multiRegion?.replicas).toEqual([])
        },
      ),
      { numRuns: runs(15, 300) },
    )
  })
})
