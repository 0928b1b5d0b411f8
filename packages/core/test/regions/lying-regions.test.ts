import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { RegionRequest } from "../../src/formats/regions/region-bodies.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { otherAccount } from "../support/accounts.js"
import { expectAgreement } from "../support/agreement.js"
import { type Forger, forgerOf, replyIn, requestIn } from "../support/forger.js"
import { openPartition } from "../support/partition.js"
import { dumpOf } from "../support/records.js"
import { hsmOf, type RegionName, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"

type Synchronize = Extract<RegionRequest, { kind: "synchronize" }>

const names = ["us-east-1", "eu-west-1", "ap-south-1"] as const

/** What a region stores, but for offers that nobody will take. */
async function storedIn({ storage }: TestRegion) {
  const all = Object.entries(await dumpOf(storage))
  return Object.fromEntries(all.filter(([key]) => !key.startsWith("offer/")))
}

/**
 * A key of `us` with a replica in `eu` and none in `ap`, that has rotated: `eu` has offered a key
 * for the new material, and what was sent to it has not arrived.
 */
async function openScene() {
  const hsms = new Map<string, RegionHsm>()
  const partition = await openPartition(names, (name) => {
    const hsm = hsmOf(name)
    hsms.set(name, hsm)
    return { hsm }
  })
  const us = partition.region("us-east-1")
  const eu = partition.region("eu-west-1")
  const replicate = async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    return KeyId
  }
  const [KeyId, other] = [await replicate(), await replicate()]
  const old = partition.sent.map(({ message }) => requestIn(message)).filter(isTransfer)
  const lost: Uint8Array[] = []
  partition.setWeather("eu-west-1", (message, pass) => {
    if (!isTransfer(requestIn(message))) return pass(message)
    lost.push(message)
    return Promise.reject(new Error("lost"))
  })
  await us.root.rotateKeyOnDemand({ KeyId })
  const blob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(7) }))
  partition.setWeather("eu-west-1", undefined)
  const [message = new Uint8Array()] = lost
  const forgers = Object.fromEntries(
    names.map((name) => [name, forgerOf(partition.region(name), hsms.get(name) as RegionHsm)]),
  ) as Record<RegionName, Forger>
  const said = requestIn(message) as Synchronize
  return {
    partition,
    us,
    eu,
    KeyId,
    other,
    blob,
    message,
    said,
    old: old as Synchronize[],
    forgers,
  }
}

const isTransfer = (request: RegionRequest | undefined): boolean =>
  request?.kind === "synchronize" && request.transfer !== undefined

type Scene = Awaited<ReturnType<typeof openScene>>

/** What a region says instead of what is so. */
type Lies = Readonly<Record<string, (scene: Scene) => RegionRequest>>

const shared = ({ said }: Scene, more: Partial<Synchronize["shared"]>): RegionRequest => ({
  ...said,
  shared: { ...said.shared, ...more },
})
function damaged(bytes = new Uint8Array(1) as Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[bytes.length >> 1] = (copy[bytes.length >> 1] ?? 0) ^ 1
  return copy
}

/** Of the primary itself, whose word counts where it may speak. */
const ofThePrimary: Lies = {
  "of another key": ({ said, other }) => ({ ...said, keyId: other }),
  "of a key that is not there": ({ said }) => ({ ...said, keyId: `mrk-${"0".repeat(32)}` }),
  "of a key of another account": ({ said }) => ({ ...said, account: otherAccount }),
  "with another key spec": (scene) => shared(scene, { keySpec: "HMAC_256" }),
  "with another key usage": (scene) => shared(scene, { keyUsage: "GENERATE_VERIFY_MAC" }),
  "with another origin": (scene) => shared(scene, { origin: "EXTERNAL" }),
  "of a version that was before": (scene) => shared(scene, { version: 0 }),
  "of a replica that was made at another time": (scene) =>
    shared(scene, { replicas: [{ region: "eu-west-1", since: 1 }] }),
  "of no replica here": (scene) => shared(scene, { replicas: [] }),
  "with a transfer that was damaged": ({ said }) => ({ ...said, transfer: damaged(said.transfer) }),
  "with a transfer of no bytes": ({ said }) => ({ ...said, transfer: new Uint8Array(0) }),
  "with a transfer for an offer of before": ({ said, old }) => ({
    ...said,
    transfer: old[0]?.transfer,
  }),
  "with a transfer of another key": ({ said, old }) => ({ ...said, transfer: old[1]?.transfer }),
  "with the id of another material": (scene) => {
    const { said } = scene
    const id = "0a".repeat(32)
    const materials = said.shared.materials.map((one, i, all) =>
      i === all.length - 1 ? { ...one, id } : one,
    )
    return { ...shared(scene, { materials }), transferred: [id] } as RegionRequest
  },
  "with a material too many": ({ said }) => ({
    ...said,
    transferred: [...(said.transferred ?? []), "0a".repeat(32)],
  }),
  "with a material twice": ({ said }) => ({
    ...said,
    transferred: [...(said.transferred ?? []), ...(said.transferred ?? [])],
  }),
  "that a replica is to be made that nobody has asked for": ({ old, said }) => ({
    ...said,
    keyId: `mrk-${"1".repeat(32)}`,
    draft: old[0]?.draft,
  }),
  "with a transfer, and no word of what is in it": ({ said }) => ({ ...said, transferred: [] }),
  "that it is a replica that is gone": ({ said }) => ({
    kind: "gone",
    account: said.account,
    keyId: said.keyId,
    replica: { since: 0, deletedMs: 1 },
  }),
}

/** Of a region that was connected and has no key of that name. */
const ofAStranger: Lies = {
  "what the primary says": ({ said }) => said,
  "what the primary says, as its own": (scene) =>
    shared(scene, { primaryRegion: "ap-south-1", version: 1000 }),
  "that this replica is to be the primary": (scene) =>
    shared(scene, { primaryRegion: "eu-west-1", version: 1000 }),
  "that it is a replica of it": (scene) =>
    shared(scene, {
      version: 1000,
      replicas: [...scene.said.shared.replicas, { region: "ap-south-1", since: 1 }],
    }),
}

const sinceOf = ({ said }: Scene): number => said.shared.replicas[0]?.since ?? 0
const aboutKey = ({ said: { account, keyId } }: Scene) => ({ account, keyId })

/** To the primary, of a replica. */
const toThePrimary: readonly (readonly [string, RegionName, (scene: Scene) => RegionRequest])[] = [
  [
    "a stranger, that it is a replica that is gone",
    "ap-south-1",
    (scene) => ({
      kind: "gone",
      ...aboutKey(scene),
      replica: { since: sinceOf(scene), deletedMs: 1 },
    }),
  ],
  [
    "a stranger, that it has materials",
    "ap-south-1",
    (scene) => ({
      kind: "report",
      ...aboutKey(scene),
      report: { since: sinceOf(scene), number: 1000, materials: ["0a".repeat(32)] },
    }),
  ],
  [
    "a replica, of one that was made at another time",
    "eu-west-1",
    (scene) => ({ kind: "gone", ...aboutKey(scene), replica: { since: 1, deletedMs: 1 } }),
  ],
  [
    "a replica, what materials one of another time has",
    "eu-west-1",
    (scene) => ({
      kind: "report",
      ...aboutKey(scene),
      report: { since: 1, number: 1000, materials: ["0a".repeat(32)] },
    }),
  ],
  [
    "a replica, that it is the primary",
    "eu-west-1",
    (scene) => shared(scene, { version: 1000, primaryRegion: "eu-west-1" }),
  ],
  [
    "a replica, that the primary is a replica of it",
    "eu-west-1",
    (scene) => {
      // Whoever is the primary from the start counts as made at zero.
      const replicas = [{ region: "us-east-1", since: 0 }]
      return shared(scene, { version: 1000, primaryRegion: "eu-west-1", replicas })
    },
  ],
]

describe("what a region says that is genuine and lies", () => {
  let scene: Scene
  let before: Awaited<ReturnType<typeof storedIn>>

  beforeAll(async () => {
    scene = await openScene()
    before = await storedIn(scene.eu)
  })
  afterAll(() => scene.partition.close())

  const expectNothing = async (by: RegionName, lie: RegionRequest, to = scene.eu) => {
    const stored = await storedIn(to)
    const message = await scene.forgers[by].request(to.name, lie)
    // It is understood, and no more.
    expect(requestIn(message)).toEqual(lie)
    expect(replyIn(await to.kms.regions.receive(message))).toBeDefined()
    expect(await storedIn(to)).toEqual(stored)
  }

  it.each(Object.entries(ofThePrimary))("changes nothing, %s", (_, lie) =>
    expectNothing("us-east-1", lie(scene)),
  )

  it.each(Object.entries(ofAStranger))("changes nothing, by a stranger: %s", (_, lie) =>
    expectNothing("ap-south-1", lie(scene)),
  )

  it.each(toThePrimary)("changes nothing of the primary: %s", (_, by, lie) =>
    expectNothing(by, lie(scene), scene.us),
  )

  it("changes nothing, where it is for another region or from another one", async () => {
    const { said, forgers, eu } = scene
    const toAp = await forgers["us-east-1"].request("ap-south-1", said)
    const notGenuine = { name: "RegionError", code: "not-genuine" }
    await expect(eu.kms.regions.receive(toAp)).rejects.toMatchObject(notGenuine)
    const id = new Uint8Array(16)
    const body = new Uint8Array(0)
    for (const from of ["us-east-1", "eu-west-1", "ap-south-1"]) {
      const head = { kind: "request", from, to: "eu-west-1", id, body } as const
      const message = await forgers["ap-south-1"].sign(head)
      await expect(eu.kms.regions.receive(message)).rejects.toMatchObject({ name: "RegionError" })
    }
    expect(await storedIn(eu)).toEqual(before)
  })

  it("is no reason not to believe the truth, once, and in its turn", async () => {
    const { partition, us, eu, KeyId, other, blob, message, old, forgers } = scene
    await eu.kms.regions.receive(message)
    expect((await eu.root.decrypt({ KeyId, CiphertextBlob: blob })).Plaintext?.[0]).toBe(7)
    // One of the lies has got an offer, which the truth takes.
    await us.root.rotateKeyOnDemand({ KeyId: other })
    await partition.settle()
    await expectAgreement(partition)
    const after = await storedIn(eu)
    await eu.kms.regions.receive(message)
    for (const one of old) {
      await eu.kms.regions.receive(await forgers["us-east-1"].request("eu-west-1", one))
    }
    expect(await storedIn(eu)).toEqual(after)
    await us.kms.sweep()
    await expectAgreement(partition)
  })
})
