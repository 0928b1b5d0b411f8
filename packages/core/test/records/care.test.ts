import { describe, expect, it } from "vitest"
import { createAgreement, unexplained } from "../../src/engine/care/agreement.js"
import { createCommitTracker } from "../../src/engine/care/commit-tracker.js"
import { digestFindings, digestOf, type Finding, finding } from "../../src/engine/care/findings.js"
import { createLaneWitness } from "../../src/engine/care/lane-witness.js"
import { type Facts, factsOf } from "../../src/engine/care/record-kinds.js"
import { createRecordTable } from "../../src/engine/care/record-table.js"
import { storageChange } from "../../src/engine/records/entries.js"
import { keyCountFormat } from "../../src/formats/stored/key-count-record.js"
import { domainRecordFormat } from "../../src/formats/stored/key-records.js"
import { keyStoreDomainKey } from "../../src/formats/stored/key-store-records.js"
import { emptyDigest, type LaneRecord } from "../../src/formats/stored/lane-record.js"
import type { Change } from "../../src/model/changes.js"
import { laneAfter, newLane } from "../../src/model/lanes.js"
import { bucketOf, recounted } from "../../src/model/store-digest.js"
import { account } from "../support/accounts.js"
import {
  aliasRecord,
  grantRecord,
  keyId,
  keyRecord,
  keyStoreEntry,
  keyStores,
  material,
  storeId,
} from "../support/example-records.js"

const place = `key/${account}/${keyId}`
const state = Uint8Array.of(8)
/** A table of what is there; numbers are of one byte each. */
function tableOf(...places: readonly string[]) {
  const table = createRecordTable()
  table.note(
    places.map((one, i) => ({ place: one, revision: i + 1, number: undefined })),
    [],
  )
  return table
}

/** Everything that these changes leave in a store, as bytes by storage key. */
function recordsOf(...changes: readonly Change[]): Map<string, Uint8Array> {
  const { put } = storageChange(changes, [])
  return new Map(put.map(({ key, value }) => [key, value]))
}

/** What the records of a store say of each other, by what is wrong and where. */
function disagreements(records: ReadonlyMap<string, Uint8Array>, nowMs = 0) {
  const agreement = createAgreement()
  for (const [key, bytes] of records) agreement.note(key, factsOf(key, bytes))
  return agreement.disagreements(tableOf(...records.keys()), nowMs)
}
const wrongIn = (records: ReadonlyMap<string, Uint8Array>, nowMs = 0) =>
  disagreements(records, nowMs)
    .map(({ finding: { wrong, key } }) => `${wrong} ${key}`)
    .toSorted()

const count = (keys: number): [string, Uint8Array] => [
  `count/${account}`,
  keyCountFormat.encode({ account, keys }),
]

/** A key with all that hangs on it. */
const wholeKey = (members: Parameters<typeof keyRecord>[0] = {}) => {
  const records = recordsOf(
    {
      kind: "key",
      after: keyRecord({
        rotation: { periodDays: 90, nextMs: 50 },
        aliases: ["alias/a", "alias/b"],
        grantsCount: 1,
        keyStore: { id: storeId } as never,
        materials: [material({ expiresMs: 70 })],
        ...members,
      }),
    },
    { kind: "alias", after: aliasRecord() },
    { kind: "alias", after: aliasRecord({ name: "alias/b" }) },
    { kind: "grant", after: grantRecord() },
    { kind: "key stores", after: keyStores(storeId) },
    { kind: "key store entry", after: keyStoreEntry() },
  )
  records.set(...count(1))
  return records
}

describe("records that say the same of each other", () => {
  it("are all that an engine writes of a key, its aliases, grants and key stores", () => {
    expect(wrongIn(wholeKey())).toEqual([])
    expect(wrongIn(recordsOf({ kind: "key", after: keyRecord({ keyManager: "AWS" }) }))).toEqual([])
  })

  it("name each other when one of them is missing", () => {
    const whole = wholeKey()
    for (const missing of whole.keys()) {
      if (missing === place) continue
      const rest = new Map(whole)
      rest.delete(missing)
      const wrong = wrongIn(rest)
      expect(wrong).toContain(`missing ${missing}`)
      // A grant takes its pointers and its count with it.
      if (!missing.startsWith("grant/")) expect(wrong).toEqual([`missing ${missing}`])
    }
  })

  it("all lead to a key that is missing", () => {
    const rest = wholeKey()
    rest.delete(place)
    const wrong = wrongIn(rest)
    expect(
      wrong.every((one) => one === `missing ${place}` || one === `disagrees count/${account}`),
    ).toBe(true)
    // From its name, the agenda, two aliases, its store and its grant.
    expect(wrong.filter((one) => one.startsWith("missing"))).toHaveLength(7)
  })

  it("disagree when both are there and say something else", () => {
    const whole = wholeKey()
    whole.set(`listed/${account}/${keyId}`, new TextEncoder().encode("90"))
    expect(wrongIn(whole)).toEqual([`disagrees ${place}`, `disagrees listed/${account}/${keyId}`])
    const other = wholeKey({ grantsCount: 2 })
    expect(disagreements(other).map((one) => one.finding)).toMatchObject([
      { key: place, wrong: "disagrees", detail: "it counts 2 grants, and there are 1" },
    ])
    const counted = wholeKey()
    counted.set(...count(3))
    expect(disagreements(counted).map((one) => one.finding)).toMatchObject([
      { key: `count/${account}`, kind: "key count", detail: "it counts 3 keys, and there are 1" },
    ])
  })

  it("let the agenda keep the rotation of a key that does not rotate now", () => {
    const rotation = { periodDays: 90, nextMs: 50 }
    const records = recordsOf({ kind: "key", after: keyRecord({ rotation }) })
    const disabled = recordsOf({ kind: "key", after: keyRecord({ rotation, state: "Disabled" }) })
    records.set(place, disabled.get(place) as Uint8Array)
    records.set(...count(1))
    expect(wrongIn(records)).toEqual([])
    const none = recordsOf({ kind: "key", after: keyRecord({ state: "Disabled" }) })
    records.set(place, none.get(place) as Uint8Array)
    expect(wrongIn(records)).toEqual([
      `disagrees due/${"50".padStart(15, "0")}/${account}/${keyId}`,
    ])
  })

  it("are not asked of a key whose time is over: what hung on it may have been given away", () => {
    const over = { state: "PendingDeletion", deletionMs: 90, grantsCount: 5 } as const
    const records = recordsOf({ kind: "key", after: keyRecord({ ...over, aliases: ["alias/a"] }) })
    records.set(...count(1))
    expect(wrongIn(records, 89)).toEqual([`disagrees ${place}`, `missing alias/${account}/a`])
    expect(wrongIn(records, 90)).toEqual([])
  })

  it("count no keys where there is a count that cannot be read, or that was taken back", () => {
    const records = recordsOf({ kind: "key", after: keyRecord() })
    const agreement = createAgreement()
    for (const [key, bytes] of records) agreement.note(key, factsOf(key, bytes))
    const table = tableOf(...records.keys())
    const wrong = () => agreement.disagreements(table, 0).map((one) => one.finding.detail)
    expect(wrong()).toEqual(["there are 1 keys"])
    agreement.note(`count/${account}`, "unread")
    expect(wrong()).toEqual([])
    agreement.note(`count/${account}`, undefined)
    expect(wrong()).toEqual(["there are 1 keys"])
    for (const key of records.keys()) agreement.note(key, undefined)
    expect(wrong()).toEqual([])
  })

  it("pair up also where three say something of one place", () => {
    const agreement = createAgreement()
    const bond = (of: string) => ({ of, at: "x" })
    const said: readonly [string, Facts][] = [
      ["a", { bonds: [bond("a")] }],
      ["b", { bonds: [bond("b")] }],
      ["x", { bonds: [bond("b")] }],
    ]
    for (const [by, facts] of said) agreement.note(by, facts)
    const found = agreement.disagreements(tableOf("a", "b", "x"), 0)
    expect(found).toEqual([
      { finding: finding("a", "disagrees", "`x` does not say the same"), about: ["a", "x"] },
    ])
  })

  it("need what they belong to", () => {
    const agreement = createAgreement()
    agreement.note("usage/1/2", { needs: ["key/1/2", "key/1/3"] })
    const found = agreement.disagreements(tableOf("usage/1/2", "key/1/3"), 0)
    expect(found).toEqual([
      {
        finding: finding("key/1/2", "missing", "`usage/1/2` belongs to it"),
        about: ["usage/1/2", "key/1/2"],
      },
    ])
  })
})

describe("what records say", () => {
  it("is nothing under a storage key of no kind", () => {
    for (const at of ["", "none", "none/1", "constructor", "keys/1/2"]) {
      expect(() => factsOf(at, new Uint8Array())).toThrow(`under \`${at}\``)
      expect(finding(at, "edited", "").kind).toBe("unknown")
    }
    expect(() => factsOf("due/1/2/3", new Uint8Array())).toThrow("names no key")
    expect(finding("due/1/2/3", "edited", "").kind).toBe("agenda")
  })

  it("is of a last usage, a grant and a place in a key store what they belong to", () => {
    const [entry] = recordsOf({ kind: "key store entry", after: keyStoreEntry() })
    expect(factsOf(...(entry as [string, Uint8Array]))).toEqual({
      bonds: [{ of: place, at: `key-store-key/${account}/${storeId}/${keyId}` }],
      needs: [`key-stores/${account}`],
    })
    const [grant] = recordsOf({ kind: "grant", after: grantRecord() })
    expect(factsOf(...(grant as [string, Uint8Array]))).toMatchObject({
      needs: [place],
      grantOn: place,
    })
  })
})

describe("the domain of a cluster", () => {
  it("belongs to the key stores of its account, and that of the region to its copy", () => {
    const bytes = domainRecordFormat("domain").encode({ name: "aws:us-east-1", sealedState: state })
    const at = keyStoreDomainKey(account, storeId)
    const ofCluster = domainRecordFormat(at).encode({ name: "a", sealedState: state })
    expect(factsOf("domain", bytes)).toEqual({ needs: ["domain-copy"] })
    expect(factsOf(at, ofCluster)).toEqual({ needs: [`key-stores/${account}`] })
    expect(factsOf("domain-copy", bytes)).toEqual({})
    expect(() => factsOf("domain-copy", Uint8Array.of(1))).toThrow("domain")
  })
})

describe("what disagrees", () => {
  const found = (about: readonly string[]) => ({ finding: finding("x", "disagrees", ""), about })
  const named = (key: string, wrong: Finding["wrong"] = "missing") => finding(key, wrong, "")

  it.each<[string, readonly string[], readonly Finding[], number]>([
    ["is told where nothing is named", ["a", "b"], [], 1],
    ["follows from what is named", ["a", "b"], [named("b")], 0],
    ["does not follow from another place", ["a", "b"], [named("bc"), named("ab")], 1],
    ["follows from a place that begins so", ["count/1", "key/1/"], [named("key/1/2")], 0],
    ["follows from no place that begins with a whole one", ["key/1"], [named("key/1/2")], 1],
    ["follows from nothing that has no name", ["digest"], [named("digest", "unnamed")], 1],
  ])("%s", (_, about, names, length) => {
    expect(unexplained([found(about)], names)).toHaveLength(length)
  })
})

const lane = (members: Partial<LaneRecord> = {}): LaneRecord => ({ ...newLane(0, 0), ...members })

describe("who follows the commits of a store", () => {
  it("hears of all that was told, and of what the lanes say of others", () => {
    const tracker = createCommitTracker()
    tracker.follow([lane({ counter: 3, recent: [["old"]] }), undefined])
    expect(tracker.isIdle).toBe(true)
    tracker.tell(0, 4, ["a", "b"])
    tracker.follow([lane({ counter: 5, recent: [["c"], ["never read"], ["old"]] })])
    expect(tracker.some(9)).toEqual(["a", "b", "c"])
    expect(tracker.some(2)).toEqual(["a", "b"])
    expect(tracker.isIdle).toBe(false)
    tracker.done(["a", "c"])
    expect(tracker.some(9)).toEqual(["b"])
    tracker.done(["b"])
    expect([tracker.isIdle, tracker.isLost]).toEqual([true, false])
  })

  it("follows a lane from its beginning when it was not there at first", () => {
    const tracker = createCommitTracker()
    tracker.follow([])
    tracker.follow([undefined, lane({ lane: 1, counter: 2, recent: [["b"], ["a"]] })])
    expect(tracker.some(9)).toEqual(["a", "b"])
  })

  it("is lost when nobody tells of a commit, until it has searched", () => {
    const tracker = createCommitTracker()
    tracker.follow([lane({ counter: 1 })])
    tracker.follow([lane({ counter: 3, recent: [["b"]] })])
    expect([tracker.isLost, tracker.isIdle]).toEqual([true, false])
    expect(tracker.some(9)).toEqual(["b"])
    tracker.search()
    tracker.add("a")
    expect(tracker.isLost).toBe(false)
    expect(tracker.some(9)).toEqual(["b", "a"])
    tracker.done(["b", "a"])
    expect(tracker.isIdle).toBe(true)
  })

  it("is told late of what it has followed already, and hears no more of it", () => {
    const tracker = createCommitTracker()
    tracker.follow([lane({ counter: 1 })])
    tracker.follow([lane({ counter: 2, recent: [["a"]] })])
    tracker.done(["a"])
    tracker.tell(0, 2, ["a"])
    tracker.follow([lane({ counter: 2, recent: [["a"]] })])
    expect(tracker.isIdle).toBe(true)
  })
})

describe("the table of what was found", () => {
  const number = (value: number) => new Uint8Array(32).fill(value)

  it("has what was noted last, until it is gone", () => {
    const table = createRecordTable()
    table.note([{ place: "a", revision: 3, number: number(1) }], ["b"])
    expect([table.size, table.has("a"), table.has("b")]).toEqual([1, true, false])
    expect([table.revisionOf("a"), table.revisionOf("b")]).toEqual([3, undefined])
    expect([table.numberOf("a"), table.numberOf("b")]).toEqual([number(1), undefined])
    table.note(
      [
        { place: "a", revision: 4, number: undefined },
        { place: "b", revision: 5, number: number(2) },
      ],
      [],
    )
    expect([table.size, table.revisionOf("a"), table.numberOf("a")]).toEqual([2, 4, undefined])
    expect([...table.places()]).toEqual(["a", "b"])
    table.note([], ["a", "none"])
    expect([table.size, table.has("a"), [...table.places()]]).toEqual([1, false, ["b"]])
    table.note([], ["a"])
    expect(table.size).toBe(1)
    table.note([{ place: "a", revision: 6, number: number(3) }], [])
    expect([table.size, table.revisionOf("a")]).toEqual([2, 6])
  })

  it("has the digest of all that is counted", () => {
    const table = createRecordTable()
    const found = (name: string, value: number) => ({
      place: name,
      revision: 1,
      number: number(value),
    })
    table.note([found("a", 1), found("b", 2), { place: "c", revision: 1, number: undefined }], [])
    table.note([found("a", 3)], ["b"])
    const expected = recounted(emptyDigest(), [{ place: "a", number: number(3) }], [])
    expect(table.digest()).toEqual(expected)
  })

  it("holds more than it had room for at first", () => {
    const table = createRecordTable()
    const all = Array.from({ length: 2100 }, (_, i) => ({
      place: `p${i}`,
      revision: i + 1,
      number: number((i % 255) + 1),
    }))
    table.note(all, [])
    expect(table.size).toBe(2100)
    for (const { place: at, revision, number: is } of all) {
      expect(table.revisionOf(at)).toBe(revision)
      if (revision % 100 === 0) expect(table.numberOf(at)).toEqual(is)
    }
  })
})

describe("what is wrong by the digest", () => {
  const number = (value: number) => new Uint8Array(32).fill(value)
  const numbered = (name: string, value: number) => ({ place: name, number: number(value) })
  const laneOf = (...come: readonly { place: string; number: Uint8Array }[]) =>
    laneAfter(newLane(0, 0), { come, gone: [], places: [] })
  const findings = (
    there: readonly (readonly [string, number])[],
    written: readonly (readonly [string, number])[],
    absent: readonly string[] = [],
  ) => {
    const table = createRecordTable()
    table.note(
      there.map(([at, value]) => ({ place: at, revision: 1, number: number(value) })),
      [],
    )
    const come = written.map(([at, value]) => numbered(at, value))
    return digestFindings(table, [laneOf(...come)], absent).map(
      ({ wrong, key }) => `${wrong} ${key}`,
    )
  }
  /** Names of one bucket. */
  const beside = (at: string, many: number): readonly string[] =>
    Array.from({ length: 4000 }, (_, i) => `p${i}`)
      .filter((name) => bucketOf(name) === bucketOf(at))
      .slice(0, many)
  const [one = "", two = "", three = ""] = beside("p0", 3)

  it("is nothing where all is as it was written", () => {
    expect(findings([["a", 1]], [["a", 1]])).toEqual([])
  })

  it("is what is too much, old, or missing, also among its neighbours", () => {
    expect(
      findings(
        [
          [one, 1],
          [two, 2],
        ],
        [[two, 2]],
      ),
    ).toEqual([`resurrected ${one}`])
    expect(
      findings(
        [
          [one, 1],
          [two, 2],
        ],
        [
          [one, 3],
          [two, 2],
        ],
      ),
    ).toEqual([`older ${one}`])
    expect(
      findings(
        [[two, 2]],
        [
          [one, 3],
          [two, 2],
        ],
        [one],
      ),
    ).toEqual([`missing ${one}`])
    expect(findings([], [["usage/1/2", 3]])).toEqual(["missing usage/1/2", "missing usage/1/2"])
  })

  it("has no name where two of one bucket are wrong, unless one is named as missing", () => {
    const there = [
      [one, 1],
      [two, 2],
      [three, 9],
    ] as const
    const written = [
      [one, 3],
      [two, 4],
      [three, 9],
    ] as const
    expect(findings(there, written)).toEqual(["unnamed digest"])
    expect(findings(there, written, beside("p0", 4).slice(3))).toEqual([])
  })

  it("is told of all lanes together", () => {
    const lanes = [laneOf(numbered("a", 1)), { ...laneOf(numbered("b", 2)), lane: 1 }]
    expect(digestOf(lanes).records).toBe(2)
    expect(digestOf([])).toEqual(emptyDigest())
  })
})

describe("what records say of the lanes in which they were written", () => {
  const witnessOf = (
    ...stamps: readonly [lane: number, counter: number, restoredMs?: number][]
  ) => {
    const witness = createLaneWitness()
    for (const [i, [of, counter, restoredMs = 0]] of stamps.entries()) {
      witness.note(`p${i}`, { lane: of, counter, restoredMs })
    }
    return (lanes: readonly LaneRecord[]) =>
      witness
        .findings(lanes)
        .map(({ wrong, key, detail }) => `${wrong} ${key}: ${detail.split("; ")[0]}`)
  }

  it("is nothing where each lane has had so many commits, or more", () => {
    const findings = witnessOf([0, 3], [1, 2], [0, 1])
    expect(findings([lane({ counter: 3 }), lane({ lane: 1, counter: 5 })])).toEqual([])
    expect(witnessOf([2, 0])([])).toEqual([])
  })

  it("is that a lane is older or missing, by the newest record of it", () => {
    const findings = witnessOf([0, 3], [0, 5], [0, 4], [1, 2])
    expect(findings([lane({ counter: 4 })])).toEqual([
      "older digest/0: it has 4, and `p1` was written as commit 5 of it, or later",
      "missing digest/1: `p3` was written as commit 2 of it, or later",
    ])
  })

  it("is counted anew after a restore", () => {
    const findings = witnessOf([0, 9], [0, 2, 100])
    expect(findings([lane({ counter: 2, restoredMs: 100 })])).toEqual([])
    expect(findings([lane({ counter: 1, restoredMs: 100 })])).toHaveLength(1)
    // Records of before the restore are older than it, whatever they count.
    expect(witnessOf([0, 9])([lane({ counter: 1, restoredMs: 100 })])).toEqual([])
    expect(witnessOf([0, 1, 100])([lane({ counter: 9 })])).toHaveLength(1)
  })

  it("is said by lanes of each other, too", () => {
    const seen = newLane(0, 0).seen.map((_, i) => (i === 3 ? 7 : 0))
    expect(witnessOf()([lane({ counter: 1, seen })])).toEqual([
      "missing digest/3: `digest/0` says that it has had 7",
    ])
  })
})
