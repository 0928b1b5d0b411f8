import { limits } from "../../vocabulary/limits.js"
import type { Host } from "../host/host.js"
import { agendaPrefix } from "../records/entries.js"
import { clearAgenda, type Settled, type UnsettledKey } from "./agenda.js"
import { forgetRates } from "./forget-rates.js"
import { type Rewrapped, rewrapStorage } from "./rewrap-storage.js"

export interface SweepOptions {
  /** At most so many keys, grants and records are cleared up. Default: 10,000. */
  readonly itemsMax?: number | undefined
  /** Where an earlier sweep says to go on: its `next`. Default: with what is due longest. */
  readonly after?: string | undefined
}

/** What a sweep has done. */
export interface SweepReport extends Readonly<Record<Settled, number>>, Rewrapped {
  /** Keys destroyed because their deletion date had passed. */
  readonly keysDeleted: number
  /** Keys whose imported key material was destroyed because it had expired. */
  readonly keysExpired: number
  /** Keys that were rotated because it was time. */
  readonly keysRotated: number
  /**
   * By how many milliseconds the oldest key that was due was late when the sweep began, whether it
   * was settled or not; 0 when none was due.
   */
  readonly lateMs: number
  /** How often another region was told how a key stands. */
  readonly messagesDelivered: number
  /** Regions that have to be told something and did not answer. */
  readonly regionsUnreachable: readonly string[]
  /** What is wrong with records that could not be read, and were left alone. */
  readonly unreadable: readonly string[]
  /** Keys that are due and could not be settled, and why: a later sweep tries again. */
  readonly unsettled: readonly UnsettledKey[]
  /** Where to go on, as `after` of another sweep. Absent when the sweep came to the end. */
  readonly next?: string | undefined
}

/** Behind everything on the agenda. */
const agendaEnd = `${agendaPrefix}~`

function readSweepOptions({ itemsMax = limits.sweptItemsMax, after }: SweepOptions) {
  if (!Number.isSafeInteger(itemsMax) || itemsMax < 1) {
    throw new TypeError("`itemsMax` must be a whole number of at least 1")
  }
  if (after !== undefined && !(typeof after === "string" && after.startsWith(agendaPrefix))) {
    throw new TypeError("`after` must be the `next` of a sweep")
  }
  return { budget: { items: itemsMax }, after }
}

/**
 * Clears up what the passing of time has made true, and tells other regions what they have to be
 * told. Any host may call it at any moment, also several at once; nothing depends on its being
 * called, but for what other regions were not told when it happened.
 */
export async function sweep(host: Host, options: SweepOptions): Promise<SweepReport> {
  const { budget, after } = readSweepOptions(options)
  // A store that has gone back is noticed here, too, by hosts that only read.
  await (host.anchoring?.refresh() ?? host.lanes.readAll(host.bareStorage))
  const cleared = await clearAgenda(host, { budget, after })
  const { isAll, unreadable: unopened, ...rewrapped } = await rewrapStorage(host, budget)
  const unforgotten = await forgetRates(host, budget)
  const unwritten = await host.lastUsages.flush()
  const { unreadable, ...delivery } = await host.regions.deliverAll()
  const all = [...cleared.unreadable, ...unopened, ...unforgotten, ...unwritten, ...unreadable]
  const report = { ...cleared, ...rewrapped, ...delivery, unreadable: all }
  return isAll || report.next !== undefined ? report : { ...report, next: agendaEnd }
}
