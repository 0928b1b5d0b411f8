import { RecordError } from "../../formats/stored/record-format.js"
import { isHsmError } from "../../ports/hsm.js"
import type { PlacedBytes } from "../../ports/record-hsm.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import type { Domain } from "./domain.js"

/** An HSM, reached through its domain. */
export type DomainUse = Pick<Domain<RegionHsm>, "use">

/** Storage gave a record back that this region has not put there. It is never used. */
export const notOurs = (key: string): RecordError =>
  new RecordError(key, `the record \`${key}\` is not what this region has stored under that key`)

/** Whether an HSM refuses a batch for what one of the records is. */
const isAboutRecord = (error: unknown): boolean =>
  isHsmError(error) && (error.code === "malformed" || error.code === "unknown-domain-key")

/**
 * Asks about a batch of records. A batch that is refused for some of them is halved until these
 * are alone; their answer is `undefined`. A record under a domain key that no host has is such a
 * one, and no reason to take the HSM for one that lags behind.
 */
async function orNot<Result>(
  records: readonly PlacedBytes[],
  ask: (records: readonly PlacedBytes[]) => Promise<readonly (Result | undefined)[]>,
): Promise<readonly (Result | undefined)[]> {
  if (records.length === 0) return []
  try {
    return await ask(records)
  } catch (error) {
    if (!isAboutRecord(error)) throw error
    if (records.length === 1) return [undefined]
    const half = records.length >> 1
    return [
      ...(await orNot(records.slice(0, half), ask)),
      ...(await orNot(records.slice(half), ask)),
    ]
  }
}

/** The records in sealed ones; `undefined` for what this region has not put there. */
export const openedOrNot = (
  opener: DomainUse,
  sealed: readonly PlacedBytes[],
): Promise<readonly (Uint8Array | undefined)[]> =>
  orNot(sealed, async (some) => opener.use((hsm) => hsm.openRecords(some)))

/** The numbers of sealed records in a digest; `undefined` for what is no sealed record. */
export const numbersOrNot = (
  opener: DomainUse,
  sealed: readonly PlacedBytes[],
): Promise<readonly (Uint8Array | undefined)[]> =>
  orNot(sealed, async (some) => opener.use((hsm) => hsm.digestRecords(some)))
