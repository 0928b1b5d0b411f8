import { describe, expect, it } from "vitest"
import { createOutbox } from "../../src/engine/regions/outbox.js"
import type { RegionReply, RegionRequest } from "../../src/formats/regions/region-bodies.js"
import { type KeyRecord, keyRecordKey } from "../../src/formats/stored/key-records.js"
import {
  type OutboxRecord,
  outboxFormat,
  outboxKey,
  replicaDraftKey,
  tombstoneKey,
} from "../../src/formats/stored/region-records.js"
import { sharedOf } from "../../src/model/replicas.js"
import { HsmError } from "../../src/ports/hsm.js"
import { account } from "../support/accounts.js"
import { bareHost, courierTo, type HostOptions, knownRegions, peer } from "../support/bare-host.js"
import { keyRecord, materialOf, primaryOf, relation } from "../support/key-records.js"

/*
 * What the outbox of a region says of a key, and what it makes of each answer.
 */

const keyId = `mrk-${"1".repeat(32)}`
const eu = "eu-west-1"
const name = { account, keyId }
const address = { ...name, region: eu }
const entryKey = outboxKey(address)
const draftKey = replicaDraftKey(address)
const keyKey = keyRecordKey(account, keyId)
const draft = { ...address, createdMs: 5, description: "d", policy: "{}", tags: [] }
const ownDraft = { createdMs: 5, description: "d", policy: "{}", tags: [] }

const primary = (more: Partial<KeyRecord> = {}) =>
  primaryOf({ replicas: [{ region: eu, since: 3 }] }, { keyId, ...more })
const replica = (more = {}, key: Partial<KeyRecord> = {}) =>
  keyRecord({
    keyId,
    origin: "EXTERNAL",
    multiRegion: relation({ type: "REPLICA", primaryRegion: eu, since: 2, reports: 4, ...more }),
    ...key,
  })

interface Scene extends HostOptions {
  readonly entry?: Partial<OutboxRecord>
  readonly key?: KeyRecord | undefined
  readonly draft?: object
  readonly answer?: (request: RegionRequest, to: string) => RegionReply | undefined
  readonly known?: readonly string[]
}

function scene({ entry = {}, key, draft, answer, known = [eu], ...options }: Scene) {
  const made = bareHost({
    ...options,
    records: { [entryKey]: { ...address, ...entry }, [keyKey]: key, [draftKey]: draft },
  })
  const asking = courierTo(answer ?? (() => ({ kind: "noted" })))
  const outbox = createOutbox(made.host, knownRegions(...known), asking.courier)
  return { ...made, ...asking, deliver: () => outbox.deliver(address) }
}

const synchronize = (key: KeyRecord) => ({ kind: "synchronize", ...name, shared: sharedOf(key) })
const gone = { since: 3, deletedMs: 9 }
const out = { put: [], remove: [entryKey] }

describe("a region is told", () => {
  it("nothing, when there is no entry for it", async () => {
    const { deliver, asked, records, committed } = scene({ key: primary() })
    delete records[entryKey]
    expect(await deliver()).toBe("delivered")
    expect([asked, committed]).toEqual([[], []])
  })

  it("how a key stands, of which it has a replica", async () => {
    const { deliver, asked, committed, unexpected } = scene({ key: primary() })
    expect(await deliver()).toBe("delivered")
    expect(asked).toEqual([[eu, { ...synchronize(primary()), draft: undefined }]])
    expect(committed).toEqual([out])
    expect(unexpected).toEqual([])
  })

  it("what a new replica begins with, whose draft goes with the entry", async () => {
    const { deliver, asked, committed } = scene({ key: primary(), draft })
    expect(await deliver()).toBe("delivered")
    expect(asked).toEqual([[eu, { ...synchronize(primary()), draft: ownDraft }]])
    expect(committed).toEqual([{ put: [], remove: [entryKey, draftKey] }])
  })

  it("that a replica is gone, which nobody asks for any more once that is heard", async () => {
    const { deliver, asked, committed } = scene({ entry: { gone }, key: primary() })
    expect(await deliver()).toBe("delivered")
    expect(asked).toEqual([[eu, { kind: "gone", ...name, replica: gone }]])
    expect(committed).toEqual([{ put: [], remove: [entryKey, tombstoneKey(address)] }])
  })

  it("which materials a replica has, when it is the primary", async () => {
    const report = { since: 2, number: 4, materials: ["one"] }
    const { deliver, asked, committed } = scene({ key: replica() })
    expect(await deliver()).toBe("delivered")
    expect(asked).toEqual([[eu, { kind: "report", ...name, report }]])
    expect(committed).toEqual([out])
  })

  it("that it is to be the primary, also when it is no replica as far as this key knows", async () => {
    const key = replica({ handingOver: { state: "Enabled", since: 1 } })
    const { deliver, asked } = scene({ key })
    expect(await deliver()).toBe("delivered")
    expect(asked).toEqual([[eu, { ...synchronize(key), draft: undefined }]])
  })

  it.each([
    ["the key is gone", undefined],
    ["the key has no related keys", keyRecord({ keyId })],
    ["it has no replica any more", primaryOf({}, { keyId })],
    ["it is neither the primary nor a replica", replica({ primaryRegion: "ap-south-1" })],
    [
      "the primary is no longer handed to it",
      replica({ primaryRegion: "ap-south-1", handingOver: { state: "Enabled", since: 1 } }),
    ],
    ["nobody asks for the materials", replica({}, { origin: "AWS_KMS" })],
  ])("nothing, and the entry goes, when %s", async (_, key) => {
    const { deliver, asked, committed } = scene({ key })
    expect(await deliver()).toBe("delivered")
    expect(asked).toEqual([])
    expect(committed).toEqual([out])
  })

  it("again, when what was to be told has changed meanwhile", async () => {
    const { deliver, asked, committed } = scene({ key: primary(), commits: [false, false] })
    expect(await deliver()).toBe("delivered")
    expect([asked.length, committed.length]).toEqual([3, 3])
  })

  it("no oftener than eight times in one delivery", async () => {
    const { deliver, asked } = scene({ key: primary(), commits: Array(20).fill(false) })
    expect(await deliver()).toBe("put off")
    expect(asked).toHaveLength(8)
  })

  it("nothing more when it does not answer, and the entry stays", async () => {
    const { deliver, committed } = scene({ key: primary(), answer: () => undefined })
    await expect(deliver()).rejects.toMatchObject({ name: "RegionError", code: "unreachable" })
    expect(committed).toEqual([])
  })
})

describe("an answer", () => {
  const answering = (reply: RegionReply, more: Scene = {}) =>
    scene({ key: primary(), answer: () => reply, ...more })

  it.each([
    [{ kind: "offered", offer: Uint8Array.of(1), missing: ["one"] }, replica()],
    [{ kind: "permitted" }, primary()],
    [{ kind: "refused", name: "a", message: "b" }, primary()],
    [{ kind: "settled" }, primary()],
    [{ kind: "declined", reason: "not now" }, primary()],
    [{ kind: "rejected" }, primary()],
    [{ kind: "moved", region: eu }, primary()],
  ] as [RegionReply, KeyRecord][])("$0.kind puts the delivery off", async (reply, key) => {
    const { deliver, asked, committed } = answering(reply, { key })
    expect(await deliver()).toBe("put off")
    expect([asked.length, committed]).toEqual([1, []])
  })

  it("that the primary has moved sends the entry to where it is now", async () => {
    const made = answering({ kind: "moved", region: "ap-south-1" }, { entry: { gone } })
    expect(await made.deliver()).toBe("delivered")
    const moved = { ...address, region: "ap-south-1", gone }
    const [only, ...others] = made.committed
    expect(others).toEqual([])
    // Whatever becomes of the key, the entry is to be there.
    expect(made.unexpected).toEqual([[{ key: entryKey }]])
    expect(only?.remove).toEqual([entryKey])
    expect(only?.put.map(({ key }) => key)).toEqual([outboxKey(moved)])
    const [entry] = only?.put ?? []
    expect(outboxFormat.decode(entry?.value as never, outboxKey(moved))).toEqual(moved)
  })

  it("with a report changes the key as it goes out of the outbox", async () => {
    const report = { since: 3, number: 1, materials: ["one"] }
    const key = primary({ origin: "EXTERNAL" })
    const { deliver, committed } = answering(
      { kind: "synchronized", version: 5, report },
      { key, draft },
    )
    expect(await deliver()).toBe("delivered")
    const [done] = committed
    expect(done?.remove).toEqual([entryKey, draftKey])
    expect(done?.changes).toMatchObject([{ kind: "key", before: key }])
    const [change] = done?.changes ?? []
    expect((change as { after: KeyRecord }).after.multiRegion?.replicas).toEqual([
      { region: eu, since: 3, reported: { number: 1, materials: ["one"] } },
    ])
  })

  it("that a replica is gone takes it from the key, at the time of this region", async () => {
    const { deliver, committed } = answering(
      { kind: "gone" },
      {
        key: primary({ state: "PendingReplicaDeletion", pendingWindowDays: 7, pendingFromMs: 5 }),
      },
    )
    expect(await deliver()).toBe("delivered")
    const [change] = committed[0]?.changes ?? []
    const { after } = change as { after: KeyRecord }
    expect(after.multiRegion?.replicas).toEqual([])
    expect(after).toMatchObject({
      state: "PendingDeletion",
      deletionMs: 1_000_000 + 7 * 86_400_000,
    })
  })

  it("that the new primary refuses makes this region the primary again", async () => {
    const key = replica({ handingOver: { state: "Enabled", since: 1 } }, { state: "Updating" })
    const { deliver, committed } = answering({ kind: "rejected" }, { key })
    expect(await deliver()).toBe("delivered")
    const [change] = committed[0]?.changes ?? []
    expect((change as { after: KeyRecord }).after).toMatchObject({
      state: "Enabled",
      multiRegion: { type: "PRIMARY", primaryRegion: "us-east-1" },
    })
  })

  it("that declines what is said of a gone replica leaves the entry", async () => {
    for (const key of [primary(), undefined]) {
      const declined = { kind: "declined", reason: "" } as const
      const { deliver, asked, committed } = answering(declined, { entry: { gone }, key })
      expect(await deliver()).toBe("put off")
      expect([asked.length, committed]).toEqual([1, []])
    }
  })

  it("that a gone replica is noted ends it, also where the key is gone, too", async () => {
    const { deliver, committed } = answering({ kind: "noted" }, { entry: { gone }, key: undefined })
    expect(await deliver()).toBe("delivered")
    expect(committed).toHaveLength(1)
  })
})

describe("a region that lacks materials", () => {
  const offer = Uint8Array.of(8)
  const transfer = Uint8Array.of(9)
  const offered: RegionReply = { kind: "offered", offer, missing: ["one"] }
  const done: RegionReply = { kind: "synchronized", version: 5 }
  const telling = (wrapForRegion: () => unknown, more: Scene = {}) =>
    scene({
      key: primary({ materials: [materialOf("one")] }),
      answer: (request) => ("transfer" in request && request.transfer ? done : offered),
      hsm: { wrapForRegion: wrapForRegion as never },
      ...more,
    })

  it("is told again, with the materials wrapped for its offer", async () => {
    const wrapped: unknown[] = []
    const { deliver, asked, committed } = telling((...args: unknown[]) => {
      wrapped.push(args)
      return transfer
    })
    expect(await deliver()).toBe("delivered")
    expect(wrapped).toMatchObject([
      [
        {
          replicationKey: Uint8Array.of(42),
          target: peer(eu),
          offer,
          keys: [{ token: Uint8Array.of(1), binding: { keyId, keyMaterialId: "one" } }],
        },
      ],
    ])
    expect(asked.map(([to]) => to)).toEqual([eu, eu])
    expect(asked[1]?.[1]).toEqual({ ...asked[0]?.[1], transfer, transferred: ["one"] })
    expect(committed).toEqual([out])
  })

  it("is sent those that it asks for, in that order", async () => {
    const wrapped: { keys: readonly { binding: { keyMaterialId: string } }[] }[] = []
    const { deliver } = telling(
      ((request: (typeof wrapped)[number]) => {
        wrapped.push(request)
        return transfer
      }) as never,
      {
        key: primary({ materials: ["one", "two", "three"].map((id) => materialOf(id)) }),
        answer: (request) =>
          "transfer" in request && request.transfer
            ? done
            : { ...offered, missing: ["three", "two"] },
      },
    )
    await deliver()
    const ids = wrapped[0]?.keys.map(({ binding }) => binding.keyMaterialId)
    expect(ids).toEqual(["three", "two"])
  })

  it.each([
    ["its offer is not genuine", () => undefined, {}],
    ["it is not known", () => transfer, { known: [] }],
    ["the material is imported", () => transfer, { key: primary({ origin: "EXTERNAL" }) }],
    ["this key has not all that it asks for", () => transfer, { key: primary({ materials: [] }) }],
    [
      "one was deleted here",
      () => transfer,
      { key: primary({ materials: [{ id: "one", state: "CURRENT", createdMs: 1 }] }) },
    ],
    [
      "it asks for the same twice",
      () => transfer,
      { answer: () => ({ ...offered, missing: ["one", "one"] }) as RegionReply },
    ],
    [
      "the HSM lets nothing leave",
      () => {
        throw new HsmError("unsupported", "it does not")
      },
      {},
    ],
  ] as [string, () => unknown, Scene][])("is sent nothing when %s", async (_, wrap, more) => {
    const { deliver, asked, committed } = telling(wrap, more)
    expect(await deliver()).toBe("put off")
    expect([asked.length, committed]).toEqual([1, []])
  })

  it.each([
    new HsmError("unavailable", "not now"),
    Object.assign(new Error("no HSM says that"), { code: "unsupported" }),
  ])("is told nothing when the HSM fails: $message", async (failure) => {
    const { deliver, committed } = telling(() => {
      throw failure
    })
    await expect(deliver()).rejects.toBe(failure)
    expect(committed).toEqual([])
  })
})
