import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { announceAndFinish, followUp } from "../../src/engine/due/announce.js"
import { settleElsewhere, settleHere, settleReplicas } from "../../src/engine/due/elsewhere.js"
import { prepareKey } from "../../src/engine/due/prepare-key.js"
import { isRotationDue, rotate, rotateBeside } from "../../src/engine/due/rotate.js"
import type { Host } from "../../src/engine/host/host.js"
import type { Work } from "../../src/engine/host/side-work.js"
import { storageChange } from "../../src/engine/records/entries.js"
import { createRecordReader } from "../../src/engine/records/record-reader.js"
import type { KeyRecord } from "../../src/formats/stored/key-records.js"
import type { Change } from "../../src/model/changes.js"
import type { LocatedKey } from "../../src/operations/call.js"
import { RegionError } from "../../src/ports/region-link.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account } from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import { keyRecord, material, multiRegion, multiRegionId } from "../support/example-records.js"

const nowMs = 1000 * dayMs
const hex = (digit: string) => digit.repeat(64)
const replicas = [
  { region: "ap-south-1", since: 3 },
  { region: "eu-west-1", since: 4 },
] as never
const rotation = { periodDays: 90, nextMs: nowMs - 1 }
const single = (members: Partial<KeyRecord> = {}) =>
  keyRecord({ materials: [material()], ...members })
const primary = (members: Partial<KeyRecord> = {}) =>
  single({ keyId: multiRegionId, multiRegion: multiRegion({ replicas }), ...members })
const replica = (members: Partial<KeyRecord> = {}) =>
  single({
    keyId: multiRegionId,
    multiRegion: multiRegion({ type: "REPLICA", primaryRegion: "eu-west-1", version: 5 }),
    ...members,
  })

interface Parts {
  readonly settle?: (region: string) => Promise<number | undefined>
  readonly isUp?: boolean
  readonly isBeaten?: boolean
  /** What becomes of work beside calls, where it is not simply done. */
  readonly attempt?: (work: Work) => Promise<boolean>
}

/** A host with a key, as far as time and other regions have to do with it. */
async function hostWith(key: KeyRecord, parts: Parts = {}) {
  const inner = createMemoryStorage()
  await inner.commit({ ...storageChange([{ kind: "key", after: key }], []), expect: [] })
  const told: string[] = []
  const proposed: Change[] = []
  const works: Work[] = []
  const reader = createRecordReader(inner, 1_000_000, () => undefined)
  const host = {
    reader,
    clock: () => nowMs,
    entropy: (target: Uint8Array) => target.fill(7),
    place: { partition: "aws", region: "us-east-1" },
    domain: {
      use: (work: (hsm: object) => unknown) => work({ generateKey: async () => Uint8Array.of(1) }),
    },
    commit: async (changes: readonly Change[]) => {
      proposed.push(...changes)
      told.push(`commit ${changes.map(({ kind }) => kind).join()}`)
      if (parts.isBeaten === true) return false
      const change = storageChange(changes, [])
      return inner.commit({ ...change, expect: [] })
    },
    regions: {
      isUp: () => parts.isUp ?? true,
      announce: async ({ keyId }: KeyRecord) => void told.push(`announce ${keyId.slice(0, 4)}`),
      settle: async (region: string, name: object) => {
        told.push(`settle ${region} ${Object.keys(name).join()}`)
        return parts.settle?.(region)
      },
    },
    sideWork: {
      attempt: async (work: Work) => {
        works.push(work)
        if (parts.attempt !== undefined) return parts.attempt(work)
        return (await work.run()).hasChanged
      },
    },
  } as unknown as Host
  const reads = await reader.begin()
  const stored = async () => {
    const { entries } = await inner.list({ prefix: `key/${account}/`, limit: 9 })
    return entries.map(({ value }) => JSON.parse(new TextDecoder().decode(value)).value)
  }
  return { host, reads, told, works, changes: proposed, stored }
}

describe("whether a key is to be rotated", () => {
  it.each<[string, KeyRecord, boolean]>([
    ["when its time has come", single({ rotation }), true],
    ["not before", single({ rotation: { ...rotation, nextMs: nowMs + 1 } }), false],
    ["not when it does not rotate", single(), false],
    ["not when it is a replica", replica({ rotation }), false],
    [
      "when a rotation has begun",
      primary({ multiRegion: multiRegion({ rotating: { type: "ON_DEMAND", atMs: 1 } as never }) }),
      true,
    ],
  ])("%s", (_, key, is) => {
    expect(isRotationDue(key, nowMs)).toBe(is)
  })
})

describe("a rotation that is due", () => {
  it("makes new material, and keeps the old one", async () => {
    const key = single({ rotation })
    const { host, reads, told, stored } = await hostWith(key)
    await rotate(host, reads, key, nowMs)
    const [after] = await stored()
    expect(after.materials).toMatchObject([
      { state: "NON_CURRENT" },
      { state: "CURRENT", rotationType: "AUTOMATIC", rotatedMs: rotation.nextMs },
    ])
    expect(told).toEqual(["commit key"])
  })

  it("of a key with replicas gives it to them first, and uses it then", async () => {
    const key = primary({ rotation })
    const { host, reads, told, stored } = await hostWith(key)
    await rotate(host, reads, key, nowMs)
    expect(told).toEqual(["commit key", "announce mrk-", "commit key", "announce mrk-"])
    const [after] = await stored()
    expect(after.multiRegion.rotating).toBeUndefined()
    expect(after.materials.map(({ state }: { state: string }) => state)).toEqual([
      "NON_CURRENT",
      "CURRENT",
    ])
  })

  it("that has begun goes on, and makes nothing more", async () => {
    const rotating = { type: "AUTOMATIC", atMs: 5 } as never
    const key = primary({
      rotation,
      multiRegion: multiRegion({ replicas, rotating }),
      materials: [material(), material({ id: hex("b"), state: "PENDING_ROTATION" })],
    })
    const { host, reads, told, stored } = await hostWith(key)
    await rotate(host, reads, key, nowMs)
    expect(told).toEqual(["announce mrk-", "commit key", "announce mrk-"])
    expect((await stored())[0].materials).toHaveLength(2)
  })

  it("is done beside a call, by one of those that come, and waited for no longer than so", async () => {
    const key = single({ rotation })
    const { host, reads, works } = await hostWith(key)
    expect(await rotateBeside(host, reads, key, nowMs)).toBe(true)
    expect(works).toMatchObject([
      { name: `key/${account}/${key.keyId}`, write: "rotation", waitMs: limits.sideWorkMs },
    ])
  })
})

describe("what other regions are told", () => {
  it("is what has changed of keys that they know, and a failure fails nobody", async () => {
    const key = primary()
    const { host, told } = await hostWith(key)
    await followUp(host, [
      { kind: "key", after: single() },
      { kind: "alias" },
      { kind: "key", before: key, after: key },
      { kind: "key", before: replica() },
    ])
    expect(told).toEqual(["announce mrk-", "announce mrk-"])
    const announce = () => Promise.reject(new Error("down"))
    const silent = { ...host, regions: { ...host.regions, announce } } as Host
    await followUp(silent, [{ kind: "key", after: key }])
    await expect(announceAndFinish(silent, key)).rejects.toThrow("down")
    // One that is gone meanwhile has nothing to go on with.
    told.length = 0
    await announceAndFinish(host, { account, keyId: `mrk-${"f".repeat(32)}` })
    expect(told).toEqual(["announce mrk-"])
  })
})

describe("another region that knows more of a key", () => {
  const known = { region: "eu-west-1", known: 5 }

  it("is asked, and need not be for as long as it says, or for a while", async () => {
    for (const [saidMs, quietUntilMs] of [
      [undefined, nowMs + limits.restMs],
      [nowMs + dayMs, nowMs + dayMs],
    ] as const) {
      const { host, told, works } = await hostWith(replica(), { settle: async () => saidMs })
      expect(await settleElsewhere(host, replica(), known)).toBe(true)
      expect(told).toEqual(["settle eu-west-1 account,keyId"])
      expect(works).toMatchObject([
        {
          name: `outbox/eu-west-1/${account}/${multiRegionId}/5`,
          write: "news of a region",
          waitMs: limits.regionNewsMs,
        },
      ])
      expect(await works[0]?.run()).toEqual({ hasChanged: true, quietUntilMs })
    }
  })

  it("that was down is waited for less, and told of once and not for each key", async () => {
    const down = new RegionError("unreachable" as never, "down")
    const settle = () => Promise.reject(down)
    const up = await hostWith(replica(), { settle })
    await expect(settleElsewhere(up.host, replica(), known)).rejects.toBe(down)
    const { host, works } = await hostWith(replica(), { settle, isUp: false })
    expect(await settleElsewhere(host, replica(), known)).toBe(false)
    expect(works[0]?.waitMs).toBe(limits.sideWorkMs)
    expect(await works[0]?.run()).toEqual({
      hasChanged: false,
      quietUntilMs: nowMs + limits.restMs,
    })
    const broken = new Error("the disk is full")
    const failing = await hostWith(replica(), { settle: () => Promise.reject(broken), isUp: false })
    await expect(settleElsewhere(failing.host, replica(), known)).rejects.toBe(broken)
  })

  it("is each that a primary waits for, and one answer is enough to look again", async () => {
    const key = primary({ state: "PendingReplicaDeletion", deletionMs: undefined } as never)
    const asked: string[] = []
    const attempt = async ({ name }: Work) => {
      asked.push(name.split("/")[1] ?? "")
      return name.includes("eu-west-1")
    }
    const { host } = await hostWith(key, { attempt })
    expect(await settleReplicas(host, [key])).toBe(true)
    expect(asked).toEqual(["ap-south-1", "eu-west-1"])
    expect(await settleReplicas(host, [])).toBe(false)
    const none = await hostWith(key, { attempt: async () => false })
    expect(await settleReplicas(none.host, [key])).toBe(false)
  })
})

describe("a region that is asked about a key", () => {
  it("does what is due of it, and tells how it stands", async () => {
    const key = primary({ rotation })
    const { host, works, stored } = await hostWith(key)
    await settleHere(host, key)
    expect(works.map(({ name }) => name)).toEqual([
      `key/${account}/${multiRegionId}`,
      `told/${account}/${multiRegionId}`,
    ])
    expect(works[1]).toMatchObject({ write: "news of a region", waitMs: limits.sideWorkMs })
    expect(await works[1]?.run()).toEqual({ hasChanged: true })
    expect((await stored())[0].materials).toHaveLength(2)
  })

  it("tells how it stands where nothing is due, or nothing is there", async () => {
    for (const name of [primary(), { account, keyId: `mrk-${"f".repeat(32)}` }]) {
      const { host, works } = await hostWith(primary())
      await settleHere(host, name)
      expect(works.map(({ write }) => write)).toEqual(["news of a region"])
    }
  })

  it("tells nothing when it cannot do what is due now, and tries no more than so often", async () => {
    const key = primary({ rotation })
    const failing = await hostWith(key, { attempt: async () => false })
    await settleHere(failing.host, key)
    expect(failing.works.map(({ write }) => write)).toEqual(["rotation"])
    const beaten = await hostWith(key, { isBeaten: true })
    await settleHere(beaten.host, key)
    const rotations = beaten.works.filter(({ write }) => write === "rotation")
    expect([rotations.length, beaten.works.at(-1)?.write]).toEqual([
      limits.deliveryAttemptsMax,
      "news of a region",
    ])
  })
})

describe("a key that is about to be used", () => {
  const located = (record: KeyRecord, members: object = {}) =>
    ({ record, ...members }) as LocatedKey
  const prepare = async (record: KeyRecord, asksReplicas?: true, members: object = {}) => {
    const all = await hostWith(record, { attempt: async () => true })
    const prepared = await prepareKey(all.host, all.reads, located(record, members), {
      nowMs,
      asksReplicas,
    })
    return { ...all, prepared }
  }

  it.each<[string, KeyRecord, true | undefined, boolean, readonly string[]]>([
    ["needs nothing", single(), undefined, false, []],
    ["is rotated when that is due", single({ rotation }), undefined, true, ["rotation"]],
    [
      "asks its primary when that was due there",
      replica({ rotation }),
      undefined,
      true,
      ["news of a region"],
    ],
    [
      "asks nobody when it is not",
      replica({ rotation: { ...rotation, nextMs: nowMs + 1 } }),
      undefined,
      false,
      [],
    ],
    [
      "asks its replicas where the call depends on them",
      primary(),
      true,
      true,
      ["news of a region", "news of a region"],
    ],
    ["asks none where it does not", primary(), undefined, false, []],
    ["asks none where there are none", primary({ multiRegion: multiRegion() }), true, false, []],
  ])("%s", async (_, record, asksReplicas, hasChanged, writes) => {
    const { prepared, works } = await prepare(record, asksReplicas)
    expect(prepared).toBe(hasChanged)
    expect(works.map(({ write }) => write)).toEqual(writes)
  })

  it("is made when it is a draft, with its alias, under an id of its own", async () => {
    const draft = keyRecord({ keyManager: "AWS", aliases: ["alias/aws/ebs"] })
    const { prepared, told, changes, stored } = await prepare(draft, undefined, {
      isDraft: true,
      aliasName: "alias/aws/ebs",
    })
    expect([prepared, told]).toEqual([true, ["commit key,alias"]])
    const made = (await stored()).filter(({ keyId }) => keyId !== draft.keyId)
    expect(made).toMatchObject([{ keyManager: "AWS", materials: [{ state: "CURRENT" }] }])
    expect(changes).toMatchObject([
      {},
      { after: { account, name: "alias/aws/ebs", keyId: made[0]?.keyId, createdMs: nowMs } },
    ])
  })
})
