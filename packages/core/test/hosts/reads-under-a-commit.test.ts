import { createMemoryStorage, type MemoryStorage, type Storage } from "@keywright/storage"
import { beforeAll, describe, expect, it } from "vitest"
import { laneKeys } from "../../src/formats/stored/lane-record.js"
import type { Kms } from "../../src/kms.js"
import { createClock } from "../support/clock.js"
import { requestIn } from "../support/forger.js"
import { openHost } from "../support/hosts.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { openRegion, type TestRegion } from "../support/regions.js"
import { newKey } from "../support/world.js"
import {
  hostOptions,
  prepareScene,
  type Scene,
  writingCalls,
  writingOperations,
} from "../support/writes.js"

/** Which key of the scene lets the operation go on. */
const keyFor: Readonly<
  Record<string, "imported" | "disabled" | "pending" | "single" | "replicated">
> = {
  CancelKeyDeletion: "pending",
  DeleteImportedKeyMaterial: "imported",
  EnableKey: "disabled",
  ImportKeyMaterial: "imported",
  RotateKeyOnDemand: "single",
  UpdatePrimaryRegion: "replicated",
}

/** What a call reads and its commit need not expect. */
const needNotHold: readonly { readonly key: RegExp; readonly why: string }[] = [
  { key: /^usage\//, why: "a use is written a while after it was made, and holds up nobody" },
  { key: /^region\//, why: "who withdraws trust changes the domain, which every commit expects" },
  { key: /^domain\//, why: "the domain of a cluster is made once, by whoever is first" },
]

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
/** Of a region with a replica in `replicaRegion`. */
let leading: MemoryStorage
let replicaRegion: TestRegion
let scene: Scene & {
  readonly single: string
  readonly other: string
  readonly replicated: string
}

/** What is asked arrives there, and what is told does not: it would have the key handed over. */
const asking = {
  deliver: (message: Uint8Array) =>
    requestIn(message)?.kind === "consult"
      ? replicaRegion.kms.regions.receive(message)
      : Promise.reject(new Error("down")),
}

beforeAll(async () => {
  filled = createMemoryStorage()
  const made = await prepareScene(filled, clock)
  const kms = await openHost({ storage: filled, clock, ...hostOptions() })
  const root = kms.as(kms.administrator)
  const single = await newKey(root)
  await root.createAlias({ AliasName: "alias/old", TargetKeyId: single })
  leading = createMemoryStorage()
  const partition = await openPartition(["us-east-1", "eu-west-1"], (name) => ({
    clock,
    ...(name === "us-east-1" && { storage: leading }),
  }))
  replicaRegion = partition.region("eu-west-1")
  const replicated = await replicatedKey(partition)
  scene = { ...made, single, other: await newKey(root), replicated }
  connected = filled.fork()
  const host = await openHost({ storage: connected, clock, ...hostOptions() })
  await host.as(host.administrator).connectCustomKeyStore({ CustomKeyStoreId: scene.store })
})

/** A host of its own, that has written once: with that it says that it uses the domain key. */
async function open(name: string) {
  if (name === "UpdatePrimaryRegion") return openLeading()
  const inner = name === "DisconnectCustomKeyStore" ? connected : filled
  const storage = watchedStorage(inner.fork())
  const kms = await openHost({ storage, clock, ...hostOptions() })
  await kms.as(kms.administrator).updateKeyDescription({ KeyId: scene.other, Description: "new" })
  return { storage, kms }
}

async function openLeading() {
  const storage = watchedStorage(leading.fork())
  const { kms, root } = await openRegion("us-east-1", { storage, clock })
  const replicationKey = await replicaRegion.kms.regions.replicationKey()
  await kms.regions.connect({ region: replicaRegion.name, replicationKey, link: asking })
  await newKey(root)
  return { storage, kms }
}

const call = (name: string, kms: Kms): Promise<unknown> =>
  writingCalls[name]?.(kms.as(kms.administrator), scene[keyFor[name] ?? "own"], scene, kms) ??
  Promise.reject(new Error("there is no such call"))

describe("what another host writes while an operation decides", () => {
  it.each(writingOperations)("makes it decide anew, whatever it has read: %s", async (name) => {
    const { storage, kms } = await open(name)
    storage.watch()
    await call(name, kms)
    const noticed: string[] = []
    const unnoticed: string[] = []
    for (const [commit, read] of storage.reads().entries()) {
      for (const key of read) {
        if (needNotHold.some((one) => one.key.test(key))) continue
        const other = await open(name)
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
