import type { RegionReply } from "../../formats/regions/region-bodies.js"
import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import type { KeyElsewhere } from "../../formats/stored/region-records.js"
import { isPrimary } from "../../model/replicas.js"
import { limits } from "../../vocabulary/limits.js"
import type { BareHost } from "./bare-host.js"

/** Writes down what a replica in that region told its primary, which may meanwhile be another. */
export type TakeNote = (
  replica: KeyElsewhere,
  transition: (key: KeyRecord) => KeyRecord,
) => Promise<RegionReply>

/** `follow` is told which keys changed, so that others hear of it. */
export const createNotes =
  ({ reader, commit }: BareHost, follow: (key: KeyRecord) => void): TakeNote =>
  async ({ region, account, keyId }, transition) => {
    for (let attempts = 0; attempts < limits.deliveryAttemptsMax; attempts += 1) {
      const reads = await reader.begin()
      const before = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
      if (before?.multiRegion === undefined) return { kind: "noted" }
      const { primaryRegion } = before.multiRegion
      if (!isPrimary(before)) {
        return primaryRegion === region
          ? { kind: "declined", reason: "the sender is the primary" }
          : { kind: "moved", region: primaryRegion }
      }
      const after = transition(before)
      if (after === before) return { kind: "noted" }
      if (!(await commit([{ kind: "key", before, after }], reads))) continue
      follow(after)
      return { kind: "noted" }
    }
    return { kind: "declined", reason: "the key is being changed" }
  }
