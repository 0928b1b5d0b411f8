import { createMemoryStorage, type MemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { connectRegions } from "../../src/connect-regions.js"
import { expectAgreement, expectOnePrimary } from "../support/agreement.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { outcomeOf } from "../support/refusals.js"
import { openRegion, type RegionName, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"
import { isSlow } from "../support/slow.js"
import { faultyStorage } from "../support/storages.js"
import { disagreementsIn } from "../support/tied.js"

interface Scene {
  readonly partition: TestPartition
  readonly us: TestRegion
  readonly eu: TestRegion
  readonly KeyId: string
  /** A multi-Region key without replicas. */
  readonly alone: string
}

const changes: readonly (readonly [name: string, act: (scene: Scene) => Promise<unknown>])[] = [
  [
    "ReplicateKey",
    ({ us, alone }) => us.root.replicateKey({ KeyId: alone, ReplicaRegion: "eu-west-1" }),
  ],
  ["RotateKeyOnDemand", ({ us, KeyId }) => us.root.rotateKeyOnDemand({ KeyId })],
  ["EnableKeyRotation", ({ us, KeyId }) => us.root.enableKeyRotation({ KeyId })],
  [
    "UpdatePrimaryRegion",
    ({ us, KeyId }) => us.root.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" }),
  ],
  [
    "the deletion of a replica",
    async ({ eu, KeyId, partition }) => {
      await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
      partition.clock.advanceDays(7)
      await eu.kms.sweep().catch(() => undefined)
    },
  ],
  [
    "an automatic rotation",
    async ({ us, KeyId, partition }) => {
      await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
      partition.clock.advanceDays(90)
      await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    },
  ],
]

/** What every scene begins with; made once, because it takes longer than most scenes. */
async function makeOrigin() {
  const storages = new Map<RegionName, MemoryStorage>()
  const partition = await openPartition(undefined, (name) => {
    const storage = createMemoryStorage()
    storages.set(name, storage)
    return { storage }
  })
  const [us] = partition.regions as [TestRegion]
  const KeyId = await replicatedKey(partition)
  const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
  const blob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(8) }))
  return { storages, KeyId, alone: KeyMetadata?.KeyId ?? "", blob }
}

let origin: ReturnType<typeof makeOrigin> | undefined

async function openScene() {
  origin ??= makeOrigin()
  const { storages, KeyId, alone, blob } = await origin
  const faulty = new Map<RegionName, ReturnType<typeof faultyStorage>>()
  const partition = await openPartition(undefined, (name) => {
    const storage = faultyStorage(storages.get(name)?.fork() ?? createMemoryStorage())
    faulty.set(name, storage)
    return { storage }
  })
  const [us, eu] = partition.regions as [TestRegion, TestRegion]
  const scene: Scene = { partition, us, eu, KeyId, alone }
  return { scene, blob, storageOf: (name: RegionName) => faulty.get(name) }
}

/** In no region does a record say of another what that one does not, or is one not counted. */
async function expectTied({ regions }: TestPartition): Promise<void> {
  for (const { storage, kms } of regions) {
    expect(await disagreementsIn(storage)).toEqual([])
    expect((await kms.verify()).findings).toEqual([])
  }
}

/** Every call with `SLOW=1`, else every fourth, in each case others. */
const stride = isSlow ? 1 : 4

const cases = changes
  .flatMap(([name, act]) =>
    (["us-east-1", "eu-west-1"] as const).flatMap((region) =>
      (["before", "after"] as const).map((moment) => [name, region, moment, act] as const),
    ),
  )
  .map((one, i) => [...one, i % stride] as const)

describe("after a crash", () => {
  it.each(cases)(
    "during %s, at any call to the storage of %s, %s it was done, the regions agree again",
    async (_, region, moment, act, first) => {
      for (let calls = first; ; calls += stride) {
        const { scene, blob, storageOf } = await openScene()
        const storage = storageOf(region)
        storage?.breakAfter(calls, moment)
        const outcome = await outcomeOf(act(scene))
        expect(outcome).toMatch(/^(?:OK|KMSInternalException|KMSInvalidStateException)$/)
        const wasBroken = storage?.mend()
        await expectOnePrimary(scene.partition)
        await expectTied(scene.partition)
        await scene.partition.settle()
        await expectTied(scene.partition)
        await expectAgreement(scene.partition)
        const { KeyId } = scene
        const opened = await scene.us.root.decrypt({ KeyId, CiphertextBlob: blob })
        expect(opened.Plaintext).toEqual(Uint8Array.of(8))
        if (!wasBroken) return
      }
    },
  )

  it("between commit and delivery, another host of the region delivers", async () => {
    const { scene } = await openScene()
    const { partition, us, eu, KeyId } = scene
    partition.cut("eu-west-1")
    await us.root.rotateKeyOnDemand({ KeyId })
    const successor = await openRegion("us-east-1", { storage: us.storage, clock: partition.clock })
    await connectRegions([successor.kms, eu.kms])
    expect(await successor.kms.sweep()).toMatchObject({ messagesDelivered: 1 })
    partition.mend("eu-west-1")
    await expectAgreement(partition)
  })
})

describe("several hosts of a region", () => {
  it("tell the same things at once, and the regions agree all the same", async () => {
    const { scene } = await openScene()
    const { partition, us, eu, KeyId } = scene
    const twins = await Promise.all(
      [us, eu].map(({ name, storage }) => openRegion(name, { storage, clock: partition.clock })),
    )
    await connectRegions(twins.map(({ kms }) => kms))
    const hosts = [...partition.regions, ...twins]
    for (let round = 0; round < 5; round += 1) {
      partition.cut("eu-west-1")
      await us.root.rotateKeyOnDemand({ KeyId })
      partition.mend("eu-west-1")
      await Promise.all([
        ...hosts.map(({ kms }) => kms.sweep()),
        us.root.rotateKeyOnDemand({ KeyId }),
        twins[0]?.root.enableKeyRotation({ KeyId }),
      ])
      const [writer, reader] = round % 2 === 0 ? [us, eu] : [eu, us]
      await us.root.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" })
      await Promise.all(hosts.map(({ kms }) => kms.sweep()))
      await expectOnePrimary(partition)
      await eu.root.updatePrimaryRegion({ KeyId, PrimaryRegion: "us-east-1" })
      await Promise.all(hosts.map(({ kms }) => kms.sweep()))
      const blob = blobIn(await writer.root.encrypt({ KeyId, Plaintext: Uint8Array.of(round) }))
      expect((await reader.root.decrypt({ CiphertextBlob: blob })).Plaintext?.[0]).toBe(round)
    }
    await partition.settle()
    await expectAgreement(partition)
  })
})
