import type { CallTrace } from "../../ports/call-trace.js"
import type { Host } from "../host/host.js"
import { type SweepOptions, type SweepReport, sweep } from "./sweep.js"

/** A sweep that somebody may follow. Whatever becomes of that, the report is the answer. */
export async function followedSweep(
  host: Host,
  trace: CallTrace | undefined,
  options: SweepOptions,
): Promise<SweepReport> {
  const report = await sweep(host, options)
  const { lateMs, next } = report
  try {
    trace?.swept({ region: host.place.region, lateMs, isComplete: next === undefined })
  } catch {
    // What it throws is lost.
  }
  return report
}
