import { createMemoryStorage, type Storage, valueBytesMax } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { restoreStore } from "../../src/engine/care/restore.js"
import { createBackupWriter } from "../../src/formats/opaque/backup-file.js"
import { backupFormat, backupPlace } from "../../src/formats/stored/backup-records.js"
import { domainRecordFormat } from "../../src/formats/stored/key-records.js"
import { emptyDigest } from "../../src/formats/stored/lane-record.js"
import { recounted } from "../../src/model/store-digest.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { plainSealer, sealPlainly } from "../support/plain-sealer.js"

const domainName = "aws:us-east-1"
const sealer = plainSealer()
const domain = domainRecordFormat("domain").encode({
  name: domainName,
  sealedState: Uint8Array.of(1),
})

interface Parts {
  readonly records?: readonly (readonly [place: string, bytes: Uint8Array | undefined])[]
  /** What it says of itself, where that is not as it is. */
  readonly statement?: object
  readonly place?: string
}

const recordOf = (place: string, length = 9): readonly [string, Uint8Array] => [
  place,
  sealPlainly({ place, bytes: new Uint8Array(length) }),
]

/** A backup of these records, with a statement of its own. */
async function backupOf({
  records = [["domain", domain]],
  statement = {},
  place = backupPlace,
}: Parts) {
  const writer = createBackupWriter()
  const pieces = [writer.begin()]
  const there = new Map<string, Uint8Array>()
  for (const [at, bytes] of records) {
    pieces.push(bytes === undefined ? writer.remove(at) : writer.put(at, bytes))
    if (bytes === undefined) there.delete(at)
    else there.set(at, bytes)
  }
  const placed = [...there]
    .filter(([at]) => at !== "domain")
    .map(([at, bytes]) => ({ place: at, bytes }))
  const numbers = await sealer.digestRecords(placed)
  const come = placed.map((one, i) => ({ place: one.place, number: numbers[i] as Uint8Array }))
  const { sums } = recounted(emptyDigest(), come, [])
  const said = {
    madeMs: 7,
    restoredMs: 0,
    records: there.size,
    sums,
    leftOut: 2,
    hash: writer.hash(),
    ...statement,
  }
  pieces.push(writer.end(sealPlainly({ place, bytes: backupFormat.encode(said) })))
  return Uint8Array.from(Buffer.concat(pieces))
}

/** Restores it, with the sizes of the commits that this takes. */
async function restored(bytes: Uint8Array, options: object = {}) {
  const inner = createMemoryStorage()
  const commits: number[] = []
  const storage: Storage = {
    ...inner,
    commit: (change) => {
      commits.push(change.put.length + change.remove.length)
      return inner.commit(change)
    },
  }
  const opened: unknown[] = []
  const hsm = {
    ...sealer,
    openDomain: async (...of: unknown[]) => void opened.push(of),
  } as unknown as RegionHsm
  const source = (async function* () {
    yield bytes
  })()
  const parts = { storage, hsm, domainName, clock: () => 100 }
  const outcome = await restoreStore(source, parts, options).catch((error: unknown) => error)
  const names = async () =>
    (await inner.list({ prefix: "", limit: 1000 })).entries.map(({ key }) => key)
  return { outcome, commits, opened, names: await names() }
}

const foreign = { name: "BackupError", message: expect.stringContaining("not genuine") }

describe("a backup that is restored", () => {
  it("says when it was made and what it lacks, and is opened as its domain", async () => {
    const bytes = await backupOf({ records: [["domain", domain], recordOf("key/1")] })
    const { outcome, opened, names } = await restored(bytes)
    expect(outcome).toEqual({ records: 2, madeMs: 7, restoredMs: 100, leftOut: 2 })
    expect(opened).toEqual([[domainName, Uint8Array.of(1)]])
    expect(names).toEqual(["digest/0", "domain", "key/1", "restored/100"])
  })

  it("holds of each place what came last", async () => {
    const records = [
      recordOf("a"),
      ["domain", domain],
      recordOf("b"),
      ["a", undefined],
      recordOf("b"),
    ] as const
    const { outcome, names } = await restored(await backupOf({ records }))
    expect(outcome).toMatchObject({ records: 2 })
    expect(names).toEqual(["b", "digest/0", "domain", "restored/100"])
  })

  it("is later than the restore before it", async () => {
    const { outcome } = await restored(await backupOf({ statement: { restoredMs: 100 } }))
    expect(outcome).toMatchObject({ restoredMs: 101 })
    const older = await restored(await backupOf({ statement: { restoredMs: 99 } }))
    expect(older.outcome).toMatchObject({ restoredMs: 100 })
  })

  it("is written in as many commits as its records take, by number and by bytes", async () => {
    const many = Array.from({ length: 200 }, (_, i) => recordOf(`k${i}`))
    const { commits } = await restored(await backupOf({ records: [["domain", domain], ...many] }))
    expect(commits).toEqual([90, 90, 20, 3])
    const head = 3 + "k0".length
    const large = Array.from({ length: 5 }, (_, i) => recordOf(`k${i}`, valueBytesMax - head))
    const byBytes = await restored(await backupOf({ records: [["domain", domain], ...large] }))
    expect(byBytes.commits).toEqual([2, 2, 1, 3])
  })

  it.each<[string, Parts]>([
    ["without its domain", { records: [recordOf("key/1")] }],
    ["whose statement was sealed for elsewhere", { place: "anchor" }],
    ["whose statement is about other bytes", { statement: { hash: "0".repeat(64) } }],
    [
      "in which a record is not genuine",
      {
        records: [
          ["domain", domain],
          ["key/1", sealPlainly({ place: "key/2", bytes: new Uint8Array() })],
        ],
      },
    ],
  ])("is refused as not genuine: %s", async (_, parts) => {
    const { outcome, names } = await restored(await backupOf(parts))
    expect(outcome).toMatchObject(foreign)
    expect(names).toEqual([])
  })

  it.each<[string, object]>([
    ["of more records", { records: 2 }],
    ["of other records", { sums: emptyDigest().sums.map((byte, i) => (i === 31 ? 1 : byte)) }],
  ])("is refused where its statement is one %s", async (_, statement) => {
    const { outcome, names } = await restored(await backupOf({ statement }))
    expect((outcome as Error).message).toContain("has not kept all")
    expect(names).toEqual([])
  })

  it("is left with the reason for that, at its records and when they are counted", async () => {
    const bytes = await backupOf({ records: [["domain", domain], recordOf("key/1")] })
    const frames = 3
    for (const asks of [0, frames]) {
      let asked = 0
      const reason = new Error("enough")
      const signal = {
        get aborted() {
          asked += 1
          return asked > asks
        },
        reason,
      }
      const { outcome, names } = await restored(bytes, { signal })
      expect([outcome, names]).toEqual([reason, []])
      asked = 0
      const silent = Object.create(signal, { reason: { value: undefined } })
      expect((await restored(bytes, { signal: silent })).outcome).toEqual(new Error("stopped"))
    }
  })
})
