import { createBackupWriter } from "../../formats/opaque/backup-file.js"
import { backupFormat, backupPlace } from "../../formats/stored/backup-records.js"
import { domainRecordKey } from "../../formats/stored/key-records.js"
import { differences } from "../../model/store-digest.js"
import type { Clock } from "../../ports/clock.js"
import { openedOrNot } from "../hsms/record-batches.js"
import { digestOf } from "./findings.js"
import { type Visitor, type WalkOptions, type WalkParts, walkStore } from "./walk-store.js"

/**
 * Where the bytes of a backup go: a file, a socket, the writer of a `WritableStream`. Exactly one
 * of `close` and `abort` is called, at the end; what was aborted must not be taken for a backup.
 */
export interface BackupTarget {
  /** Resolves when it takes more. */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when all of it is kept for good. */
  close(): Promise<void>
  abort(reason?: unknown): Promise<void>
}

export interface BackupOptions extends WalkOptions {
  /**
   * `"leave-out"`: makes a backup of a store that is damaged, without the records that are, and
   * with those that are genuine as they are, old ones as well. For a store that cannot be mended
   * otherwise, after `verify`. Default: `"refuse"`, it is an error.
   */
  readonly damaged?: "refuse" | "leave-out" | undefined
}

/** What a backup holds. */
export interface BackupReport {
  /** The moment of the store that it holds, but for what was written until then. */
  readonly madeMs: number
  readonly records: number
  readonly bytes: number
  /** Storage keys of damaged records, which are not in it. */
  readonly leftOut: readonly string[]
}

/** Bytes that go to a target at once. */
const pieceBytes = 65_536

/** Hands over in pieces, so that a target is not asked for each record. */
function createOutlet(target: BackupTarget) {
  let waiting: Uint8Array[] = []
  let length = 0
  const outlet = {
    bytes: 0,
    flush: async (): Promise<void> => {
      const whole = new Uint8Array(length)
      let offset = 0
      for (const piece of waiting) {
        whole.set(piece, offset)
        offset += piece.length
      }
      waiting = []
      length = 0
      if (whole.length > 0) await target.write(whole)
    },
    write: async (piece: Uint8Array): Promise<void> => {
      waiting.push(piece)
      length += piece.length
      outlet.bytes += piece.length
      if (length >= pieceBytes) await outlet.flush()
    },
  }
  return outlet
}

/** Writes everything in a store, as it stands at one moment, while hosts go on. */
async function writeAll(
  parts: WalkParts & { readonly clock: Clock },
  target: BackupTarget,
  options: BackupOptions,
): Promise<BackupReport> {
  const { opener, clock } = parts
  const writer = createBackupWriter()
  const outlet = createOutlet(target)
  const leftOut = new Set<string>()
  await outlet.write(writer.begin())

  const visit: Visitor = async (records) => {
    const sealed = records.flatMap(({ place, bytes }) =>
      bytes === undefined || place === domainRecordKey ? [] : [{ place, bytes }],
    )
    const opened = await openedOrNot(opener, sealed)
    const foreign = new Set(sealed.filter((_, i) => opened[i] === undefined).map((r) => r.place))
    for (const { place, bytes } of records) {
      leftOut.delete(place)
      if (foreign.has(place)) leftOut.add(place)
      const isIn = bytes !== undefined && !foreign.has(place)
      await outlet.write(isIn ? writer.put(place, bytes) : writer.remove(place))
    }
  }

  const { table, lanes } = await walkStore(parts, options, visit)
  table.note([], [...leftOut])
  const isWhole = leftOut.size === 0 && differences(table.digest(), digestOf(lanes)).length === 0
  if (!isWhole && options.damaged !== "leave-out") {
    throw new Error("the storage is damaged, or old records are in it: `verify` names them")
  }
  const madeMs = clock()
  const records = table.size
  const bytes = backupFormat.encode({
    madeMs,
    restoredMs: lanes[0]?.restoredMs ?? 0,
    records,
    sums: table.digest().sums,
    leftOut: leftOut.size,
    hash: writer.hash(),
  })
  const [sealed] = await opener.use((hsm) => hsm.sealRecords([{ place: backupPlace, bytes }]))
  await outlet.write(writer.end(sealed as Uint8Array))
  await outlet.flush()
  return { madeMs, records, bytes: outlet.bytes, leftOut: [...leftOut] }
}

/** Writes a backup. Closes the target when it is whole, and aborts it when it cannot be. */
export async function backUpStore(
  parts: WalkParts & { readonly clock: Clock },
  target: BackupTarget,
  options: BackupOptions,
): Promise<BackupReport> {
  const { damaged = "refuse" } = options
  if (damaged !== "refuse" && damaged !== "leave-out") {
    throw new TypeError('`damaged` must be "refuse" or "leave-out"')
  }
  let report: BackupReport
  try {
    report = await writeAll(parts, target, options)
  } catch (error) {
    await target.abort(error).catch(() => undefined)
    throw error
  }
  await target.close()
  return report
}
