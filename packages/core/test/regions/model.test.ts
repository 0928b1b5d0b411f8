import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isKmsError } from "../../src/vocabulary/errors.js"
import { expectAgreement, expectOnePrimary, keysIn } from "../support/agreement.js"
import { openPartition, type TestPartition } from "../support/partition.js"
import { type RegionName, regionNames, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"
import { runs } from "../support/slow.js"

const GranteePrincipal = "arn:aws:iam::111122223333:role/App"

/** A thing that somebody does in one region to one of the keys. */
interface Step {
  readonly act: keyof typeof acts
  readonly region: RegionName
  readonly other: RegionName
  readonly key: number
  readonly days: number
}

interface World {
  readonly partition: TestPartition
  readonly keys: string[]
  /** Everything that was ever encrypted, under which key. */
  readonly blobs: { readonly key: string; readonly blob: Uint8Array; readonly plaintext: number }[]
  readonly cut: Set<RegionName>
}

type Act = (world: World, here: TestRegion, KeyId: string, step: Step) => Promise<unknown>

const acts = {
  create: async ({ keys }, { root }) => {
    if (keys.length >= 3) return
    const { KeyMetadata } = await root.createKey({ MultiRegion: true })
    keys.push(KeyMetadata?.KeyId ?? "")
  },
  replicate: (_, { root }, KeyId, { other }) => root.replicateKey({ KeyId, ReplicaRegion: other }),
  rotate: (_, { root }, KeyId) => root.rotateKeyOnDemand({ KeyId }),
  schedule: (_, { root }, KeyId) => root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
  cancel: async (_, { root }, KeyId) => {
    await root.cancelKeyDeletion({ KeyId })
    await root.enableKey({ KeyId })
  },
  disable: (_, { root }, KeyId) => root.disableKey({ KeyId }),
  enable: (_, { root }, KeyId) => root.enableKey({ KeyId }),
  move: (_, { root }, KeyId, { other }) =>
    root.updatePrimaryRegion({ KeyId, PrimaryRegion: other }),
  automate: (_, { root }, KeyId) => root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 }),
  stop: (_, { root }, KeyId) => root.disableKeyRotation({ KeyId }),
  label: async (_, { root, name }, KeyId) => {
    await root.tagResource({ KeyId, Tags: [{ TagKey: name, TagValue: "" }] })
    await root.updateKeyDescription({ KeyId, Description: name })
    await root.createGrant({ KeyId, Name: name, GranteePrincipal, Operations: ["DescribeKey"] })
    await root.createAlias({ AliasName: `alias/${name}/${KeyId}`, TargetKeyId: KeyId })
  },
  encrypt: async ({ blobs }, { root }, KeyId) => {
    const plaintext = blobs.length % 256
    const reply = await root.encrypt({ KeyId, Plaintext: Uint8Array.of(plaintext) })
    blobs.push({ key: KeyId, blob: blobIn(reply), plaintext })
  },
  decrypt: async ({ blobs }, { root }, _, { days }) => {
    const one = blobs[days % Math.max(blobs.length, 1)]
    if (one === undefined) return
    const { Plaintext } = await root.decrypt({ CiphertextBlob: one.blob })
    expect(Plaintext).toEqual(Uint8Array.of(one.plaintext))
  },
  wait: async ({ partition }, _, __, { days }) => partition.clock.advanceDays(days),
  sweep: (_, { kms }) => kms.sweep(),
  cut: async ({ partition, cut }, _, __, { region }) => {
    cut.add(region)
    partition.cut(region)
  },
  mend: async ({ partition, cut }, _, __, { region }) => {
    cut.delete(region)
    partition.mend(region)
  },
} as const satisfies Readonly<Record<string, Act>>

/** How a call may be refused in such a world; and what only a region that is cut off excuses. */
const refusals = new Set([
  "AccessDeniedException",
  "AlreadyExistsException",
  "DisabledException",
  "KMSInvalidStateException",
  "LimitExceededException",
  "NotFoundException",
  "UnsupportedOperationException",
])
const excusedByCut = new Set(["KMSInternalException", "KeyUnavailableException"])

async function perform(world: World, step: Step): Promise<void> {
  const { partition, keys, cut } = world
  const KeyId = keys[step.key % Math.max(keys.length, 1)]
  if (KeyId === undefined && step.act !== "create") return
  const wasCut = cut.size > 0
  try {
    await (acts[step.act] as Act)(world, partition.region(step.region), KeyId ?? "", step)
  } catch (error) {
    if (!isKmsError(error)) throw error
    if (wasCut && excusedByCut.has(error.name)) return
    if (error.name === "KeyUnavailableException" && step.act === "decrypt") return
    if (!refusals.has(error.name)) throw new Error(`${step.act} was refused`, { cause: error })
  }
}

/** Tags, descriptions, grants, aliases and last usage are each key's own. */
async function expectOwn({ root, name }: TestRegion, KeyId: string): Promise<void> {
  const { Tags = [] } = await root.listResourceTags({ KeyId })
  const { Grants = [] } = await root.listGrants({ KeyId })
  const { Aliases = [] } = await root.listAliases({ KeyId })
  const { KeyMetadata } = await root.describeKey({ KeyId })
  for (const { TagKey } of Tags) expect(TagKey).toBe(name)
  for (const grant of Grants) expect(grant.Name).toBe(name)
  for (const { AliasName } of Aliases) expect(AliasName).toBe(`alias/${name}/${KeyId}`)
  expect(["", name]).toContain(KeyMetadata?.Description)
}

async function checkAtRest({ partition, blobs, cut }: World): Promise<void> {
  for (const name of cut) partition.mend(name)
  await partition.settle()
  await expectAgreement(partition)
  for (const region of partition.regions) {
    const keys = await keysIn(region)
    for (const KeyId of keys.keys()) await expectOwn(region, KeyId)
    for (const { key, blob, plaintext } of blobs) {
      if (keys.get(key)?.state !== "Enabled") continue
      const { Plaintext } = await region.root.decrypt({ CiphertextBlob: blob })
      expect(Plaintext).toEqual(Uint8Array.of(plaintext))
    }
  }
}

const steps = (names: readonly RegionName[]) =>
  fc.array(
    fc.record({
      act: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom("replicate", "rotate", "encrypt", "decrypt") },
        { weight: 2, arbitrary: fc.constantFrom("move", "sweep", "create", "automate", "label") },
        { weight: 2, arbitrary: fc.constantFrom("cut", "mend", "schedule", "wait", "cancel") },
        { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(acts) as (keyof typeof acts)[])) },
      ) as fc.Arbitrary<keyof typeof acts>,
      region: fc.constantFrom(...names),
      other: fc.constantFrom(...names),
      key: fc.nat(2),
      days: fc.integer({ min: 1, max: 100 }),
    }),
    { minLength: 10, maxLength: 60, size: "max" },
  )

describe.each([2, 3])("whatever is done in %s regions, some of them cut off at times", (count) => {
  const names = regionNames.slice(0, count)

  it("no key has two primaries, nothing encrypted is lost, and in the end all agree", async () => {
    await fc.assert(
      fc.asyncProperty(steps(names), async (script) => {
        const partition = await openPartition(names)
        const world: World = { partition, keys: [], blobs: [], cut: new Set() }
        const first = { region: "us-east-1", other: "eu-west-1", key: 0, days: 1 } as const
        await perform(world, { ...first, act: "create" })
        await perform(world, { ...first, act: "replicate" })
        for (const step of script) {
          await perform(world, step)
          await expectOnePrimary(partition)
        }
        await checkAtRest(world)
      }),
      { numRuns: runs(25, 800) },
    )
  })
})
