import type { SweepReport } from "@keywright/core"
import { describe, expect, it, test } from "vitest"
import { rowOf, runRow } from "../support/row-work.js"

const swept: SweepReport = {
  keysDeleted: 0,
  keysExpired: 0,
  keysRotated: 0,
  lateMs: 0,
  messagesDelivered: 0,
  recordsRewrapped: 0,
  recordsToRewrap: 0,
  domainKeysRetired: 0,
  domainKeysLeft: 0,
  regionsUnreachable: [],
  unreadable: [],
  unsettled: [],
}

/** An engine whose sweeps come to this, one after the other, and what they were asked. */
function sweeping(reports: readonly Partial<SweepReport>[]) {
  const asked: unknown[] = []
  const left = reports.values()
  const sweep = async (options: unknown) => {
    asked.push(options)
    return { ...swept, ...left.next().value }
  }
  return { asked, kms: { sweep, rotateDomainKey: async () => void asked.push("rotated") } }
}

describe("sweep", () => {
  test("goes on until it is over, and tells what all of it came to", async () => {
    const { kms, asked } = sweeping([
      {
        keysDeleted: 1,
        keysExpired: 2,
        keysRotated: 3,
        lateMs: 70,
        messagesDelivered: 4,
        recordsRewrapped: 5,
        recordsToRewrap: 9,
        domainKeysRetired: 1,
        domainKeysLeft: 2,
        regionsUnreachable: ["eu-west-1", "us-west-2"],
        unreadable: ["one"],
        next: "agenda/1",
      },
      {
        keysDeleted: 10,
        keysExpired: 20,
        keysRotated: 30,
        lateMs: 80,
        messagesDelivered: 40,
        recordsRewrapped: 50,
        recordsToRewrap: 4,
        domainKeysRetired: 10,
        domainKeysLeft: 1,
        regionsUnreachable: ["us-west-2"],
        unreadable: ["one", "two"],
        unsettled: [{ keyId: "a" } as never],
        next: "agenda/2",
      },
      { keysDeleted: 100, lateMs: 5, domainKeysLeft: 1 },
    ])
    const { found } = await runRow("sweep", { kms })
    expect(asked).toEqual([undefined, { after: "agenda/1" }, { after: "agenda/2" }])
    expect(found.value).toEqual({
      keysDeleted: 111,
      keysExpired: 22,
      keysRotated: 33,
      lateMs: 80,
      messagesDelivered: 44,
      recordsRewrapped: 55,
      recordsToRewrap: 0,
      domainKeysRetired: 11,
      domainKeysLeft: 1,
      regionsUnreachable: ["eu-west-1", "us-west-2"],
      unreadable: ["one", "two"],
      unsettled: [{ keyId: "a" }],
    })
    expect(found.exitCode).toBe(3)
  })

  test("shows what was settled, and is well when nothing is left", async () => {
    const { kms } = sweeping([{ keysRotated: 3, lateMs: 70, recordsToRewrap: 9 }])
    const { found } = await runRow("sweep", { kms })
    expect(found.exitCode).toBe(0)
    expect(found.table).toEqual([
      ["keysDeleted", "0"],
      ["keysExpired", "0"],
      ["keysRotated", "3"],
      ["lateMs", "70"],
      ["messagesDelivered", "0"],
      ["recordsRewrapped", "0"],
      ["domainKeysRetired", "0"],
      ["domainKeysLeft", "0"],
    ])
  })

  it.each<[string, Partial<SweepReport>]>([
    ["a key that could not be settled", { unsettled: [{ keyId: "a" } as never] }],
    ["a record that could not be read", { unreadable: ["one"] }],
  ])("ends with 3 where it has left %s", async (_, left) => {
    const { kms } = sweeping([{ ...left, next: "agenda/1" }, {}])
    expect((await runRow("sweep", { kms })).found.exitCode).toBe(3)
    const alone = sweeping([left])
    expect((await runRow("sweep", { kms: alone.kms })).found.exitCode).toBe(3)
  })
})

describe("rewrap", () => {
  test("makes a domain key, and sweeps until everything is under it", async () => {
    const { kms, asked } = sweeping([
      { recordsRewrapped: 4, recordsToRewrap: 3, domainKeysLeft: 2 },
      { recordsRewrapped: 3, recordsToRewrap: 0, domainKeysLeft: 1 },
      {},
    ])
    const { found, bars } = await runRow("rewrap", { kms })
    expect(asked).toEqual(["rotated", undefined, undefined])
    expect(found).toEqual({
      value: { recordsRewrapped: 7, recordsToRewrap: 0, domainKeysLeft: 1 },
      text:
        "7 records are under the new domain key; 0 are left, and 1 former domain keys, which " +
        "sweeps drop a day after nothing needs them",
    })
    expect(bars).toEqual([
      ["records", 4, 7],
      ["records", 7, 7],
      ["records", "end"],
    ])
  })

  test("ends where what is left cannot be put under it", async () => {
    const { kms, asked } = sweeping([
      { recordsRewrapped: 1, recordsToRewrap: 1 },
      { recordsRewrapped: 0, recordsToRewrap: 1 },
    ])
    const { found } = await runRow("rewrap", { kms })
    expect(asked).toHaveLength(3)
    expect(found.value).toMatchObject({ recordsRewrapped: 1, recordsToRewrap: 1 })
  })

  test("gives up when others write faster", async () => {
    let sweeps = 0
    const sweep = async () => {
      sweeps += 1
      return { ...swept, recordsRewrapped: 1, recordsToRewrap: 1 }
    }
    const rewrapping = runRow("rewrap", { kms: { sweep, rotateDomainKey: async () => undefined } })
    await expect(rewrapping).rejects.toThrow(
      "others write faster than records can be put under the new domain key",
    )
    expect(sweeps).toBe(100_000)
  })
})

type Heard = (at: { readonly records: number; readonly total: number }) => void

describe("verify", () => {
  const verifying = (report: object) => ({
    verify: async ({ onProgress }: { onProgress: Heard }) => {
      onProgress({ records: 2, total: 5 })
      return report
    },
  })
  const bars = [
    ["records", 2, 5],
    ["records", "end"],
  ]

  test("says how much of a store is whole", async () => {
    const report = { isWhole: true, records: 5, findings: [], findingsCount: 0 }
    expect(await runRow("verify", { kms: verifying(report) })).toEqual({
      found: { value: report, text: "5 records, and nothing is wrong" },
      bars,
    })
  })

  test("names what is not, and ends with 3", async () => {
    const findings = [
      { key: "k/1", wrong: "missing", detail: "one" },
      { key: "k/2", wrong: "foreign", detail: "" },
    ]
    const report = { isWhole: false, records: 5, findings, findingsCount: 7 }
    expect(await runRow("verify", { kms: verifying(report) })).toEqual({
      found: {
        value: report,
        table: [
          ["record", "wrong", "7 findings"],
          ["k/1", "missing", "one"],
          ["k/2", "foreign", ""],
        ],
        exitCode: 3,
      },
      bars,
    })
  })
})

describe("backup", () => {
  test("says how much it holds, and where not to keep it", async () => {
    const backup = async (_target: unknown, { onProgress }: { onProgress: Heard }) => {
      onProgress({ records: 2, total: 5 })
      return { records: 5, bytes: 999 }
    }
    const { found, bars } = await runRow("backup", {
      args: ["/none/keys.backup"],
      kms: { backup },
    })
    expect(found).toEqual({
      value: { records: 5, bytes: 999 },
      text: "5 records in /none/keys.backup, 999 bytes: keep them apart from the root key",
    })
    expect(bars).toEqual([
      ["records", 2, 5],
      ["records", "end"],
    ])
  })
})

describe("reseal", () => {
  test("asks before the former root key is retired, and not before", () => {
    const ask = (given: object) => rowOf("reseal").confirm?.({ given } as never)
    expect(ask({ retire: true })).toBe(
      "Hosts that have only the former root key can open the database no more. Retire it?",
    )
    expect(ask({})).toBeUndefined()
  })

  it.each([
    ["none", {}],
    ["both", { toRootKeyFile: "a", toPassphraseFile: "b" }],
  ])("takes one new secret, and not %s", async (_, given) => {
    await expect(runRow("reseal", { given })).rejects.toMatchObject({
      name: "UsageError",
      message: "name one of --to-root-key-file and --to-passphrase-file",
    })
  })
})
