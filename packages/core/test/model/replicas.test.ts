import { describe, expect, it } from "vitest"
import type { KeyRecord } from "../../src/formats/stored/key-records.js"
import type { ReplicaRecord } from "../../src/formats/stored/multi-region-record.js"
import {
  announcements,
  awaitsReplica,
  goneReplica,
  isPrimary,
  isRelatedTo,
  missingMaterials,
  newPrimary,
  newReplica,
  refusalToFollow,
  related,
  relationOf,
  reportOf,
  sharedOf,
  stamped,
  withoutReplica,
  withRejection,
  withReplica,
  withReport,
  withShared,
} from "../../src/model/replicas.js"
import { keyStates } from "../../src/vocabulary/key-states.js"
import { account, unknownKeyId } from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import {
  atMs,
  keyRecord,
  materialOf,
  primaryOf,
  relation,
  replicaOf,
} from "../support/key-records.js"

const [us, eu, ap] = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const inEu = { region: eu, since: 3 }
const inAp = { region: ap, since: 4 }
const external = { origin: "EXTERNAL" } as const

describe("a multi-Region key", () => {
  it("is a primary or a replica, and knows its related keys", () => {
    expect(newPrimary(us)).toEqual(relation({ version: 1 }))
    expect([primaryOf(), replicaOf(), keyRecord()].map(isPrimary)).toEqual([true, false, false])
    expect(relationOf(primaryOf())).toEqual(relation())
    expect(() => relationOf(keyRecord())).toThrow("multi-Region")
    expect(related(primaryOf(), { version: 9 })).toEqual(primaryOf({ version: 9 }))
    const replica = replicaOf({ replicas: [inAp] })
    expect([us, eu, ap].map((region) => isRelatedTo(replica, region))).toEqual([true, false, true])
  })

  it("gets a replica with the version that names it first, in the order of regions", () => {
    const one = withReplica(primaryOf(), eu)
    expect(one).toEqual(primaryOf({ replicas: [{ region: eu, since: 6 }] }))
    const two = withReplica(one, ap)
    expect(relationOf(two).replicas.map(({ region }) => region)).toEqual([ap, eu])
    expect(relationOf(withReplica(two, us)).replicas.map(({ region }) => region)).toEqual([
      ap,
      eu,
      us,
    ])
    expect(awaitsReplica(two, eu, 6)).toBe(true)
    expect(awaitsReplica(two, eu, 5)).toBe(false)
    expect(awaitsReplica(two, "eu-west-2", 6)).toBe(false)
    expect(awaitsReplica(replicaOf({ replicas: [inAp] }), ap, 4)).toBe(false)
  })

  it("shares what AWS documents, and nothing of its own", () => {
    const material = materialOf("one", {
      description: "d",
      rotationType: "ON_DEMAND",
      rotatedMs: 7,
      expiresMs: 8,
    })
    const reported = { number: 1, materials: ["one"] }
    const rotation = { periodDays: 90, nextMs: 5 }
    const key = primaryOf(
      { replicas: [{ ...inEu, reported }] },
      { rotation, materials: [material], tags: [{ key: "a", value: "b" }] },
    )
    expect(sharedOf(key)).toEqual({
      version: 5,
      primaryRegion: us,
      replicas: [inEu],
      keySpec: "SYMMETRIC_DEFAULT",
      keyUsage: "ENCRYPT_DECRYPT",
      origin: "AWS_KMS",
      rotation,
      materials: [
        {
          id: "one",
          state: "CURRENT",
          createdMs: atMs,
          description: "d",
          rotationType: "ON_DEMAND",
          rotatedMs: 7,
        },
      ],
    })
  })
})

describe("a key that is written", () => {
  const version = (before: KeyRecord | undefined, after: KeyRecord) =>
    stamped(before, after).multiRegion?.version

  it("has a new version when what is shared has changed", () => {
    const before = primaryOf({ replicas: [inEu] })
    expect(version(before, before)).toBe(5)
    expect(version(before, { ...before, description: "mine", state: "Disabled" })).toBe(5)
    expect(version(before, { ...before, rotation: { periodDays: 90, nextMs: 1 } })).toBe(6)
    expect(version(before, withReplica(before, ap))).toBe(6)
    expect(version(before, { ...before, materials: [materialOf("two")] })).toBe(6)
    expect(version(undefined, before)).toBe(5)
    const single = keyRecord()
    expect(stamped(single, single)).toBe(single)
    expect(stamped(before, single)).toBe(single)
    expect(stamped(single, before)).toBe(before)
  })

  it("makes a report when imported material of a replica has come or gone", () => {
    const reports = (before: KeyRecord, after: KeyRecord) =>
      stamped(before, after).multiRegion?.reports
    const replica = replicaOf({}, external)
    expect(reports(replica, replica)).toBe(0)
    expect(reports(replica, { ...replica, materials: [] })).toBe(1)
    expect(
      reports(replica, { ...replica, materials: [materialOf("one"), materialOf("two")] }),
    ).toBe(1)
    expect(reports(replica, { ...replica, state: "Disabled" })).toBe(0)
    const ours = replicaOf()
    expect(reports(ours, { ...ours, materials: [] })).toBe(0)
    // A primary that becomes a replica reports nothing by that alone.
    expect(reports(primaryOf({}, external), { ...replica, materials: [] })).toBe(0)
  })

  it("can use imported material when every replica has it", () => {
    const next = materialOf("next", { state: "PENDING_MULTI_REGION_IMPORT_AND_ROTATION" })
    const reportedBy = (...materials: string[]) => ({ ...inEu, reported: { number: 1, materials } })
    const stateWith = (replicas: readonly ReplicaRecord[], more = {}) => {
      const key = primaryOf(
        { replicas },
        { ...external, materials: [materialOf("one"), next], ...more },
      )
      return stamped(key, key).materials.map(({ state }) => state)
    }
    const waits = ["CURRENT", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"]
    const ready = ["CURRENT", "PENDING_ROTATION"]
    expect(stateWith([inEu])).toEqual(waits)
    expect(stateWith([reportedBy("one")])).toEqual(waits)
    expect(stateWith([reportedBy("one", "next")])).toEqual(ready)
    expect(stateWith([reportedBy("next"), inAp])).toEqual(waits)
    expect(stateWith([])).toEqual(ready)
    expect(stateWith([], { origin: "AWS_KMS" })).toEqual(waits)
    const settled = primaryOf(
      { replicas: [inEu] },
      { ...external, materials: [materialOf("one"), { ...next, state: "PENDING_ROTATION" }] },
    )
    expect(stamped(settled, settled).materials.map(({ state }) => state)).toEqual(waits)
    const old = primaryOf(
      {},
      { ...external, materials: [materialOf("o", { state: "NON_CURRENT" })] },
    )
    expect(stamped(old, old)).toEqual(old)
  })
})

describe("other regions are told", () => {
  it("of a new version by the primary", () => {
    const before = primaryOf({ replicas: [inEu, inAp] })
    expect(announcements(before, before)).toEqual([])
    expect(announcements(before, related(before, { version: 6 }))).toEqual([
      { region: eu },
      { region: ap },
    ])
    expect(announcements(undefined, before)).toEqual([])
    expect(announcements(keyRecord(), keyRecord())).toEqual([])
    expect(announcements(keyRecord(), before)).toEqual([])
    const former = replicaOf({ replicas: [inAp] })
    expect(announcements(former, related(former, { type: "PRIMARY" }))).toEqual([{ region: ap }])
  })

  it("of a report or a handover by a replica", () => {
    const before = replicaOf()
    expect(announcements(before, before)).toEqual([])
    expect(announcements(before, related(before, { reports: 1 }))).toEqual([{ region: us }])
    const handingOver = { state: "Enabled", since: 1 } as const
    const handed = related(before, { handingOver })
    expect(announcements(before, handed)).toEqual([{ region: us }])
    expect(announcements(handed, handed)).toEqual([])
    expect(announcements(handed, before)).toEqual([])
  })

  it("of a replica that is gone, and not of a primary or another key", () => {
    const gone = { since: 3, deletedMs: 77 }
    const replica = replicaOf({}, { deletionMs: 77 })
    expect(goneReplica(replica)).toEqual(gone)
    expect(goneReplica(replicaOf())).toEqual({ since: 3, deletedMs: 0 })
    expect(announcements(replica, undefined)).toEqual([{ region: us, gone }])
    expect(announcements(primaryOf({ replicas: [inEu] }), undefined)).toEqual([])
    expect(announcements(keyRecord(), undefined)).toEqual([])
    expect(announcements(undefined, undefined)).toEqual([])
  })
})

describe("a replica that is gone", () => {
  it("is forgotten, if it is the one that is meant", () => {
    const key = primaryOf({ replicas: [inAp, inEu] })
    expect(withoutReplica(key, eu, { since: 2, deletedMs: 5 }, 10)).toBe(key)
    expect(withoutReplica(key, us, { since: 3, deletedMs: 5 }, 10)).toBe(key)
    expect(withoutReplica(key, eu, { since: 3, deletedMs: 5 }, 10)).toEqual(
      primaryOf({ replicas: [inAp] }),
    )
  })

  it("lets a primary that waits for it begin its own waiting period when the last went", () => {
    const key = primaryOf(
      { replicas: [inAp, inEu] },
      { state: "PendingReplicaDeletion", pendingWindowDays: 7, pendingFromMs: 100 },
    )
    const one = withoutReplica(key, eu, { since: 3, deletedMs: 500 }, 1000)
    expect(one).toEqual({
      ...key,
      multiRegion: relation({ replicas: [inAp] }),
      pendingFromMs: 500,
    })
    const both = withoutReplica(one, ap, { since: 4, deletedMs: 200 }, 1000)
    expect(both).toEqual(primaryOf({}, { state: "PendingDeletion", deletionMs: 500 + 7 * dayMs }))
    expect("pendingFromMs" in both || "pendingWindowDays" in both).toBe(false)
    // The clock of the other region is ahead.
    const ahead = withoutReplica(one, ap, { since: 4, deletedMs: 9999 }, 1000)
    expect(ahead.deletionMs).toBe(1000 + 7 * dayMs)
    const { pendingFromMs: _, ...unknown } = one
    const first = withoutReplica(unknown, ap, { since: 4, deletedMs: 50 }, 1000)
    expect(first.deletionMs).toBe(50 + 7 * dayMs)
  })
})

describe("a report", () => {
  it("is made by a replica of imported material alone", () => {
    const materials = [materialOf("one"), { ...materialOf("two"), token: undefined }]
    expect(reportOf(replicaOf({ reports: 2 }, { ...external, materials }))).toEqual({
      since: 3,
      number: 2,
      materials: ["one"],
    })
    expect(reportOf(replicaOf())).toBeUndefined()
    expect(reportOf(primaryOf({}, external))).toBeUndefined()
  })

  it("counts when it is of the replica that is meant, and newer", () => {
    const key = primaryOf({ replicas: [inAp, inEu] }, external)
    const report = { since: 3, number: 2, materials: ["one"] }
    const known = withReport(key, eu, report)
    expect(relationOf(known).replicas).toEqual([
      inAp,
      { ...inEu, reported: { number: 2, materials: ["one"] } },
    ])
    expect(withReport(key, eu, { ...report, since: 2 })).toBe(key)
    expect(withReport(key, us, report)).toBe(key)
    expect(withReport(known, eu, report)).toBe(known)
    expect(withReport(known, eu, { ...report, number: 1 })).toBe(known)
    const newer = withReport(known, eu, { ...report, number: 3, materials: [] })
    expect(relationOf(newer).replicas[1]?.reported).toEqual({ number: 3, materials: [] })
  })
})

describe("a new replica", () => {
  const own = { createdMs: 9, description: "d", policy: "p", tags: [{ key: "a", value: "b" }] }
  const name = { account, keyId: unknownKeyId }

  it("has nothing yet but what it shares and what is its own", () => {
    const shared = sharedOf(
      primaryOf(
        { replicas: [inAp, inEu] },
        { keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" },
      ),
    )
    expect(newReplica(name, shared, own, eu)).toEqual({
      ...name,
      ...own,
      keySpec: "HMAC_256",
      keyUsage: "GENERATE_VERIFY_MAC",
      origin: "AWS_KMS",
      keyManager: "CUSTOMER",
      multiRegion: {
        type: "REPLICA",
        primaryRegion: us,
        replicas: [],
        version: 0,
        since: 3,
        reports: 0,
      },
      state: "Creating",
      aliases: [],
      grantsCount: 0,
      materials: [],
    })
    expect(newReplica(name, shared, own, "eu-west-2")).toBeUndefined()
  })

  it("lacks the materials that it has not, but never waits for imported ones", () => {
    const materials = [materialOf("one"), materialOf("two"), materialOf("three")]
    const shared = sharedOf(primaryOf({}, { materials }))
    const has = [materialOf("one"), { ...materialOf("two"), token: undefined }]
    expect(missingMaterials(replicaOf({}, { materials: has }), shared)).toEqual(["two", "three"])
    expect(missingMaterials(replicaOf({}, { ...external, materials: [] }), shared)).toEqual([])
  })
})

describe("a replica follows", () => {
  const shared = sharedOf(primaryOf({ replicas: [inAp, inEu], version: 8 }))
  const replica = replicaOf({ replicas: [inAp] })

  it("what a related key says of the same kind of key, and of itself", () => {
    expect(refusalToFollow(replica, us, shared, eu)).toBeUndefined()
    expect(refusalToFollow(replica, ap, shared, eu)).toBeUndefined()
    expect(
      refusalToFollow(replica, us, { ...shared, primaryRegion: eu, replicas: [] }, eu),
    ).toBeUndefined()
    expect(refusalToFollow(primaryOf({ replicas: [inEu] }), eu, shared, us)).toContain("primary")
    expect(refusalToFollow(replica, "eu-west-2", shared, eu)).toContain("no related key")
    for (const other of [
      { keySpec: "RSA_2048" },
      { keyUsage: "SIGN_VERIFY" },
      { origin: "EXTERNAL" },
    ] as const) {
      expect(refusalToFollow(replica, us, { ...shared, ...other }, eu)).toContain("kind of key")
    }
    const another = "the sender means another replica"
    expect(refusalToFollow(replica, us, { ...shared, replicas: [inAp] }, eu)).toBe(another)
    const later = { ...shared, replicas: [{ region: eu, since: 7 }] }
    expect(refusalToFollow(replica, us, later, eu)).toBe(another)
  })

  it.each(keyStates)("becomes the primary when it can: %s", (state) => {
    const asked = { ...shared, primaryRegion: eu }
    const key = replicaOf({}, { state })
    const can = ["Enabled", "Disabled", "PendingImport"].includes(state)
    expect(withRejection(key, asked, eu)).toEqual(
      can ? undefined : replicaOf({ rejectedVersion: 8 }, { state }),
    )
    expect(withRejection(key, shared, eu)).toBeUndefined()
    const rejected = replicaOf({ rejectedVersion: 8 }, { state })
    expect(withRejection(rejected, asked, eu)).toBe(rejected)
    expect(withRejection(rejected, { ...asked, version: 7 }, eu)).toBe(rejected)
    expect(withRejection(rejected, { ...asked, version: 9 }, eu)).toEqual(
      can ? undefined : replicaOf({ rejectedVersion: 9 }, { state }),
    )
  })

  it("with its own bytes and their expiry, or with those that came along", () => {
    const materials = [materialOf("one"), materialOf("two"), materialOf("three")]
    const rotation = { periodDays: 90, nextMs: 5 }
    const news = sharedOf(
      primaryOf({ replicas: [inAp, inEu], version: 8 }, { materials, rotation }),
    )
    const has = replicaOf(
      {},
      {
        state: "Creating",
        materials: [materialOf("one", { expiresMs: 6, state: "PENDING_ROTATION" })],
      },
    )
    const token = Uint8Array.of(7)
    const after = withShared(has, news, new Map([["two", token]]), eu)
    expect(after.materials.map((one) => [one.id, one.state, one.token, one.expiresMs])).toEqual([
      ["one", "CURRENT", Uint8Array.of(1), 6],
      ["two", "CURRENT", token, undefined],
      ["three", "CURRENT", undefined, undefined],
    ])
    expect(after.rotation).toEqual(rotation)
    expect(after.state).toBe("Creating")
    expect(after.multiRegion).toEqual(
      relation({ type: "REPLICA", since: 3, version: 8, replicas: [inAp, inEu] }),
    )
    const whole = withShared(has, news, new Map(materials.map(({ id }) => [id, token])), eu)
    expect(whole.state).toBe("Enabled")
  })

  it("into the role of the primary, where it is no replica of its own", () => {
    const news = { ...shared, primaryRegion: eu, replicas: [inEu, { region: us, since: 8 }] }
    const after = withShared(replica, news, new Map(), eu)
    expect(after.multiRegion).toEqual(
      relation({ primaryRegion: eu, since: 3, version: 8, replicas: [{ region: us, since: 8 }] }),
    )
  })
})
