import { RecordError } from "../../formats/stored/record-format.js"
import { isHsmError } from "../../ports/hsm.js"
import type { PlacedBytes } from "../../ports/record-hsm.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import type { Domain } from "./domain.js"

/** An HSM, reached through its domain. */
export type DomainUse = Pick<Domain<RegionHsm>, "use">

/** Storage gave a record back that this region has not put there. It is never used. */
export const notOurs = (key: string): RecordError =>
  new RecordError(key, `the record \`${key}\` is not what this region has stored under that key`)

/** Whether an HSM refuses a batch for what one of the records is. */
const isAboutRecord = (error: unknown): boolean =>
  isHsmError(error) && (error.code === "malformed" || error.code === "unknown-domain-key")

type Ask<Result> = (records: readonly PlacedBytes[]) => Eventually<readonly (Result | undefined)[]>

/**
 * A batch that is refused for some of its records is halved until these are alone; their answer is
 * `undefined`. A record under a domain key that no host has is such a one, and no reason to take
 * the HSM for one that lags behind.
 */
async function halved<Result>(
  records: readonly PlacedBytes[],
  ask: Ask<Result>,
  error: unknown,
): Promise<readonly (Result | undefined)[]> {
  if (!isAboutRecord(error)) throw error
  if (records.length === 1) return [undefined]
  const half = records.length >> 1
  return [...(await orNot(records.slice(0, half), ask)), ...(await orNot(records.slice(half), ask))]
}

/** Asks about a batch of records, and does not wait where the HSM answers at once. */
function orNot<Result>(
  records: readonly PlacedBytes[],
  ask: Ask<Result>,
): Eventually<readonly (Result | undefined)[]> {
  if (records.length === 0) return []
  try {
    const answers = ask(records)
    return answers instanceof Promise
      ? answers.catch((error: unknown) => halved(records, ask, error))
      : answers
  } catch (error) {
    return halved(records, ask, error)
  }
}

/** The records in sealed ones; `undefined` for what this region has not put there. */
export const openedOrNot = (
  opener: DomainUse,
  sealed: readonly PlacedBytes[],
): Eventually<readonly (Uint8Array | undefined)[]> =>
  orNot(sealed, (some) => opener.use((hsm) => hsm.openRecords(some)))

/** The numbers of sealed records in a digest; `undefined` for what is no sealed record. */
export const numbersOrNot = (
  opener: DomainUse,
  sealed: readonly PlacedBytes[],
): Eventually<readonly (Uint8Array | undefined)[]> =>
  orNot(sealed, (some) => opener.use((hsm) => hsm.digestRecords(some)))
