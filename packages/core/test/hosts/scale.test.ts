import { createMemoryStorage, type Put, type Storage } from "@keywright/storage"
import { beforeAll, describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import { account } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { recordsIn, textBytes } from "../support/records.js"
import { type RecordingStorage, recordingStorage } from "../support/storages.js"
import { newKey } from "../support/world.js"

/*
 * Twenty thousand keys, each with an alias. What a page or a sweep costs is counted in what it
 * asks of storage, which is the same on every machine.
 */

/** The keys of records that a host has read, but for those of the domain and the digest. */
const keysRead = ({ calls }: RecordingStorage): readonly string[] =>
  calls
    .flatMap(({ method, keys }) => (method === "get" ? keys : []))
    .filter((key) => !/^(?:domain$|uses\/|digest\/)/.test(key))

const keysMax = 20_000

const idOf = (i: number) => `${i.toString(16).padStart(8, "0")}-1111-4222-8333-444455556666`

/** Copies of one key and one alias under other names: all that a list or a sweep may look at. */
async function fill(storage: Storage, pattern: string): Promise<void> {
  const records = await recordsIn(storage)
  const textUnder = async (key: string) => {
    const [entry] = await records.get([key])
    return new TextDecoder().decode(entry?.value)
  }
  const key = await textUnder(`key/${account}/${pattern}`)
  const alias = await textUnder(`alias/${account}/pattern`)
  const named = (text: string, id: string) =>
    textBytes(text.replaceAll(pattern, id).replaceAll("alias/pattern", `alias/${id}`))
  const perCommit = 33
  for (let start = 0; start < keysMax; start += perCommit) {
    const put: Put[] = []
    for (let i = start; i < Math.min(start + perCommit, keysMax); i += 1) {
      const id = idOf(i)
      put.push({ key: `key/${account}/${id}`, value: named(key, id) })
      put.push({ key: `listed/${account}/${id}`, value: new Uint8Array() })
      put.push({ key: `alias/${account}/${id}`, value: named(alias, id) })
    }
    await records.commit({ expect: [], put, remove: [] })
  }
}

let kms: Kms
let root: KmsClient
let storage: RecordingStorage

beforeAll(async () => {
  storage = recordingStorage(createMemoryStorage())
  kms = await openHost({ storage })
  root = kms.as(kms.administrator)
  const pattern = await newKey(root)
  await root.createAlias({ AliasName: "alias/pattern", TargetKeyId: pattern })
  await fill(storage, pattern)
  storage.calls.length = 0
})

/** What one page asks of storage. */
async function costOf(page: () => Promise<{ NextMarker?: string | undefined }>) {
  storage.calls.length = 0
  const { NextMarker } = await page()
  const keys = storage.calls.flatMap((call) => (call.method === "get" ? call.keys : []))
  const lists = storage.calls.filter(({ method }) => method === "list")
  return { NextMarker, cost: { lists: lists.length, reads: keys.length } }
}

describe("over twenty thousand keys", () => {
  it("every page of ListKeys costs the same", async () => {
    let Marker: string | undefined
    const costs: unknown[] = []
    let keys = 0
    do {
      const { NextMarker, cost } = await costOf(async () => {
        const page = await root.listKeys({ Limit: 1000, Marker })
        keys += page.Keys?.length ?? 0
        return page
      })
      costs.push(cost)
      Marker = NextMarker
    } while (Marker !== undefined)
    expect(keys).toBe(keysMax + 1)
    expect(costs).toHaveLength(keysMax / 1000 + 1)
    expect(new Set(costs.map((cost) => JSON.stringify(cost)))).toEqual(
      new Set([JSON.stringify({ lists: 1, reads: 0 })]),
    )
  })

  it("every page of ListAliases costs the same, at the beginning and in the middle", async () => {
    let Marker: string | undefined
    const costs: unknown[] = []
    for (let i = 0; i < 100; i += 1) {
      const { NextMarker, cost } = await costOf(() => root.listAliases({ Limit: 100, Marker }))
      costs.push(cost)
      Marker = NextMarker
    }
    expect(new Set(costs.map((cost) => JSON.stringify(cost)))).toEqual(
      new Set([JSON.stringify({ lists: 1, reads: 100 })]),
    )
  })

  it("a sweep with nothing due looks at one page of the agenda, and at no key", async () => {
    storage.calls.length = 0
    const report = await kms.sweep()
    expect(report).toMatchObject({ keysDeleted: 0, keysExpired: 0, keysRotated: 0, unreadable: [] })
    expect(keysRead(storage)).toEqual([])
    const lists = storage.calls.filter(({ method }) => method === "list")
    expect(lists.map(({ keys }) => keys)).not.toContainEqual([expect.stringMatching(/^key/)])
    expect(lists.length).toBeLessThanOrEqual(2)
  })

  it("a sweep stops at the first thing that is not due yet", async () => {
    const KeyId = idOf(keysMax / 2)
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    storage.calls.length = 0
    await kms.sweep()
    expect(keysRead(storage)).toEqual([])
    await root.cancelKeyDeletion({ KeyId })
  })
})
