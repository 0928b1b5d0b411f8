import { createMemoryStorage, type Entry, type MemoryStorage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import { account } from "../support/accounts.js"
import { createClock, dayMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
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

const entriesOf = async (): Promise<readonly Entry[]> =>
  (await storage.list({ prefix: "", limit: 1000 })).entries.filter(
    ({ key }) => !key.startsWith("digest/"),
  )

const put = (key: string, value: Uint8Array) =>
  storage.commit({ expect: [], put: [{ key, value }], remove: [] })
const remove = (key: string) => storage.commit({ expect: [], put: [], remove: [key] })

const named = async () =>
  (await kms.verify()).findings.map(({ key, wrong }) => `${wrong} ${key}`).toSorted()

describe("a store that is verified", () => {
  it("is whole after everything that an engine does", async () => {
    const { findings, isWhole, records, kinds } = await kms.verify()
    expect(findings).toEqual([])
    expect(isWhole).toBe(true)
    expect(records).toBe((await entriesOf()).length)
    expect(kinds).toMatchObject({ key: 4, alias: 3, grant: 2 })
    expect(kinds).not.toHaveProperty("unknown")
    clock.advanceDays(31)
    await kms.sweep()
    await kms.rotateDomainKey()
    await newKey(kms.as(kms.administrator))
    expect(await named()).toEqual([])
  })

  it("names each record that was edited, in any of its bytes", async () => {
    for (const { key, value } of await entriesOf()) {
      for (const at of [0, 5, 14, value.length >> 1, value.length - 1]) {
        const edited = value.slice()
        edited[at] = (edited[at] ?? 0) ^ 1
        await put(key, edited)
        const findings = await named()
        // Of the domain only its copy tells.
        expect(findings).toContain(key === "domain" ? "older domain" : `edited ${key}`)
        expect(findings).toHaveLength(1)
        await put(key, value)
      }
    }
    expect(await named()).toEqual([])
  })

  it("names each record that was removed, also where no other one leads there", async () => {
    for (const { key, value } of await entriesOf()) {
      await remove(key)
      const { isWhole, findings } = await kms.verify()
      expect(isWhole).toBe(false)
      expect(findings.map((one) => one.key)).toContain(key)
      expect(findings.map((one) => one.wrong)).not.toContain("unnamed")
      await put(key, value)
    }
  })

  it("names each record that stands there in an older version", async () => {
    const before = new Map((await entriesOf()).map(({ key, value }) => [key, value]))
    const root = kms.as(kms.administrator)
    await root.updateKeyDescription({ KeyId: scene.own, Description: "new" })
    await root.updateAlias({ AliasName: "alias/other", TargetKeyId: scene.own })
    await root.disableKeyRotation({ KeyId: scene.own })
    await newKey(root)
    const changed = (await entriesOf()).filter(({ key, value }) => {
      const old = before.get(key)
      return old !== undefined && String(old) !== String(value)
    })
    expect(changed.map(({ key }) => key)).toContain(`alias/${account}/other`)
    expect(changed.length).toBeGreaterThan(3)
    for (const { key, value } of changed) {
      await put(key, before.get(key) as Uint8Array)
      expect(await named()).toContain(`older ${key}`)
      await put(key, value)
    }
    expect(await named()).toEqual([])
  })

  it("names each record that was removed and is back", async () => {
    const before = await entriesOf()
    const root = kms.as(kms.administrator)
    await root.deleteAlias({ AliasName: "alias/other" })
    await root.retireGrant({ KeyId: scene.own, GrantId: scene.grants[scene.own] ?? "" })
    clock.advanceDays(31)
    await kms.sweep()
    const now = new Set((await entriesOf()).map(({ key }) => key))
    const gone = before.filter(({ key }) => !now.has(key))
    expect(gone.map(({ key }) => key)).toContain(`key/${account}/${scene.pending}`)
    expect(gone.length).toBeGreaterThan(5)
    for (const { key, value } of gone) {
      await put(key, value)
      expect(await named()).toContain(`resurrected ${key}`)
      await remove(key)
    }
    expect(await named()).toEqual([])
  })

  it("tells how far it is, and stops when it is told to", async () => {
    const told: number[] = []
    const { records } = await kms.verify({ onProgress: (progress) => told.push(progress.total) })
    expect(told).toEqual([records])
    const reason = new Error("enough")
    await expect(kms.verify({ signal: { aborted: true, reason } })).rejects.toBe(reason)
  })

  it("takes nothing for wrong that others write meanwhile", async () => {
    const others = await Promise.all(
      [1, 2, 3].map(() => openHost({ storage, clock, ...hostOptions() })),
    )
    const isOver = { yes: false }
    const writing = others.map(async (host) => {
      const root = host.as(host.administrator)
      for (let i = 0; !isOver.yes; i += 1) {
        const KeyId = await newKey(root)
        await root.createAlias({ AliasName: `alias/${KeyId}`, TargetKeyId: KeyId })
        await root.updateKeyDescription({ KeyId, Description: `${i}` })
        if (i % 2 === 0) await root.deleteAlias({ AliasName: `alias/${KeyId}` })
        if (i % 3 === 0) await root.scheduleKeyDeletion({ KeyId })
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })
    try {
      for (let round = 0; round < 5; round += 1) {
        expect((await kms.verify()).findings).toEqual([])
      }
    } finally {
      isOver.yes = true
      await Promise.all(writing)
    }
    expect((await kms.verify()).findings).toEqual([])
  })

  it("that was put back under a running host is noticed by its next write", async () => {
    const old = storage.fork()
    const root = kms.as(kms.administrator)
    await root.updateKeyDescription({ KeyId: scene.own, Description: "new" })
    const { entries } = await old.list({ prefix: "", limit: 1000 })
    for (const { key, value } of entries) await put(key, value)
    await expect(
      root.updateKeyDescription({ KeyId: scene.own, Description: "newer" }),
    ).rejects.toMatchObject({ cause: expect.objectContaining({ name: "StaleStoreError" }) })
    expect(dayMs).toBeGreaterThan(0)
  })
})
