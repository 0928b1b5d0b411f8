import { createMemoryStorage, type MemoryStorage, type Storage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import { StaleStoreError } from "../../src/ports/anchor.js"
import { createClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { keysUnder, snapshotOf } from "../support/old-records.js"
import { newKey } from "../support/world.js"
import { hostOptions, prepareScene, type Scene } from "../support/writes.js"

/*
 * Parts of a store are put back together, so that each of them agrees with the others of its time.
 * No host here has an anchor, and none remembers what it saw.
 */

const clock = createClock()

let storage: MemoryStorage
let scene: Scene

beforeEach(async () => {
  storage = createMemoryStorage()
  scene = await prepareScene(storage, clock)
})

const open = (on: Storage = storage): Promise<Kms> =>
  openHost({ storage: on, clock, ...hostOptions() })

/** All that stands in a store, as it stands there. */
const sealedIn = async (on: Storage) => (await on.list({ prefix: "", limit: 1000 })).entries

const rootOf = (kms: Kms) => kms.as(kms.administrator)

const named = async (kms: Kms) =>
  (await kms.verify()).findings.map(({ key, wrong }) => `${wrong} ${key}`)

/** A host that has met another one in its lane, and so writes in another. */
async function openInOtherLane(other: Kms): Promise<Kms> {
  let isMet = false
  const meeting: Storage = {
    ...storage,
    commit: async (change) => {
      const isOfKey = change.put.some(({ key }) => key.startsWith("listed/"))
      const Description = "written in between"
      if (isOfKey && !isMet)
        await rootOf(other).updateKeyDescription({ KeyId: scene.own, Description })
      isMet ||= isOfKey
      return storage.commit(change)
    },
  }
  const kms = await open(meeting)
  await newKey(rootOf(kms))
  expect(isMet).toBe(true)
  return kms
}

/** The records that differ in two stores. */
async function differing(one: Storage, other: Storage): Promise<readonly string[]> {
  const keys = [...new Set([...(await keysUnder(one, "")), ...(await keysUnder(other, ""))])]
  const valuesIn = async (from: Storage) =>
    Promise.all(keys.map(async (key) => String((await from.get([key]))[0]?.value)))
  const [ones, others] = [await valuesIn(one), await valuesIn(other)]
  return keys.filter((_, i) => ones[i] !== others[i])
}

describe("the last commits of one host, undone with all that they wrote", () => {
  it("do not open once another host has seen them and written", async () => {
    const first = await open()
    const second = await openInOtherLane(first)
    const before = storage.fork()
    const KeyId = scene.own
    await rootOf(second).retireGrant({ KeyId, GrantId: scene.grants[KeyId] ?? "" })
    const undone = await differing(before, storage)
    expect(undone.some((key) => key.startsWith("grant/"))).toBe(true)
    await first.sweep()
    await newKey(rootOf(first))
    const put = (await before.get(undone)).flatMap((entry) => (entry ? [entry] : []))
    await storage.commit({ expect: [], put, remove: [] })
    await expect(open()).rejects.toBeInstanceOf(StaleStoreError)
    await expect(open()).rejects.toThrow(/of different ages: `digest\/.` has had \d+ commits/)
  })
})

describe("a domain that was put back with its copy", () => {
  it("is named by verify, and opens nothing once anything was written since", async () => {
    const kms = await open()
    const { putBack } = await snapshotOf(storage, ["domain", "domain-copy"])
    await kms.rotateDomainKey()
    const now = storage.fork()
    await putBack()
    expect(await named(await open())).toEqual(["older domain-copy"])
    const put = (await now.get(["domain", "domain-copy"])).flatMap((entry) => entry ?? [])
    await storage.commit({ expect: [], put, remove: [] })
    await newKey(rootOf(await open()))
    await putBack()
    await expect(open()).rejects.toThrow(/`digest\/.` is not what this region has stored/)
  })
})

describe("a store without its domain", () => {
  it("is no empty one, whatever else is left in it", async () => {
    const keys = await keysUnder(storage, "")
    const kinds = new Set(keys.map((key) => key.split("/", 1)[0]))
    for (const kind of kinds) {
      if (kind === "domain") continue
      const rest = storage.fork()
      const remove = keys.filter((key) => key !== kind && !key.startsWith(`${kind}/`))
      await rest.commit({ expect: [], put: [], remove })
      const before = await sealedIn(rest)
      await expect(open(rest)).rejects.toThrow(
        "the storage holds records and has lost their domain: restore a backup",
      )
      // Nothing was written, not even a domain to begin with.
      expect(await sealedIn(rest)).toEqual(before)
    }
    expect(kinds.size).toBeGreaterThan(10)
  })
})
