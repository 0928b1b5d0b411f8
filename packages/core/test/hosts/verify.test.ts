import {
  createMemoryStorage,
  type Entry,
  type MemoryStorage,
  type Storage,
} from "@keywright/storage"
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

const namedBy = async (host: Kms) =>
  (await host.verify()).findings.map(({ key, wrong }) => `${wrong} ${key}`).toSorted()
const named = () => namedBy(kms)

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

  it("is whole when a key that is not enabled misses its rotation", async () => {
    const root = kms.as(kms.administrator)
    const KeyId = await newKey(root)
    await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    await root.disableKey({ KeyId })
    clock.advanceDays(91)
    await kms.sweep()
    expect(await named()).toEqual([])
    await root.enableKey({ KeyId })
    expect(await kms.sweep()).toMatchObject({ keysRotated: 1 })
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

  describe("of whose digest one lane was put back", () => {
    const lane = "digest/0"
    const laneNow = async () => (await storage.get([lane]))[0]?.value.slice()
    const putBack = async (old: Uint8Array | undefined) => {
      if (old === undefined) await remove(lane)
      else await put(lane, old)
    }
    /** One that has seen nothing of the store. */
    const stranger = () => openHost({ storage, clock, ...hostOptions() })
    const changes: readonly (readonly [string, (host: Kms) => Promise<unknown>])[] = [
      ["a key was made", (host) => newKey(host.as(host.administrator))],
      [
        "a description was changed",
        (host) =>
          host
            .as(host.administrator)
            .updateKeyDescription({ KeyId: scene.own, Description: "newer" }),
      ],
      [
        "an alias was deleted",
        (host) => host.as(host.administrator).deleteAlias({ AliasName: "alias/other" }),
      ],
      ["a domain key was made", (host) => host.rotateDomainKey()],
      [
        "everything was put under another domain key",
        async (host) => {
          await host.rotateDomainKey()
          await host.sweep()
        },
      ],
    ]

    it.each(changes)("names the lane and no record, when %s since", async (_, change) => {
      const old = await laneNow()
      await change(kms)
      const now = await laneNow()
      expect(now).not.toEqual(old)
      await putBack(old)
      const host = await stranger()
      expect(await namedBy(host)).toEqual([`older ${lane}`])
      const [{ detail } = { detail: "" }] = (await host.verify()).findings
      expect(detail).toMatch(/^it has \d+, and `.+` was written as commit \d+ of it, or later; /)
      await putBack(now)
      expect(await namedBy(await stranger())).toEqual([])
    })

    it("names it when it is missing beside others, and damaged records as ever", async () => {
      const own = kms.as(kms.administrator)
      let isMet = false
      const meeting: Storage = {
        ...storage,
        commit: async (change) => {
          const isOfKey = change.put.some(({ key }) => key.startsWith("listed/"))
          const Description = "written in between"
          if (isOfKey && !isMet) await own.updateKeyDescription({ KeyId: scene.own, Description })
          isMet ||= isOfKey
          return storage.commit(change)
        },
      }
      const other = await openHost({ storage: meeting, clock, ...hostOptions() })
      await newKey(other.as(other.administrator))
      const { entries } = await storage.list({ prefix: "digest/", limit: 20 })
      expect(entries).toHaveLength(2)
      const [{ key, value } = { key: "", value: new Uint8Array() }] = entries.slice(1)
      await remove(key)
      expect(await namedBy(await stranger())).toEqual([`missing ${key}`])
      const at = `alias/${account}/other`
      const [alias] = await storage.get([at])
      await remove(at)
      expect(await namedBy(await stranger())).toEqual([`missing ${at}`, `missing ${key}`])
      await put(at, alias?.value ?? new Uint8Array())
      await put(key, value)
      expect(await namedBy(await stranger())).toEqual([])
      // This one was seen by who wrote in the other.
      await remove(lane)
      await expect(stranger()).rejects.toThrow(/of different ages: `digest\/0` has had \d+ commits/)
    })

    it("takes no lane for old because hosts meet in it", async () => {
      const hosts = await Promise.all([1, 2, 3, 4].map(stranger))
      for (let round = 0; round < 3; round += 1) {
        await Promise.all(
          hosts.map(async (host) => {
            await newKey(host.as(host.administrator))
            await host.rotateDomainKey()
            await newKey(host.as(host.administrator))
            await host.sweep()
          }),
        )
        expect(await namedBy(await stranger())).toEqual([])
      }
    })
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
