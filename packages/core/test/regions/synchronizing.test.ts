import { describe, expect, it } from "vitest"
import { createSynchronizer } from "../../src/engine/regions/synchronize.js"
import type { RegionReply, RegionRequest } from "../../src/formats/regions/region-bodies.js"
import { type KeyRecord, keyRecordKey } from "../../src/formats/stored/key-records.js"
import {
  offerFormat,
  offerKey,
  outboxKey,
  tombstoneKey,
} from "../../src/formats/stored/region-records.js"
import { sharedOf } from "../../src/model/replicas.js"
import { account } from "../support/accounts.js"
import { bareHost, courierTo, type HostOptions, knownRegions, peer } from "../support/bare-host.js"
import { atMs, keyRecord, materialOf, primaryOf, relation } from "../support/key-records.js"

/*
 * What a region makes of what its primary says, told in single messages.
 */

const keyId = `mrk-${"1".repeat(32)}`
const [us, eu, ap] = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const name = { account, keyId }
const keyKey = keyRecordKey(account, keyId)

type Synchronize = Extract<RegionRequest, { kind: "synchronize" }>

/** The key as its primary in `us` has it. */
const primary = (more: Parameters<typeof primaryOf>[0] = {}, key: Partial<KeyRecord> = {}) =>
  primaryOf({ replicas: [{ region: eu, since: 3 }], ...more }, { keyId, ...key })
const saying = (more: Partial<Synchronize> = {}): Synchronize => ({
  kind: "synchronize",
  ...name,
  shared: sharedOf(primary()),
  ...more,
})
/** The replica in `eu`, which has what the primary has. */
const replica = (more: Parameters<typeof relation>[0] = {}, key: Partial<KeyRecord> = {}) =>
  keyRecord({
    keyId,
    multiRegion: relation({ type: "REPLICA", since: 3, version: 4, ...more }),
    ...key,
  })
const offerOf = (source: string) => ({
  ...name,
  source,
  offer: Uint8Array.of(1),
  offerToken: Uint8Array.of(2),
})

interface Scene extends HostOptions {
  readonly key?: KeyRecord | undefined
  readonly more?: Readonly<Record<string, unknown>>
  readonly answer?: (request: RegionRequest, to: string) => RegionReply | undefined
  readonly known?: readonly string[]
}

function scene({ key, more = {}, answer, known = [us, ap], hsm, ...options }: Scene) {
  const made = bareHost({
    region: eu,
    ...options,
    records: { [keyKey]: key, ...more },
    hsm: { keySpecs: ["SYMMETRIC_DEFAULT"], ...hsm },
  })
  const followed: KeyRecord[] = []
  const asking = courierTo(answer ?? (() => undefined))
  const { synchronize } = createSynchronizer(
    made.host,
    knownRegions(...known),
    asking.courier,
    (after) => followed.push(after),
  )
  const hear = (message = saying(), from: string = us) => synchronize(from, message)
  const written = () =>
    made.committed[0]?.changes?.find(({ kind }) => kind === "key") as
      | { before: KeyRecord | undefined; after: KeyRecord }
      | undefined
  return { ...made, ...asking, followed, hear, written }
}

const declined = (reason: string) => ({ kind: "declined", reason })
const synchronized = (version: number) => ({ kind: "synchronized", version, report: undefined })

describe("a replica that hears of its primary", () => {
  it("follows a newer version, and tells others of it", async () => {
    const { hear, written, followed, unexpected, committed } = scene({ key: replica() })
    expect(await hear()).toEqual(synchronized(5))
    expect(written()?.after.multiRegion).toMatchObject({ version: 5, replicas: [{ region: eu }] })
    expect(followed).toEqual([written()?.after])
    expect(committed).toMatchObject([{ put: [], remove: [] }])
    expect(unexpected).toEqual([])
  })

  it.each([4, 5])("changes nothing by what it knows, or by what is older: %i", async (version) => {
    const { hear, committed, followed } = scene({ key: replica({ version: 5 }) })
    const shared = { ...sharedOf(primary()), version }
    expect(await hear(saying({ shared }))).toEqual(synchronized(5))
    expect([committed, followed]).toEqual([[], []])
  })

  it("reports its imported materials with it", async () => {
    const origin = { origin: "EXTERNAL" } as const
    const { hear } = scene({ key: replica({ reports: 2 }, origin) })
    expect(await hear(saying({ shared: sharedOf(primary({}, origin)) }))).toEqual({
      kind: "synchronized",
      version: 5,
      report: { since: 3, number: 2, materials: ["one"] },
    })
  })

  it("follows no region that is not related, and no other key", async () => {
    const { hear, committed } = scene({ key: replica() })
    expect(await hear(saying(), ap)).toEqual(declined("the sender has no related key"))
    const shared = { ...sharedOf(primary()), keyUsage: "SIGN_VERIFY" } as const
    expect(await hear(saying({ shared }))).toEqual(declined("this is another kind of key"))
    expect(committed).toEqual([])
  })

  it("declines a key spec that its HSM does not know", async () => {
    const { hear, committed } = scene({ key: replica(), hsm: { keySpecs: [] } })
    expect(await hear()).toEqual(declined("the key spec is not supported in this region"))
    expect(committed).toEqual([])
  })

  it("looks again when something changed meanwhile, and at last says so", async () => {
    const twice = scene({ key: replica(), commits: [false, false] })
    expect(await twice.hear()).toEqual(synchronized(5))
    expect(twice.committed).toHaveLength(3)
    expect(twice.followed).toHaveLength(1)
    const never = scene({ key: replica(), commits: Array(20).fill(false) })
    expect(await never.hear()).toEqual(declined("the key is being changed"))
    expect(never.attempts()).toBe(8)
  })
})

describe("a replica and the tombstone of one that was there before", () => {
  const tombstone = (version: number) => ({ [tombstoneKey(name)]: { ...name, version } })

  it("agree when that one was older", async () => {
    const { hear } = scene({ key: replica(), more: tombstone(2) })
    expect(await hear()).toEqual(synchronized(5))
  })

  it("are an error of the store when they do not agree", async () => {
    const { hear, committed } = scene({ key: replica(), more: tombstone(3) })
    await expect(hear()).rejects.toMatchObject({ name: "RecordError" })
    expect(committed).toEqual([])
  })

  it("are read again when they were never there together", async () => {
    const { hear, records, attempts } = scene({ key: replica() })
    let looks = 0
    Object.defineProperty(records, tombstoneKey(name), {
      get: () => {
        looks += 1
        return looks === 1 ? { ...name, version: 3 } : undefined
      },
    })
    expect(await hear()).toEqual(synchronized(5))
    expect(attempts()).toBe(2)
  })
})

describe("a replica that is to be the primary", () => {
  const shared = { ...sharedOf(primary()), primaryRegion: eu, replicas: [{ region: us, since: 5 }] }

  it("takes over", async () => {
    const { hear, written } = scene({ key: replica() })
    expect(await hear(saying({ shared }))).toEqual(synchronized(5))
    expect(written()?.after.multiRegion).toMatchObject({
      type: "PRIMARY",
      primaryRegion: eu,
      replicas: [{ region: us, since: 5 }],
    })
  })

  it("refuses for good where its state does not allow it, and writes that down once", async () => {
    const key = replica({}, { state: "PendingDeletion", deletionMs: atMs + 1 })
    const { hear, written, committed, records, followed } = scene({
      key,
      more: { [offerKey(name)]: offerOf(us) },
    })
    expect(await hear(saying({ shared }))).toEqual({ kind: "rejected" })
    expect(written()?.after.multiRegion?.rejectedVersion).toBe(5)
    expect(committed[0]?.put.map(({ key }) => key)).toEqual([offerKey(name)])
    records[keyKey] = written()?.after
    expect(await hear(saying({ shared }))).toEqual({ kind: "rejected" })
    expect(committed).toHaveLength(1)
    expect(followed).toEqual([])
  })

  it("refuses only what it could write down", async () => {
    const key = replica({}, { state: "Unavailable" })
    const { hear } = scene({ key, commits: Array(20).fill(false) })
    expect(await hear(saying({ shared }))).toEqual(declined("the key is being changed"))
  })
})

describe("a key that was handed over", () => {
  const key = replica(
    { primaryRegion: us, handingOver: { state: "Disabled", since: 1 } },
    { state: "Updating" },
  )

  it("is as it was before, once its new primary says that it took over", async () => {
    const { hear, written } = scene({ key })
    expect(await hear()).toEqual(synchronized(5))
    expect(written()?.after.state).toBe("Disabled")
    expect(written()?.after.multiRegion?.handingOver).toBeUndefined()
  })

  it("still waits, when another region speaks of it", async () => {
    const multiRegion = relation({
      type: "REPLICA",
      since: 3,
      version: 4,
      primaryRegion: us,
      replicas: [{ region: ap, since: 2 }],
      handingOver: { state: "Disabled", since: 1 },
    })
    const { hear, written } = scene({ key: { ...key, multiRegion } })
    expect(await hear(saying(), ap)).toEqual(synchronized(5))
    expect(written()?.after).toMatchObject({ state: "Updating" })
    expect(written()?.after.multiRegion?.handingOver).toBeDefined()
  })
})

describe("a replica that lacks materials", () => {
  const two = primary({}, { materials: [materialOf("one"), materialOf("two")] })
  const message = (more: Partial<Synchronize> = {}) => saying({ shared: sharedOf(two), ...more })
  const made = { offer: Uint8Array.of(1), offerToken: Uint8Array.of(2) }
  const asking = { kind: "offered", offer: made.offer, missing: ["two"] }

  it("offers a key for what is missing, which only that region can use", async () => {
    const offers: unknown[] = []
    const { hear, committed, unexpected, followed } = scene({
      key: replica(),
      hsm: {
        offerTransfer: (request) => {
          offers.push(request)
          return made
        },
      },
    })
    expect(await hear(message())).toEqual(asking)
    expect(offers).toMatchObject([
      { replicationKey: Uint8Array.of(42), source: peer(us), binding: { keyId, account } },
    ])
    const [{ changes, put, remove } = { put: [], remove: [] }] = committed
    expect([changes, remove, put.length]).toEqual([undefined, [], 1])
    expect(offerFormat.decode(put[0]?.value as never, offerKey(name))).toEqual(offerOf(us))
    expect([unexpected, followed]).toEqual([[], []])
  })

  it("offers the same key again to the same region, and another to another", async () => {
    const offerTransfer = () => made
    const more = { [offerKey(name)]: offerOf(us) }
    const again = scene({ key: replica(), more })
    expect(await again.hear(message())).toEqual(asking)
    expect(again.committed).toEqual([])
    const replicas = [{ region: ap, since: 2 }]
    const other = scene({ key: replica({ replicas }), more, hsm: { offerTransfer } })
    expect(await other.hear(message(), ap)).toEqual(asking)
    expect(other.committed).toHaveLength(1)
  })

  it("offers nothing to a region that it does not know", async () => {
    const { hear, committed } = scene({ key: replica(), known: [] })
    expect(await hear(message())).toEqual(declined("the region is not known"))
    expect(committed).toEqual([])
  })

  it("offers only what it could write down", async () => {
    const commits = Array(20).fill(false)
    const { hear } = scene({ key: replica(), commits, hsm: { offerTransfer: () => made } })
    expect(await hear(message())).toEqual(declined("the key is being changed"))
  })

  const sent = (more: Partial<Synchronize> = {}) =>
    message({ transfer: Uint8Array.of(9), transferred: ["two"], ...more })

  it("takes them out of a transfer for its offer, which is used up then", async () => {
    const received: unknown[] = []
    const { hear, written, committed, followed } = scene({
      key: replica(),
      more: { [offerKey(name)]: offerOf(us) },
      hsm: {
        unwrapFromRegion: (request) => {
          received.push(request)
          return [Uint8Array.of(77)]
        },
      },
    })
    expect(await hear(sent())).toEqual(synchronized(5))
    expect(received).toMatchObject([
      {
        source: peer(us),
        ...made,
        transfer: Uint8Array.of(9),
        bindings: [{ keyId, keyMaterialId: "two" }],
      },
    ])
    expect(written()?.after.materials.map(({ id, token }) => [id, token])).toEqual([
      ["one", Uint8Array.of(1)],
      ["two", Uint8Array.of(77)],
    ])
    expect(committed).toMatchObject([{ put: [], remove: [offerKey(name)] }])
    expect(followed).toHaveLength(1)
  })

  it("changes nothing by a transfer that is not genuine", async () => {
    const { hear, committed } = scene({
      key: replica(),
      more: { [offerKey(name)]: offerOf(us) },
      hsm: { unwrapFromRegion: () => undefined },
    })
    expect(await hear(sent())).toEqual(declined("the transfer is not genuine"))
    expect(committed).toEqual([])
  })

  it.each([
    ["there is no offer", undefined, sent()],
    ["the offer is for another region", offerOf(ap), sent()],
    ["not all is sent", offerOf(us), sent({ transferred: ["three"] })],
    ["nothing is named", offerOf(us), sent({ transferred: undefined })],
    ["nothing is sent", offerOf(us), sent({ transfer: undefined })],
  ])("asks for them again when %s", async (_, offer, said) => {
    const { hear, written } = scene({
      key: replica(),
      more: { [offerKey(name)]: offer },
      hsm: { offerTransfer: () => made },
    })
    expect(await hear(said)).toEqual(asking)
    expect(written()).toBeUndefined()
  })

  it("asks for them again when the version is the one that it has", async () => {
    const key = replica({ version: 5 }, { materials: [materialOf("one")] })
    const { hear } = scene({ key, hsm: { offerTransfer: () => made } })
    expect(await hear(message())).toEqual(asking)
  })

  it("is the only one that asks: a primary lacks nothing of what a replica says", async () => {
    const { hear } = scene({ key: primaryOf({ primaryRegion: eu }, { keyId }) })
    expect(await hear(message())).toEqual(synchronized(5))
    const newer = { ...sharedOf(two), version: 6 }
    expect(await hear(message({ shared: newer }))).toEqual(declined("this key is the primary"))
  })
})

describe("a replica that is to be made", () => {
  const draft = { createdMs: 5, description: "d", policy: "{}", tags: [] }
  const confirmed = (): RegionReply => ({ kind: "permitted" })
  const made = { offer: Uint8Array.of(1), offerToken: Uint8Array.of(2) }
  const hsm = { keySpecs: ["SYMMETRIC_DEFAULT"] as const, offerTransfer: () => made }

  it("is there from when its materials are asked for, and counts", async () => {
    const { hear, committed, asked, followed } = scene({ answer: confirmed, hsm })
    expect(await hear(saying({ draft }))).toEqual({
      kind: "offered",
      offer: made.offer,
      missing: ["one"],
    })
    expect(asked).toEqual([[us, { kind: "confirm", ...name, since: 3 }]])
    const [{ changes = [], put } = { put: [] }] = committed
    expect(changes).toMatchObject([
      { kind: "key", before: undefined, after: { ...draft, state: "Creating", keyId } },
      { kind: "key count", account, more: 1 },
    ])
    expect(put.map(({ key }) => key)).toEqual([offerKey(name)])
    expect(followed).toEqual([])
  })

  it.each([
    ["declines", () => ({ kind: "declined", reason: "" }) as const],
    ["does not answer", () => undefined],
  ])("is not made when its primary %s to confirm it", async (_, answer) => {
    const { hear, committed } = scene({ answer, hsm })
    expect(await hear(saying({ draft }))).toEqual(
      declined("the sender has not confirmed that the replica is to be made"),
    )
    expect(committed).toEqual([])
  })

  it("is not made when asking fails in another way, of which the sender hears nothing", async () => {
    const answer = () => {
      throw new TypeError("a mistake")
    }
    const { hear } = scene({ answer, hsm })
    await expect(hear(saying({ draft }))).rejects.toThrow("a mistake")
  })

  it("is not made without a draft, nor when it was deleted since", async () => {
    const gone = { since: 3, deletedMs: 8 }
    const { hear, asked, committed, records } = scene({ answer: confirmed, hsm })
    expect(await hear()).toEqual({ kind: "gone", replica: undefined })
    records[tombstoneKey(name)] = { ...name, version: 3 }
    records[outboxKey({ ...name, region: us })] = { ...name, region: us, gone }
    expect(await hear(saying({ draft }))).toEqual({ kind: "gone", replica: gone })
    expect([asked, committed]).toEqual([[], []])
    records[tombstoneKey(name)] = { ...name, version: 2 }
    expect(await hear(saying({ draft }))).toMatchObject({ kind: "offered" })
  })

  it("is written only when nothing changed meanwhile", async () => {
    const { hear, attempts } = scene({ answer: confirmed, hsm, commits: Array(20).fill(false) })
    expect(await hear(saying({ draft }))).toEqual(declined("the key is being changed"))
    expect(attempts()).toBe(8)
  })
})
