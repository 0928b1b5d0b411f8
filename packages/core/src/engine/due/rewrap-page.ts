import { commitBytesMax, type Entry } from "@keywright/storage"
import { parseSealedRecord } from "../../formats/opaque/sealed-record.js"
import { domainRecordKey } from "../../formats/stored/key-records.js"
import { RecordError } from "../../formats/stored/record-format.js"
import type { DomainKeyIds } from "../../ports/domain-hsm.js"
import { isHsmError } from "../../ports/hsm.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import { limits } from "../../vocabulary/limits.js"
import type { Host } from "../host/host.js"
import { tokenHolder } from "./rewrap-record.js"

/** Records on their way under the current domain key, and what came of it. */
export interface Renewal {
  readonly host: Host
  readonly unreadable: string[]
  recordsRewrapped: number
}

/** A commit takes a hundred keys and a megabyte; the storage may add to both. */
const putsMax = 40
const putBytesMax = commitBytesMax / 4

/** A record as it is stored, as it is, and as it is to be. */
interface Renewed {
  readonly sealed: Entry
  readonly entry: Entry
  readonly value: Uint8Array
}

const domainKeyOf = ({ value }: Entry): string | undefined => parseSealedRecord(value)?.domainKeyId

/** Whether a record may hold anything that is under a former domain key. */
export function isSuspect({ currentId, formerIds }: DomainKeyIds, sealed: Entry): boolean {
  if (sealed.key === domainRecordKey) return false
  const id = domainKeyOf(sealed)
  if (id === undefined || formerIds.includes(id)) return id !== undefined
  // What is under no key of the domain was never ours.
  return id === currentId && tokenHolder(sealed.key) !== undefined
}

/** What is wrong with one record alone; all else is wrong with the storage or the HSM. */
export const isOfRecord = (error: unknown): error is Error =>
  error instanceof RecordError ||
  (isHsmError(error) && ["token-refused", "unknown-domain-key"].includes(error.code))

/** The record under the current domain key, with all that is in it; `undefined` when it is so. */
async function renew(
  { host }: Renewal,
  { currentId }: DomainKeyIds,
  sealed: Entry,
): Promise<Renewed | undefined> {
  const { key } = sealed
  const [entry] = await host.storage.get([key])
  if (entry === undefined) return undefined
  const holder = tokenHolder(key)
  const renewed =
    holder &&
    (await host.domain.use((hsm) => holder.rewrap({ place: host.place, hsm }, entry.value, key)))
  const value = renewed ?? entry.value
  const isDone = domainKeyOf(sealed) === currentId && equalBytes(value, entry.value)
  return isDone ? undefined : { sealed, entry, value }
}

const commitAll = ({ host }: Renewal, renewed: readonly Renewed[]): Promise<boolean> =>
  host.storage.commit({
    expect: renewed.map(({ entry: { key, revision } }) => ({ key, revision })),
    put: renewed.map(({ entry: { key }, value }) => ({ key, value })),
    remove: [],
  })

/** Renews one record by itself, as often as others are quicker. Whether it is done. */
async function renewAlone(renewal: Renewal, keys: DomainKeyIds, sealed: Entry): Promise<boolean> {
  for (let attempts = 0; attempts < limits.commitAttemptsMax; attempts += 1) {
    const renewed = await renew(renewal, keys, sealed)
    if (renewed === undefined) return true
    if (await commitAll(renewal, [renewed])) {
      renewal.recordsRewrapped += 1
      return true
    }
  }
  return false
}

/** Parts what goes into one commit each. */
function chunked(renewed: readonly Renewed[]): readonly (readonly Renewed[])[] {
  const chunks: Renewed[][] = []
  let bytes = 0
  for (const one of renewed) {
    bytes += one.value.length
    const chunk = chunks.at(-1)
    if (chunk !== undefined && chunk.length < putsMax && bytes <= putBytesMax) chunk.push(one)
    else {
      chunks.push([one])
      bytes = one.value.length
    }
  }
  return chunks
}

/** Renews the records of a page. Answers how many could not be. */
export async function renewPage(
  renewal: Renewal,
  keys: DomainKeyIds,
  entries: readonly Entry[],
): Promise<number> {
  let skipped = 0
  const renewed: Renewed[] = []
  for (const sealed of entries) {
    await renewal.host.rest()
    try {
      const one = await renew(renewal, keys, sealed)
      if (one !== undefined) renewed.push(one)
    } catch (error) {
      if (!isOfRecord(error)) throw error
      skipped += 1
      renewal.unreadable.push(error.message)
    }
  }
  for (const chunk of chunked(renewed)) {
    if (await commitAll(renewal, chunk)) {
      renewal.recordsRewrapped += chunk.length
      continue
    }
    // Somebody was quicker with one of them.
    for (const { sealed } of chunk) if (!(await renewAlone(renewal, keys, sealed))) skipped += 1
  }
  return skipped
}
