import { describe, expect, it } from "vitest"
import { createNotes } from "../../src/engine/regions/notes.js"
import { createSettler } from "../../src/engine/regions/settler.js"
import type { RegionReply } from "../../src/formats/regions/region-bodies.js"
import { type KeyRecord, keyRecordKey } from "../../src/formats/stored/key-records.js"
import { outboxKey } from "../../src/formats/stored/region-records.js"
import { withReport } from "../../src/model/replicas.js"
import { account } from "../support/accounts.js"
import { bareHost, courierTo, type HostOptions } from "../support/bare-host.js"
import { atMs, keyRecord, primaryOf, relation } from "../support/key-records.js"

/*
 * What a region notes of what its replicas say, and how regions hear of each other what time has
 * done.
 */

const keyId = `mrk-${"1".repeat(32)}`
const [us, eu, ap] = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const name = { account, keyId }
const keyKey = keyRecordKey(account, keyId)
const declined = (reason: string) => ({ kind: "declined", reason })

/** The key as its primary in `us` has it. */
const primary = () => primaryOf({ replicas: [{ region: eu, since: 3 }] }, { keyId })
const replica = (more: Parameters<typeof relation>[0], key: Partial<KeyRecord> = {}) =>
  keyRecord({ keyId, multiRegion: relation({ type: "REPLICA", since: 3, ...more }), ...key })

describe("what a replica says to its primary", () => {
  const report = { since: 3, number: 1, materials: ["one"] }
  const note = (key: KeyRecord | undefined, options: HostOptions = {}) => {
    const made = bareHost({ region: us, records: { [keyKey]: key }, ...options })
    const followed: KeyRecord[] = []
    const take = createNotes(made.host, (after) => followed.push(after))
    const said = () => take({ ...name, region: eu }, (before) => withReport(before, eu, report))
    return { ...made, followed, said }
  }

  it("is written down, and told to others", async () => {
    const { said, committed, followed, unexpected } = note(primary())
    expect(await said()).toEqual({ kind: "noted" })
    const after = withReport(primary(), eu, report)
    expect(committed).toMatchObject([{ changes: [{ kind: "key", before: primary(), after }] }])
    expect([followed, unexpected]).toEqual([[after], []])
  })

  it.each([
    ["the key is gone", undefined],
    ["the key has no replicas", keyRecord({ keyId })],
    ["nothing of it is new", withReport(primary(), eu, report)],
  ])("changes nothing when %s", async (_, key) => {
    const { said, committed, followed } = note(key)
    expect(await said()).toEqual({ kind: "noted" })
    expect([committed, followed]).toEqual([[], []])
  })

  it("is for the primary, where that is another", async () => {
    const elsewhere = note(replica({ primaryRegion: ap }))
    expect(await elsewhere.said()).toEqual({ kind: "moved", region: ap })
    const itself = note(replica({ primaryRegion: eu }))
    expect(await itself.said()).toEqual(declined("the sender is the primary"))
  })

  it("is written again when the key changed meanwhile, at most eight times", async () => {
    const once = note(primary(), { commits: [false] })
    expect(await once.said()).toEqual({ kind: "noted" })
    expect([once.committed.length, once.followed.length]).toEqual([2, 1])
    const never = note(primary(), { commits: Array(20).fill(false) })
    expect(await never.said()).toEqual(declined("the key is being changed"))
    expect([never.committed.length, never.followed]).toEqual([8, []])
  })
})

describe("what is due of a related key", () => {
  const settling = (key: KeyRecord | undefined, more: Readonly<Record<string, unknown>> = {}) => {
    const made = bareHost({ region: us, records: { [keyKey]: key, ...more } })
    const settled: unknown[] = []
    const notes: unknown[] = []
    const replies: RegionReply[] = []
    const asking = courierTo(() => replies.shift())
    const settler = createSettler(
      made.host,
      asking.courier,
      async (at, transition) => {
        notes.push([at, transition(primary())])
        return { kind: "noted" }
      },
      async (one) => void settled.push(one),
    )
    return { ...asking, settled, notes, replies, ...settler }
  }
  const gone = { since: 3, deletedMs: 8 }

  it("is done by a primary before it answers", async () => {
    const { answer, settled } = settling(primary())
    expect(await answer(eu, name)).toEqual({ kind: "settled" })
    expect(settled).toEqual([name])
  })

  it("is nothing of a replica, which says until when", async () => {
    const { answer, settled } = settling(replica({ primaryRegion: eu }))
    expect(await answer(eu, name)).toEqual({
      kind: "settled",
      quietUntilMs: atMs + 7 * 86_400_000,
    })
    expect(settled).toEqual([])
  })

  it("is that it is gone, when its waiting period is over", async () => {
    const key = replica({ primaryRegion: eu }, { state: "PendingDeletion", deletionMs: atMs })
    const { answer } = settling(key)
    expect(await answer(eu, name)).toEqual({
      kind: "gone",
      replica: { since: 3, deletedMs: atMs },
    })
  })

  it("is told as gone when it is, and nothing of it to a region that is not related", async () => {
    const entry = { [outboxKey({ ...name, region: eu })]: { ...name, region: eu, gone } }
    expect(await settling(undefined, entry).answer(eu, name)).toEqual({
      kind: "gone",
      replica: gone,
    })
    expect(await settling(keyRecord({ keyId })).answer(eu, name)).toEqual({
      kind: "gone",
      replica: undefined,
    })
    expect(await settling(primary()).answer(ap, name)).toEqual(
      declined("the sender has no related key"),
    )
  })

  it("is asked of another region, which says until when it is quiet", async () => {
    const { ask, asked, replies, notes } = settling(primary())
    replies.push({ kind: "settled", quietUntilMs: 55 }, { kind: "settled" })
    expect([await ask(eu, name), await ask(eu, name)]).toEqual([55, undefined])
    expect(asked[0]).toEqual([eu, { kind: "settle", ...name }])
    expect(notes).toEqual([])
    await expect(ask(eu, name)).rejects.toMatchObject({ code: "unreachable" })
  })

  it("is noted of a replica that is gone, as its region says", async () => {
    const { ask, replies, notes } = settling(primary())
    replies.push(
      { kind: "gone", replica: gone },
      { kind: "gone" },
      { kind: "declined", reason: "" },
    )
    for (let i = 0; i < 3; i += 1) expect(await ask(eu, name)).toBeUndefined()
    expect(notes).toHaveLength(1)
    const [[at, after]] = notes as [[unknown, KeyRecord]]
    expect(at).toEqual({ ...name, region: eu })
    expect(after.multiRegion?.replicas).toEqual([])
  })
})
