import { domainRecordKey } from "../../formats/stored/key-records.js"
import { unstamped } from "../../formats/stored/write-stamp.js"
import type { Clock } from "../../ports/clock.js"
import type { PlacedBytes } from "../../ports/record-hsm.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import { openedOrNot } from "../hsms/record-batches.js"
import { domainCopyKey } from "../hsms/region-storage.js"
import { createAgreement, unexplained } from "./agreement.js"
import { digestFindings, type Finding, finding } from "./findings.js"
import { createLaneWitness } from "./lane-witness.js"
import { type Facts, factsOf, kindOf } from "./record-kinds.js"
import { type Visitor, type WalkOptions, type WalkParts, walkStore } from "./walk-store.js"

/** How to verify a store. */
export type VerifyOptions = WalkOptions

/** What became of verifying a store. */
export interface VerifyReport {
  /** Whether nothing is wrong. */
  readonly isWhole: boolean
  /** How many records there are. */
  readonly records: number
  /** The same by kind. */
  readonly kinds: Readonly<Record<string, number>>
  /** What is wrong, the first thousand; empty for a store that is whole. */
  readonly findings: readonly Finding[]
  /** How many there are. */
  readonly findingsCount: number
}

const findingsMax = 1000

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : "")

/** What stands alone: what one record is, whatever others say. */
function createReading(parts: WalkParts) {
  const agreement = createAgreement()
  const witness = createLaneWitness()
  const alone = new Map<string, Finding>()
  const domain: { record?: Uint8Array | undefined; copy?: Uint8Array | undefined } = {}

  /** What a record says, without its stamp. */
  const unsealed = (place: string, whole: Uint8Array): Uint8Array => {
    const { bytes, stamp } = unstamped(whole, place)
    witness.note(place, stamp)
    if (place === domainCopyKey) domain.copy = bytes
    return bytes
  }

  const read = (place: string, bytes: Uint8Array | undefined): Facts | "unread" => {
    if (bytes === undefined) {
      alone.set(place, finding(place, "edited", "this region has not put it there"))
      return "unread"
    }
    try {
      return factsOf(place, place === domainRecordKey ? bytes : unsealed(place, bytes))
    } catch (error) {
      alone.set(place, finding(place, "unreadable", reasonOf(error)))
      return "unread"
    }
  }

  const visit: Visitor = async (records) => {
    const sealed = records.flatMap(({ place, bytes }): readonly PlacedBytes[] =>
      bytes === undefined || place === domainRecordKey ? [] : [{ place, bytes }],
    )
    const opened = await openedOrNot(parts.opener, sealed)
    const openedAt = new Map(sealed.map(({ place }, i) => [place, opened[i]]))
    for (const { place, bytes } of records) {
      alone.delete(place)
      if (place === domainRecordKey) domain.record = bytes
      const plain = place === domainRecordKey ? bytes : openedAt.get(place)
      agreement.note(place, bytes === undefined ? undefined : read(place, plain))
    }
  }

  const domainFindings = (): readonly Finding[] => {
    const { record, copy } = domain
    const missing = finding(domainRecordKey, "missing", "there is a copy of it")
    if (record === undefined) return [missing]
    if (copy === undefined || equalBytes(record, copy)) return []
    return [finding(domainRecordKey, "older", "another one was written last")]
  }

  return { visit, agreement, alone, witness, domainFindings }
}

/** One finding for each place: those that come first say more. */
function firstOfEach(findings: readonly Finding[]): readonly Finding[] {
  const places = new Set<string>()
  return findings.filter(({ key, wrong }) => {
    if (wrong === "unnamed") return true
    const isNew = !places.has(key)
    places.add(key)
    return isNew
  })
}

/**
 * Walks through the whole store and says what is wrong with it. The host and others go on serving
 * meanwhile, and what they change is not taken for wrong.
 */
export async function verifyStore(
  parts: WalkParts & { readonly clock: Clock },
  options: VerifyOptions,
): Promise<VerifyReport> {
  const reading = createReading(parts)
  const { table, lanes } = await walkStore(parts, options, reading.visit)
  const disagreements = reading.agreement.disagreements(table, parts.clock())
  const absent = disagreements
    .map((one) => one.finding)
    .filter(({ wrong }) => wrong === "missing")
    .map(({ key }) => key)
  const oldLanes = reading.witness.findings(lanes)
  const named = firstOfEach([
    ...reading.domainFindings(),
    ...reading.alone.values(),
    ...oldLanes,
    // What an old lane lacks looks as if records were wrong that are not.
    ...(oldLanes.length > 0 ? [] : digestFindings(table, lanes, absent)),
  ])
  const findings = firstOfEach([...named, ...unexplained(disagreements, named)])
  const kinds: Record<string, number> = {}
  for (const place of table.places()) {
    const kind = kindOf(place)
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return {
    isWhole: findings.length === 0,
    records: table.size,
    kinds,
    findings: findings.slice(0, findingsMax),
    findingsCount: findings.length,
  }
}
