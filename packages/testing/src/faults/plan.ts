import { findRow } from "@keywright/core"
import { durationMs } from "../clock.js"
import { type FaultRow, faultNames, type PlannedFault } from "../fault-row.js"

/** A planned fault while it can strike. */
export interface LiveFault {
  readonly row: FaultRow
  /** Calls that fitted, struck or spared. */
  fitted: number
  struck: number
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

const operationsOf = ({ operation }: FaultRow): readonly string[] | undefined =>
  typeof operation === "string" ? [operation] : operation

/** What is wrong with each member of a row; the others need no check. */
const checks: readonly [member: keyof FaultRow, what: string, fits: (row: FaultRow) => boolean][] =
  [
    ["fault", `one of ${faultNames.join(", ")}`, ({ fault }) => faultNames.includes(fault)],
    [
      "operation",
      "the AWS name of an operation",
      (row) => operationsOf(row)?.every((name) => findRow(name) !== undefined) ?? true,
    ],
    ["after", "a whole number", ({ after = 0 }) => isCount(after)],
    ["count", "a whole number from 1 on", ({ count = 1 }) => isCount(count) && count > 0],
    [
      "probability",
      "a number from 0 to 1",
      ({ probability = 1 }) => probability >= 0 && probability <= 1,
    ],
    [
      "latency",
      "a duration, for the fault `latency` and no other",
      ({ fault, latency }) => (fault === "latency") === (latency !== undefined),
    ],
  ]

const members: ReadonlySet<string> = new Set([
  ...checks.map(([member]) => member),
  "key",
  "region",
  "caller",
] satisfies (keyof FaultRow)[])

/** Throws `TypeError` for a row that makes no sense. */
export function checkFaultRow(row: FaultRow, regions: readonly string[]): void {
  for (const name of Object.keys(row)) {
    if (!members.has(name)) throw new TypeError(`\`${name}\` is no member of a fault`)
  }
  for (const [member, what, fits] of checks) {
    if (!fits(row)) throw new TypeError(`\`${member}\` of a fault must be ${what}`)
  }
  if (row.region !== undefined && !regions.includes(row.region)) {
    throw new TypeError(`\`region\` of a fault must be one of ${regions.join(", ")}`)
  }
  if (row.latency !== undefined) durationMs(row.latency)
}

/** The facts of a call by which a fault is chosen. */
export interface CallFacts {
  readonly operation: string
  readonly region: string
  readonly caller: string
  /** Whether the call names that key. Asked only of rows that everything else fits. */
  namesKey(key: string): Promise<boolean>
}

async function fits(row: FaultRow, facts: CallFacts): Promise<boolean> {
  if (operationsOf(row)?.includes(facts.operation) === false) return false
  if (row.region !== undefined && row.region !== facts.region) return false
  if (row.caller !== undefined && row.caller !== facts.caller) return false
  return row.key === undefined || facts.namesKey(row.key)
}

const isSpent = ({ row, struck }: LiveFault): boolean =>
  row.count !== undefined && struck >= row.count

/**
 * The fault that strikes a call, counted. `chance` draws a number from 0 to below 1, and is asked
 * only where a row leaves it to chance.
 */
export async function chooseFault(
  live: readonly LiveFault[],
  facts: CallFacts,
  chance: () => number,
): Promise<LiveFault | undefined> {
  for (const fault of live) {
    if (isSpent(fault) || !(await fits(fault.row, facts)) || isSpent(fault)) continue
    fault.fitted += 1
    if (fault.fitted <= (fault.row.after ?? 0)) continue
    const { probability = 1 } = fault.row
    if (probability < 1 && chance() >= probability) continue
    fault.struck += 1
    return fault
  }
  return undefined
}

/** Whether a fault of that kind lies on the way to or from a region, and is not spent. */
export const isRegionDown = (live: readonly LiveFault[], region: string): boolean =>
  live.some(
    (fault) =>
      fault.row.fault === "region-down" &&
      !isSpent(fault) &&
      fault.row.operation === undefined &&
      fault.row.key === undefined &&
      (fault.row.region ?? region) === region,
  )

/** Throws for the faults that struck nothing in the whole run: whoever planned them is mistaken. */
export function requireStruck(planned: readonly PlannedFault[]): void {
  const idle = planned.filter(({ struck }) => struck === 0)
  if (idle.length === 0) return
  const rows = idle.map(({ row }) => JSON.stringify(row))
  throw new Error(`planned faults that struck no call:\n${rows.join("\n")}`)
}
