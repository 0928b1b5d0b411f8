import { createMemoryStorage, type MemoryStorage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import { storageAnchor } from "../../src/engine/hsms/anchoring.js"
import { BackupError } from "../../src/formats/opaque/backup-file.js"
import type { Kms } from "../../src/kms.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { restoreBackup } from "../../src/restore-backup.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account, region } from "../support/accounts.js"
import { inPieces, memoryBackup } from "../support/backups.js"
import { createClock } from "../support/clock.js"
import { openHost, sealOf } from "../support/hosts.js"
import { dumpOf } from "../support/records.js"
import { blobIn } from "../support/replies.js"
import { faultyStorage } from "../support/storages.js"
import { newKey } from "../support/world.js"
import { hostOptions, prepareScene, type Scene } from "../support/writes.js"

const clock = createClock()

let storage: MemoryStorage
let scene: Scene
let kms: Kms

beforeEach(async () => {
  storage = createMemoryStorage()
  scene = await prepareScene(storage, clock)
  kms = await openHost({ storage, clock, ...hostOptions() })
})

const backUp = async (from = kms) => {
  const target = memoryBackup()
  const report = await from.backup(target)
  expect(target.ended()).toBe("closed")
  return { bytes: target.bytes(), report }
}

const restore = (bytes: Uint8Array, into: MemoryStorage, seal = sealOf()) =>
  restoreBackup(inPieces(bytes), { region, storage: into, hsm: createSoftwareHsm({ seal }), clock })

const put = (key: string, value: Uint8Array) =>
  storage.commit({ expect: [], put: [{ key, value }], remove: [] })

const isEmpty = async (store: MemoryStorage) =>
  (await store.list({ prefix: "", limit: 1 })).entries.length === 0

describe("a backup", () => {
  it("brings back everything, in another storage", async () => {
    const Plaintext = Uint8Array.of(1, 2, 3)
    const root = kms.as(kms.administrator)
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId: scene.own, Plaintext }))
    const { bytes, report } = await backUp()
    expect(report).toMatchObject({ madeMs: clock(), bytes: bytes.length, leftOut: [] })
    await root.disableKey({ KeyId: scene.own })
    const other = createMemoryStorage()
    const restored = await restore(bytes, other)
    expect(restored).toMatchObject({ records: report.records, madeMs: report.madeMs, leftOut: 0 })
    const told: KmsEvent[] = []
    const events = (event: KmsEvent) => void told.push(event)
    const back = await openHost({ storage: other, clock, events, ...hostOptions() })
    expect(told.map((event) => event["detail-type"])).toEqual(["Keywright Store Restored"])
    expect((await back.verify()).findings).toEqual([])
    const client = back.as(back.administrator)
    expect((await client.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    await newKey(client)
    expect((await back.verify()).findings).toEqual([])
    const { [`restored/${restored.restoredMs}`]: note = "" } = await dumpOf(other)
    expect(JSON.parse(note).value).toMatchObject({ madeMs: report.madeMs })
  })

  it("holds one moment, while others write", async () => {
    const others = await Promise.all(
      [1, 2].map(() => openHost({ storage, clock, ...hostOptions() })),
    )
    const isOver = { yes: false }
    const made: string[] = []
    const writing = others.map(async (host) => {
      const root = host.as(host.administrator)
      while (!isOver.yes) {
        const KeyId = await newKey(root)
        made.push(KeyId)
        await root.createAlias({ AliasName: `alias/${KeyId}`, TargetKeyId: KeyId })
        await root.deleteAlias({ AliasName: `alias/${KeyId}` })
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })
    try {
      for (let round = 0; round < 4; round += 1) {
        const before = [...made]
        const { bytes } = await backUp()
        const other = createMemoryStorage()
        await restore(bytes, other)
        const back = await openHost({ storage: other, clock, ...hostOptions() })
        expect((await back.verify()).findings).toEqual([])
        const keys = Object.keys(await dumpOf(other))
        for (const id of before) expect(keys).toContain(`key/${account}/${id}`)
      }
    } finally {
      isOver.yes = true
      await Promise.all(writing)
    }
  })

  it("that was cut anywhere, or edited in any byte, is refused, and the storage is empty", async () => {
    const { bytes } = await backUp()
    const into = createMemoryStorage()
    for (let length = 0; length < bytes.length; length += 611) {
      await expect(restore(bytes.slice(0, length), into)).rejects.toBeInstanceOf(BackupError)
      expect(await isEmpty(into)).toBe(true)
    }
    for (let at = 0; at < bytes.length; at += 613) {
      const edited = bytes.with(at, (bytes[at] ?? 0) ^ 1)
      await expect(restore(edited, into)).rejects.toHaveProperty(
        "name",
        expect.stringMatching(/^(?:BackupError|HsmError)$/),
      )
      expect(await isEmpty(into)).toBe(true)
    }
    await expect(restore(Uint8Array.from([...bytes, 0]), into)).rejects.toBeInstanceOf(BackupError)
    expect(await isEmpty(into)).toBe(true)
    await restore(bytes, into)
  })

  it("goes into an empty storage alone, of its own region, with its own root key", async () => {
    const { bytes } = await backUp()
    await expect(restore(bytes, storage)).rejects.toThrow(/not empty/)
    expect((await kms.verify()).findings).toEqual([])
    const into = createMemoryStorage()
    await expect(restore(bytes, into, sealOf(2))).rejects.toMatchObject({
      code: "sealed-by-another",
    })
    const hsm = createSoftwareHsm({ seal: sealOf() })
    const elsewhere = { region: "eu-west-1", storage: into, hsm }
    await expect(restoreBackup(inPieces(bytes), elsewhere)).rejects.toThrow(/of the domain/)
    expect(await isEmpty(into)).toBe(true)
  })

  it("of a damaged store is refused, unless one asks for what is left", async () => {
    const key = `key/${account}/${scene.disabled}`
    const [entry] = await storage.get([key])
    const value = (entry?.value ?? new Uint8Array()).slice()
    value[60] = (value[60] ?? 0) ^ 1
    await put(key, value)
    const target = memoryBackup()
    await expect(kms.backup(target)).rejects.toThrow(/`verify` names them/)
    expect(target.ended()).toBe("aborted")
    const rescued = memoryBackup()
    const { leftOut } = await kms.backup(rescued, { damaged: "leave-out" })
    expect(leftOut).toEqual([key])
    const into = createMemoryStorage()
    expect(await restore(rescued.bytes(), into)).toMatchObject({ leftOut: 1 })
    const back = await openHost({ storage: into, clock, ...hostOptions() })
    const { findings } = await back.verify()
    expect(findings.map((one) => one.key)).toContain(key)
    // The digest is that of what is there: only what leads to the lost record is left.
    expect(findings.map(({ wrong }) => wrong)).not.toContain("unnamed")
    await newKey(back.as(back.administrator))
  })

  it("is how one goes back on purpose, though an anchor knows better", async () => {
    const anchor = storageAnchor(createMemoryStorage())
    const host = await openHost({ storage, clock, anchor, ...hostOptions() })
    const { bytes } = await backUp(host)
    await newKey(host.as(host.administrator))
    const into = createMemoryStorage()
    await restore(bytes, into)
    const copy = into.fork()
    const back = await openHost({ storage: into, clock, anchor, ...hostOptions() })
    await newKey(back.as(back.administrator))
    // That was once. The store before, and the restored one as it was, are old copies now.
    for (const old of [storage, copy]) {
      await expect(
        openHost({ storage: old, clock, anchor, ...hostOptions() }),
      ).rejects.toMatchObject({ name: "StaleStoreError" })
    }
    // Once more, later.
    clock.advanceDays(1)
    const again = createMemoryStorage()
    await restore(bytes, again)
    await openHost({ storage: again, clock, anchor, ...hostOptions() })
  })

  it("is not restored into a store that another host makes meanwhile, which stays whole", async () => {
    const { bytes } = await backUp()
    for (const moment of [0, 1]) {
      const into = createMemoryStorage()
      const hosts: Kms[] = []
      let commits = 0
      const commit: MemoryStorage["commit"] = async (change) => {
        if (commits === moment) {
          const opening = openHost({ storage: into, clock, ...hostOptions() })
          await opening.then((host) => hosts.push(host)).catch(() => undefined)
        }
        commits += 1
        return into.commit(change)
      }
      const restoring = restore(bytes, { ...into, commit })
      if (moment === 0) await expect(restoring).rejects.toThrow("somebody else has made a domain")
      else await restoring
      // Before the first record the store was empty; after it, it is one without a domain.
      expect(hosts).toHaveLength(moment === 0 ? 1 : 0)
      const back = hosts[0] ?? (await openHost({ storage: into, clock, ...hostOptions() }))
      await newKey(back.as(back.administrator))
      expect((await back.verify()).findings).toEqual([])
    }
  })

  it("that was restored to test it is no store that an anchor takes, also without its note", async () => {
    const anchor = storageAnchor(createMemoryStorage())
    const host = await openHost({ storage, clock, anchor, ...hostOptions() })
    const { bytes } = await backUp(host)
    const into = createMemoryStorage()
    const hsm = createSoftwareHsm({ seal: sealOf() })
    const parts = { region, storage: into, hsm, clock }
    const wrong = { ...parts, purpose: "fun" as "use" }
    await expect(restoreBackup(inPieces(bytes), wrong)).rejects.toThrow(TypeError)
    const { restoredMs } = await restoreBackup(inPieces(bytes), { ...parts, purpose: "test" })
    const tested = await openHost({ storage: into, clock, ...hostOptions() })
    expect((await tested.verify()).isWhole).toBe(true)
    await newKey(tested.as(tested.administrator))
    const opening = () => openHost({ storage: into, clock, anchor, ...hostOptions() })
    await expect(opening()).rejects.toThrow(
      "it was restored to test a backup, or says not what for",
    )
    await into.commit({ expect: [], put: [], remove: [`restored/${restoredMs}`] })
    await expect(opening()).rejects.toMatchObject({ name: "StaleStoreError" })
  })

  it("whose target fails is an error, and one whose storage fails leaves nothing", async () => {
    const target = memoryBackup()
    const full = { ...target, write: () => Promise.reject(new Error("the disk is full")) }
    await expect(kms.backup(full)).rejects.toThrow("the disk is full")
    expect(target.ended()).toBe("aborted")
    const { bytes } = await backUp()
    for (const moment of ["before", "after"] as const) {
      for (let calls = 0, broke = true; broke; calls += 1) {
        const into = createMemoryStorage()
        const faulty = faultyStorage(into)
        faulty.breakAfter(calls, moment)
        const hsm = createSoftwareHsm({ seal: sealOf() })
        const restoring = restoreBackup(inPieces(bytes), { region, storage: faulty, hsm, clock })
        const ending = await restoring.then(
          () => "OK",
          () => "failed",
        )
        broke = faulty.mend()
        if (ending === "OK") continue
        const [domain] = await into.get(["domain"])
        // All of it or nothing that could be opened.
        if (domain === undefined) continue
        const back = await openHost({ storage: into, clock, ...hostOptions() })
        expect((await back.verify()).findings).toEqual([])
      }
    }
  })
})
