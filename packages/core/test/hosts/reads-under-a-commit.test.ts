import { createMemoryStorage, type MemoryStorage, type Storage } from "@keywright/storage"
import { beforeAll, describe, expect, it } from "vitest"
import { laneKeys } from "../../src/formats/stored/lane-record.js"
import type { Kms } from "../../src/kms.js"
import { createClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { newKey } from "../support/world.js"
import {
  hostOptions,
  prepareScene,
  type Scene,
  writingCalls,
  writingOperations,
} from "../support/writes.js"

/** Which key of the scene lets the operation go on. */
const keyFor: Readonly<Record<string, "imported" | "disabled" | "pending" | "single">> = {
  CancelKeyDeletion: "pending",
  DeleteImportedKeyMaterial: "imported",
  EnableKey: "disabled",
  ImportKeyMaterial: "imported",
  RotateKeyOnDemand: "single",
}

/** What a call reads and its commit need not expect. */
const needNotHold: readonly { readonly key: RegExp; readonly why: string }[] = [
  { key: /^usage\//, why: "a use is written a while after it was made, and holds up nobody" },
  { key: /^region\//, why: "who withdraws trust changes the domain, which every commit expects" },
  { key: /^domain\//, why: "the domain of a cluster is made once, by whoever is first" },
]

/** It commits when another region has answered: `regions/crash.test.ts`. */
const elsewhere: readonly string[] = ["UpdatePrimaryRegion"]

const clock = createClock()

/** Another host writes an entry once the operation has decided. */
interface Meddling {
  readonly key: string
  /** Before the commit of that number. */
  readonly commit: number
}

interface WatchedStorage extends Storage {
  /** What was read before each commit, by the operation and not by what writes for it. */
  reads(): readonly ReadonlySet<string>[]
  /** What was read since another host has written. */
  readsSince(): ReadonlySet<string>
  /** From now on. */
  watch(meddling?: Meddling): void
}

const garbage = Uint8Array.of(1)

/** Whoever reads the lane of a digest is about to write: the operation has decided. */
const isAboutToWrite = (keys: readonly string[]): boolean =>
  keys.some((key) => laneKeys.includes(key))

/** Knows what was read, and lets another host write one of those entries at the last moment. */
function watchedStorage(inner: MemoryStorage): WatchedStorage {
  let reads: Set<string>[] = [new Set()]
  let since = new Set<string>()
  let meddling: Meddling | undefined
  let meddled: { readonly key: string; readonly wasThere: boolean } | undefined
  let stamps = 0

  const write = (key: string, value: Uint8Array | undefined): Promise<boolean> =>
    inner.commit({
      expect: [],
      put: value === undefined ? [] : [{ key, value }],
      remove: value === undefined ? [key] : [],
    })

  const meddle = async (): Promise<void> => {
    if (meddling?.commit !== reads.length - 1 || meddled !== undefined) return
    const { key } = meddling
    const [entry] = await inner.get([key])
    meddled = { key, wasThere: entry !== undefined }
    await write(key, entry?.value.slice() ?? garbage)
  }

  /** What was made is gone again when it is looked at. */
  const undo = async (isRead: (key: string) => boolean): Promise<void> => {
    if (meddled !== undefined && !meddled.wasThere && isRead(meddled.key)) {
      await write(meddled.key, undefined)
    }
  }

  const note = (keys: readonly string[]): void => {
    for (const key of keys) {
      reads.at(-1)?.add(key)
      if (meddled !== undefined) since.add(key)
    }
  }

  return {
    reads: () => reads.slice(0, -1),
    readsSince: () => since,
    watch(next) {
      reads = [new Set()]
      since = new Set()
      meddled = undefined
      meddling = next
    },
    get: async (keys) => {
      if (isAboutToWrite(keys)) await meddle()
      else {
        await undo((key) => keys.includes(key))
        note(keys)
      }
      return inner.get(keys)
    },
    list: async (range) => {
      await undo((key) => key.startsWith(range.prefix))
      const page = await inner.list(range)
      note(page.entries.map(({ key }) => key))
      return page
    },
    commit: async (change) => {
      const isWritten = await inner.commit(change)
      reads.push(new Set())
      return isWritten
    },
    // Nothing is known without being read.
    stamp: () => (stamps += 1),
    close: () => inner.close(),
  }
}

let filled: MemoryStorage
/** The same with a connected key store. */
let connected: MemoryStorage
let scene: Scene & { readonly single: string; readonly other: string }

beforeAll(async () => {
  filled = createMemoryStorage()
  const made = await prepareScene(filled, clock)
  const kms = await openHost({ storage: filled, clock, ...hostOptions() })
  const root = kms.as(kms.administrator)
  const single = await newKey(root)
  await root.createAlias({ AliasName: "alias/old", TargetKeyId: single })
  scene = { ...made, single, other: await newKey(root) }
  connected = filled.fork()
  const host = await openHost({ storage: connected, clock, ...hostOptions() })
  await host.as(host.administrator).connectCustomKeyStore({ CustomKeyStoreId: scene.store })
})

async function open(isConnected: boolean) {
  const storage = watchedStorage((isConnected ? connected : filled).fork())
  const kms = await openHost({ storage, clock, ...hostOptions() })
  // With the first write a host says that it uses the domain key.
  await kms.as(kms.administrator).updateKeyDescription({ KeyId: scene.other, Description: "new" })
  return { storage, kms }
}

const call = (name: string, kms: Kms): Promise<unknown> =>
  writingCalls[name]?.(kms.as(kms.administrator), scene[keyFor[name] ?? "own"], scene, kms) ??
  Promise.reject(new Error("there is no such call"))

describe("what another host writes while an operation decides", () => {
  const names = writingOperations.filter((name) => !elsewhere.includes(name))

  it.each(names)("makes it decide anew, whatever it has read: %s", async (name) => {
    const isConnected = name === "DisconnectCustomKeyStore"
    const { storage, kms } = await open(isConnected)
    storage.watch()
    await call(name, kms)
    const noticed: string[] = []
    const unnoticed: string[] = []
    for (const [commit, read] of storage.reads().entries()) {
      for (const key of read) {
        if (needNotHold.some((one) => one.key.test(key))) continue
        const other = await open(isConnected)
        other.storage.watch({ key, commit })
        await call(name, other.kms)
        // What was drawn for the other call, this one does not read.
        if (other.storage.reads()[commit]?.has(key) !== true) continue
        if (other.storage.readsSince().has(key)) noticed.push(key)
        else unnoticed.push(`before commit ${commit}: ${key}`)
      }
    }
    expect(unnoticed).toEqual([])
    expect(noticed).not.toEqual([])
  })
})
