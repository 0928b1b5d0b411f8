import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { storageAnchor } from "../../src/engine/hsms/anchoring.js"
import { createMemoryKms } from "../../src/memory.js"
import { openSealedStorage } from "../../src/open-sealed-storage.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { restoreBackup } from "../../src/restore-backup.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account } from "../support/accounts.js"
import { inPieces, memoryBackup } from "../support/backups.js"
import { createClock } from "../support/clock.js"
import { handTimer } from "../support/hand-timer.js"
import { openHost, sealOf } from "../support/hosts.js"
import { openXksStore, xksStoreInput } from "../support/key-stores.js"
import { tamper } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { newKey, openWorld } from "../support/world.js"

const newHsm = () => createSoftwareHsm({ seal: sealOf() })
const Plaintext = Uint8Array.of(1)

/** What a host has told of itself, and by what name. */
function listener() {
  const told: [string, unknown][] = []
  const events = (event: KmsEvent) => {
    expect(event).toMatchObject({ account, region: "us-east-1" })
    told.push([event["detail-type"], event.detail])
  }
  return { events, told }
}

describe("a host tells whoever listens", () => {
  it("when its anchor could not be written", async () => {
    const [{ events, told }, { timers, timer }] = [listener(), handTimer()]
    const outside = createMemoryStorage()
    let isBroken = false
    const commit: Storage["commit"] = (change) =>
      isBroken ? Promise.reject(new Error("the disk is full")) : outside.commit(change)
    const anchor = storageAnchor({ ...outside, commit })
    const kms = await openHost({ events, timer, anchor, anchorLagMs: 77 })
    isBroken = true
    await newKey(kms.as(kms.administrator))
    for (const one of timers.filter(({ ms }) => ms === 77)) one.end()
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([["Keywright Write Late", { write: "anchor", waiting: 1 }]])
  })

  it("when uses of keys could not be written", async () => {
    const { events, told } = listener()
    const inner = createMemoryStorage()
    const commit: Storage["commit"] = (change) =>
      change.quiet === true ? Promise.reject(new Error("the disk is full")) : inner.commit(change)
    const kms = await openHost({ events, storage: { ...inner, commit } })
    const root = kms.as(kms.administrator)
    await root.encrypt({ KeyId: await newKey(root), Plaintext })
    await expect(kms.sweep()).rejects.toThrow("the storage failed")
    expect(told).toEqual([["Keywright Write Late", { write: "last usages", waiting: 1 }]])
  })

  it("when its store was restored, and when a record was refused", async () => {
    const kms = await openHost()
    const KeyId = await newKey(kms.as(kms.administrator))
    const target = memoryBackup()
    await kms.backup(target)
    const storage = createMemoryStorage()
    const clock = createClock()
    const options = { region: "us-east-1", storage, hsm: newHsm(), clock }
    await restoreBackup(inPieces(target.bytes()), options)
    const { events, told } = listener()
    const restored = await openHost({ storage, events, clock })
    expect(told).toEqual([
      ["Keywright Store Restored", { restored: new Date(clock()).toISOString() }],
    ])
    const record = `key/${account}/${KeyId}`
    await tamper(storage, record, "no record")
    const refused = restored.as(restored.administrator).describeKey({ KeyId })
    await expectRefusal(refused, "KMSInternalException")
    expect(told[1]).toEqual([
      "Keywright Record Refused",
      { record, reason: expect.stringContaining(record) },
    ])
  })
})

describe("a host that can", () => {
  it("reaches proxies of external key stores, and another one does not", async () => {
    const { root, newStoreKey, proxy } = await openXksStore()
    const KeyId = await newStoreKey()
    expect(await outcomeOf(root.encrypt({ KeyId, Plaintext }))).toBe("OK")
    const other = await openWorld()
    const made = other.root.createCustomKeyStore(xksStoreInput(proxy))
    await expectRefusal(made, "XksProxyUriUnreachableException")
  })

  it("counts requests, by itself or with the hosts of its region", async () => {
    const requestQuotas = { ListKeys: 2 }
    const outcomes = async (requestQuotasOf: "host" | "region" | undefined) => {
      const storage = createMemoryStorage()
      const options = { storage, requestQuotas, requestQuotasOf, clock: createClock() }
      const hosts = [await openHost(options), await openHost(options)]
      const all: string[] = []
      for (const kms of [...hosts, ...hosts]) {
        all.push(await outcomeOf(kms.as(kms.administrator).listKeys({})))
      }
      return all.filter((one) => one === "OK").length
    }
    expect([await outcomes("host"), await outcomes(undefined), await outcomes("region")]).toEqual([
      4, 4, 2,
    ])
  })

  it("asks for every page of a list the same, whatever becomes of the input", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    for (const name of ["a", "b", "c"]) {
      await root.createAlias({ AliasName: `alias/${name}`, TargetKeyId: KeyId })
    }
    const input: { KeyId?: string; Limit: number } = { KeyId, Limit: 2 }
    const names: unknown[] = []
    for await (const { AliasName } of root.listAliases.all(input)) {
      names.push(AliasName)
      delete input.KeyId
    }
    expect(names).toEqual(["alias/a", "alias/b", "alias/c"])
  })

  it("draws its own entropy, for keys and for the ids of its requests", async () => {
    const drawn = { ids: 0, traces: 0 }
    const drawing = (name: keyof typeof drawn) => (target: Uint8Array) => {
      drawn[name] += 1
      return globalThis.crypto.getRandomValues(target)
    }
    const options = { entropy: drawing("ids"), traceEntropy: drawing("traces") }
    const kms = await openHost({ ...options, audit: () => undefined })
    const root = kms.as(kms.administrator)
    const before = { ...drawn }
    await root.listKeys({})
    // The ids of the request and of its audit event.
    expect([drawn.ids - before.ids, drawn.traces - before.traces]).toEqual([0, 2])
    await newKey(root)
    expect(drawn.ids).toBeGreaterThan(before.ids)
  })
})

describe("a KMS in memory", () => {
  it("draws nothing before its first call, and all from what it is given", async () => {
    let draws = 0
    const entropy = (target: Uint8Array) => {
      draws += 1
      return globalThis.crypto.getRandomValues(target)
    }
    const kms = await createMemoryKms({ entropy })
    expect(draws).toBe(0)
    await newKey(kms.as(kms.administrator))
    expect(draws).toBeGreaterThan(2)
  })
})

it("storages beside the engine's that write at once all write", async () => {
  const disk = createMemoryStorage()
  const open = () => openSealedStorage({ name: "identity", storage: disk, hsm: newHsm() })
  const storages = [await open(), await open(), await open()]
  const put = (key: string) => [{ key, value: Plaintext }]
  const writes = storages.map(({ storage }, i) => {
    const one = (at: number) => storage.commit({ expect: [], put: put(`k/${i}/${at}`), remove: [] })
    return Promise.all([one(0), one(1), one(2)])
  })
  expect((await Promise.all(writes)).flat().every(Boolean)).toBe(true)
})
