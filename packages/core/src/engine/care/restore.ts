import { commitBytesMax, commitKeysMax, type Entry, type Storage } from "@keywright/storage"
import { BackupError, readBackup } from "../../formats/opaque/backup-file.js"
import {
  type BackupRecord,
  backupFormat,
  backupPlace,
  restoredFormat,
  restorePurposes,
} from "../../formats/stored/backup-records.js"
import { domainRecordFormat, domainRecordKey } from "../../formats/stored/key-records.js"
import { emptyDigest, laneFormat, laneKey } from "../../formats/stored/lane-record.js"
import { stamped } from "../../formats/stored/write-stamp.js"
import { laneAfter, newLane } from "../../model/lanes.js"
import { differences, recounted } from "../../model/store-digest.js"
import type { Clock } from "../../ports/clock.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import { numbersOrNot, openedOrNot } from "../hsms/record-batches.js"
import { sealerOf } from "../hsms/sealed-storage.js"
import { type Progress, pagesOf, type StopSignal } from "./walk-store.js"

export interface RestoreParts {
  readonly storage: Storage
  readonly hsm: RegionHsm
  readonly domainName: string
  readonly clock: Clock
}

export interface RestoreOptions {
  /**
   * `"test"`: to see whether a backup is good. No host takes such a store for its own if it has an
   * anchor; one that was restored for use is newer than every anchor, whoever puts it in place.
   * Default: `"use"`.
   */
  readonly purpose?: "use" | "test" | undefined
  readonly onProgress?: ((progress: Pick<Progress, "records">) => void) | undefined
  readonly signal?: StopSignal | undefined
}

/** What a restore has put back. */
export interface RestoreReport {
  readonly records: number
  /** The moment of the store that is back. */
  readonly madeMs: number
  /** By which anchors know that it was on purpose. */
  readonly restoredMs: number
  /** Records that were damaged when the backup was made, and are not in it. */
  readonly leftOut: number
}

const putKeysMax = commitKeysMax - 10
const putBytesMax = commitBytesMax / 2

const notGenuine = () =>
  new BackupError("the backup is not genuine: it was edited, or is of another region")

/** Nothing is written to a storage in which somebody else has made a domain. */
const untaken = [{ key: domainRecordKey, revision: undefined }]
const taken = () => new Error("somebody else has made a domain in the storage meanwhile")

/** What frames have come to, and was not written yet. */
function createDraft(storage: Storage) {
  let entries = new Map<string, Uint8Array | undefined>()
  let bytes = 0
  const draft = {
    flush: async (): Promise<void> => {
      const put = [...entries].flatMap(([key, value]) =>
        value === undefined ? [] : [{ key, value }],
      )
      const remove = [...entries].filter(([, value]) => value === undefined).map(([key]) => key)
      entries = new Map()
      bytes = 0
      if (put.length + remove.length === 0) return
      if (!(await storage.commit({ expect: untaken, put, remove }))) throw taken()
    },
    set: async (key: string, value: Uint8Array | undefined): Promise<void> => {
      entries.set(key, value)
      bytes += key.length + (value?.length ?? 0)
      if (entries.size >= putKeysMax || bytes >= putBytesMax) await draft.flush()
    },
  }
  return draft
}

/**
 * Takes away what was written: a storage that was not restored is as it was, empty. What somebody
 * else has begun in it is left alone.
 */
async function clear(storage: Storage): Promise<void> {
  for (;;) {
    const { entries } = await storage.list({ prefix: "", limit: putKeysMax })
    if (entries.length === 0) return
    const remove = entries.map(({ key }) => key)
    if (!(await storage.commit({ expect: untaken, put: [], remove }))) return
  }
}

/** Writes all records of a backup but its domain, without which nothing opens. */
async function copyRecords(
  source: AsyncIterable<Uint8Array>,
  { storage }: RestoreParts,
  { onProgress, signal }: RestoreOptions,
): Promise<{ domain: Uint8Array; sealed: Uint8Array; hash: string }> {
  const draft = createDraft(storage)
  let domain: Uint8Array | undefined
  let end: { sealed: Uint8Array; hash: string } | undefined
  let records = 0
  for await (const frame of readBackup(source)) {
    if (signal?.aborted === true) throw signal.reason ?? new Error("stopped")
    if (frame.kind === "end") {
      end = frame
      continue
    }
    const bytes = frame.kind === "put" ? frame.bytes : undefined
    if (frame.place === domainRecordKey) domain = bytes
    else await draft.set(frame.place, bytes)
    records += 1
    if (records % 1000 === 0) onProgress?.({ records })
  }
  await draft.flush()
  if (end === undefined || domain === undefined) throw notGenuine()
  return { domain, sealed: end.sealed, hash: end.hash }
}

/** Opens the domain of a backup and reads what it says of itself. */
async function openStatement(
  { hsm, domainName }: RestoreParts,
  { domain, sealed, hash }: Awaited<ReturnType<typeof copyRecords>>,
): Promise<BackupRecord> {
  const { name, sealedState } = domainRecordFormat(domainRecordKey).decode(domain, domainRecordKey)
  if (name !== domainName) {
    throw new BackupError(`the backup is of the domain \`${name}\`, not of \`${domainName}\``)
  }
  await hsm.openDomain(name, sealedState)
  const [bytes] = await openedOrNot(sealerOf(hsm), [{ place: backupPlace, bytes: sealed }])
  if (bytes === undefined) throw notGenuine()
  const statement = backupFormat.decode(bytes, backupPlace)
  if (statement.hash !== hash) throw notGenuine()
  return statement
}

/** The digest of what stands in the storage now. Throws for a record that is not genuine. */
async function digestNow({ storage, hsm }: RestoreParts, { signal }: RestoreOptions) {
  const opener = sealerOf(hsm)
  let digest = emptyDigest()
  let count = 0
  for await (const page of pagesOf(storage)) {
    if (signal?.aborted === true) throw signal.reason ?? new Error("stopped")
    const placed = page.map(({ key, value }: Entry) => ({ place: key, bytes: value }))
    const opened = await openedOrNot(opener, placed)
    const numbers = await numbersOrNot(opener, placed)
    const come = placed.map(({ place }, i) => {
      const number = numbers[i]
      if (opened[i] === undefined || number === undefined) throw notGenuine()
      return { place, number }
    })
    digest = recounted(digest, come, [])
    count += come.length
  }
  return { digest, count }
}

/** Fills an empty storage with a backup. */
export async function restoreStore(
  source: AsyncIterable<Uint8Array>,
  parts: RestoreParts,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const { storage, hsm, clock } = parts
  const { purpose = "use" } = options
  if (!restorePurposes.includes(purpose)) {
    throw new TypeError('`purpose` must be "use" or "test"')
  }
  const { entries } = await storage.list({ prefix: "", limit: 1 })
  if (entries.length > 0) throw new Error("the storage is not empty: restore into another one")
  try {
    const copied = await copyRecords(source, parts, options)
    const statement = await openStatement(parts, copied)
    const { digest, count } = await digestNow(parts, options)
    const shouldBe = { ...digest, sums: statement.sums }
    // The domain is no sealed record.
    const isAll = count + 1 === statement.records && differences(digest, shouldBe).length === 0
    if (!isAll) throw new Error("the storage has not kept all that was written to it")
    const { madeMs, leftOut, records } = statement
    const restoredMs = Math.max(clock(), statement.restoredMs + 1)
    const note = { restoredMs, madeMs, records, leftOut, purpose }
    const place = restoredFormat.keyOf(note)
    const bytes = stamped(restoredFormat.encode(note), { lane: 0, counter: 1, restoredMs })
    const [noted] = await hsm.sealRecords([{ place, bytes }])
    const [number] = await hsm.digestRecords([{ place, bytes: noted as Uint8Array }])
    const come = [{ place, number: number as Uint8Array }]
    const lane = laneAfter(
      { ...newLane(0, restoredMs), ...digest },
      { come, gone: [], places: [place] },
    )
    const key = laneKey(0)
    const [sealed] = await hsm.sealRecords([{ place: key, bytes: laneFormat.encode(lane) }])
    const put = [
      { key: domainRecordKey, value: copied.domain },
      { key: place, value: noted as Uint8Array },
      { key, value: sealed as Uint8Array },
    ]
    if (!(await storage.commit({ expect: untaken, put, remove: [] }))) throw taken()
    return { records, madeMs, restoredMs, leftOut }
  } catch (error) {
    await clear(storage)
    throw error
  }
}
