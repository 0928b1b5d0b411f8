import { sha256 } from "@noble/hashes/sha2.js"
import * as z from "zod/mini"
import { hexOf } from "../../vocabulary/bytes.js"
import { type LaneRecord, laneFormat, lanesCount } from "./lane-record.js"
import { ms, type RecordFormat, recordFormat } from "./record-format.js"

/** How one lane stood. */
export interface AnchoredLane {
  readonly lane: number
  readonly counter: number
  /** 64 hexadecimal digits for all that the lane said. */
  readonly hash: string
}

/** What an anchor holds: how a store stood when a host saw it last. */
export interface AnchorRecord {
  readonly writtenMs: number
  /** When the store was restored on purpose; 0: never. */
  readonly restoredMs: number
  readonly lanes: readonly AnchoredLane[]
}

/** Under which it is sealed. No record of a store stands there. */
export const anchorPlace = "anchor"

export const anchored = (record: LaneRecord): AnchoredLane => ({
  lane: record.lane,
  counter: record.counter,
  hash: hexOf(sha256(laneFormat.encode(record))),
})

export const anchorFormat: RecordFormat<AnchorRecord> = recordFormat(
  "anchor",
  () => anchorPlace,
  () =>
    z.strictObject({
      writtenMs: ms(),
      restoredMs: ms(),
      lanes: z.array(
        z.strictObject({
          lane: z.int().check(z.minimum(0), z.maximum(lanesCount - 1)),
          counter: z.int().check(z.minimum(1)),
          hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
        }),
      ),
    }),
)
