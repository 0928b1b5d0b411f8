import { describe, expect, it } from "vitest"
import { afterAnswer, completeHandover, handOver } from "../../src/model/handover.js"
import { keyRecord, primaryOf, relation, replicaOf } from "../support/key-records.js"

const [us, eu, ap] = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const inEu = { region: eu, since: 3 }
const inAp = { region: ap, since: 4 }
const at = { ownRegion: us, nowMs: 1000 }

const primary = primaryOf({ replicas: [inAp, inEu] }, { state: "Disabled" })
const handed = handOver(primary, us, eu)

describe("a primary that gives its role away", () => {
  it("is a replica at once, and waits", () => {
    expect(handed.state).toBe("Updating")
    expect(handed.multiRegion).toEqual(
      relation({
        type: "REPLICA",
        primaryRegion: eu,
        replicas: [inAp, { region: us, since: 6 }],
        version: 6,
        since: 6,
        handingOver: { state: "Disabled", since: 3 },
      }),
    )
    const west = { region: "us-west-2", since: 2 }
    const between = handOver(primaryOf({ replicas: [inEu, west] }), us, eu)
    expect(between.multiRegion?.replicas).toEqual([{ region: us, since: 6 }, west])
    const back = afterAnswer(between, eu, { kind: "rejected" } as never, at)
    expect(back?.multiRegion?.replicas).toEqual([inEu, west])
    expect(handOver(primaryOf(), us, eu).multiRegion?.handingOver).toEqual({
      state: "Enabled",
      since: 0,
    })
  })

  it("is back in its state when the other has taken over, unless that changed", () => {
    const done = completeHandover(handed)
    expect(done.state).toBe("Disabled")
    expect("handingOver" in (done.multiRegion ?? {})).toBe(false)
    const scheduled = completeHandover({ ...handed, state: "PendingDeletion" })
    expect(scheduled.state).toBe("PendingDeletion")
    const updating = replicaOf({}, { state: "Updating" })
    expect(completeHandover(updating)).toEqual(updating)
    expect(() => completeHandover(keyRecord())).toThrow("multi-Region")
  })

  it("takes it back when the other never will", () => {
    const back = afterAnswer(handed, eu, { kind: "rejected", reason: "" } as never, at)
    expect(back?.state).toBe("Disabled")
    expect(back?.multiRegion).toEqual(
      relation({
        type: "PRIMARY",
        primaryRegion: us,
        replicas: [inAp, inEu],
        version: 6,
        since: 6,
      }),
    )
  })

  it("takes it back without the other when that is gone", () => {
    const back = afterAnswer(handed, eu, { kind: "gone" } as never, at)
    expect(back?.multiRegion).toMatchObject({
      type: "PRIMARY",
      primaryRegion: us,
      replicas: [inAp],
    })
    const deleting = { ...primary, state: "PendingReplicaDeletion", pendingWindowDays: 7 } as const
    const waiting = handOver({ ...deleting, multiRegion: relation({ replicas: [inEu] }) }, us, eu)
    const gone = { kind: "gone", replica: { since: 3, deletedMs: 400 } } as const
    expect(afterAnswer(waiting, eu, gone, at)?.deletionMs).toBe(400 + 7 * 86_400_000)
    const another = { kind: "gone", replica: { since: 2, deletedMs: 400 } } as const
    expect(afterAnswer(waiting, eu, another, at)?.deletionMs).toBe(1000 + 7 * 86_400_000)
  })
})

const report = { since: 3, number: 1, materials: ["one"] }
const answers = {
  synchronized: { kind: "synchronized" },
  gone: { kind: "gone" },
  declined: { kind: "declined" },
  rejected: { kind: "rejected" },
  noted: { kind: "noted" },
} as const

describe("the answer of a region", () => {
  const answered = (key: typeof primary, kind: keyof typeof answers) =>
    afterAnswer(key, eu, answers[kind] as never, at)

  it("to a primary", () => {
    expect(answered(primary, "synchronized")).toBe(primary)
    expect(answered(primary, "noted")).toBe(primary)
    expect(answered(primary, "declined")).toBeUndefined()
    expect(answered(primary, "rejected")).toBeUndefined()
    expect(answered(primary, "gone")?.multiRegion?.replicas).toEqual([inAp])
    // A replica of which it knows nothing more.
    expect(answered(primaryOf(), "gone")).toEqual(primaryOf())
    const reported = afterAnswer(primary, eu, { kind: "synchronized", report } as never, at)
    expect(reported?.multiRegion?.replicas[1]?.reported).toEqual({ number: 1, materials: ["one"] })
  })

  it("to a primary tells when a replica went, or it counts from now", () => {
    const waiting = primaryOf(
      { replicas: [inEu] },
      { state: "PendingReplicaDeletion", pendingWindowDays: 7 },
    )
    const deletionOf = (reply: object) => afterAnswer(waiting, eu, reply as never, at)?.deletionMs
    const from = (ms: number) => ms + 7 * 86_400_000
    expect(deletionOf({ kind: "gone" })).toBe(from(1000))
    expect(deletionOf({ kind: "gone", replica: { since: 3, deletedMs: 400 } })).toBe(from(400))
    expect(deletionOf({ kind: "gone", replica: { since: 4, deletedMs: 400 } })).toBe(from(1000))
  })

  it("to one that gives its role away", () => {
    expect(answered(handed, "synchronized")).toEqual(completeHandover(handed))
    expect(answered(handed, "noted")).toBe(handed)
    expect(answered(handed, "declined")).toBeUndefined()
  })

  it("to a replica changes nothing", () => {
    const replica = replicaOf()
    for (const kind of ["synchronized", "gone", "noted"] as const) {
      expect(answered(replica, kind)).toBe(replica)
    }
    expect(answered(replica, "declined")).toBeUndefined()
    expect(answered(replica, "rejected")).toBeUndefined()
  })
})
