import { domainRecordKey } from "./key-records.js"
import { lanesCount, lanesPrefix } from "./lane-record.js"
import { RecordError } from "./record-format.js"

/*
 * A record says as which commit of which lane it was written, under its seal and before all else.
 * So a lane that was put back in an older version is told from records that were.
 */

/** As which commit a record was written: as this one, or as a later one of any lane. */
export interface WriteStamp {
  readonly lane: number
  /** So many commits the lane had then, this one included; 0: it was written past the digest. */
  readonly counter: number
  /** When the store was restored on purpose before that; 0: never. */
  readonly restoredMs: number
}

/** Whether there is a stamp in what stands here: lanes and the domain have none. */
export const isStamped = (place: string): boolean =>
  place !== domainRecordKey && !place.startsWith(lanesPrefix)

const numberBytes = 6
/** Above the lane in the first byte: another number follows. */
const restoredFlag = 0x10

function writeNumber(bytes: Uint8Array, at: number, number: number): void {
  let rest = number
  for (let i = at + numberBytes - 1; i >= at; i -= 1) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

function readNumber(bytes: Uint8Array, at: number): number {
  let number = 0
  for (let i = at; i < at + numberBytes; i += 1) number = number * 256 + (bytes[i] as number)
  return number
}

/** One byte for the lane, six for the counter, and six for the restore if there was one. */
export function stamped(bytes: Uint8Array, { lane, counter, restoredMs }: WriteStamp): Uint8Array {
  const length = restoredMs === 0 ? 1 + numberBytes : 1 + 2 * numberBytes
  const whole = new Uint8Array(length + bytes.length)
  whole.set(bytes, length)
  whole[0] = restoredMs === 0 ? lane : lane | restoredFlag
  writeNumber(whole, 1, counter)
  if (restoredMs !== 0) writeNumber(whole, 1 + numberBytes, restoredMs)
  return whole
}

/** What stands behind the stamp, as a view. Throws `RecordError` where there is none. */
export function withoutStamp(whole: Uint8Array, place: string): Uint8Array {
  const first = whole[0] ?? 0
  const isRestored = (first & restoredFlag) !== 0
  const length = isRestored ? 1 + 2 * numberBytes : 1 + numberBytes
  const isRight = whole.length >= length && (first & ~restoredFlag) < lanesCount
  if (isRight && !(isRestored && readNumber(whole, 1 + numberBytes) === 0)) {
    return whole.subarray(length)
  }
  throw new RecordError(place, `the record \`${place}\` does not say when it was written`)
}

/** The exact inverse of {@link stamped}; the bytes are a view. Throws `RecordError`. */
export function unstamped(
  whole: Uint8Array,
  place: string,
): { readonly bytes: Uint8Array; readonly stamp: WriteStamp } {
  const bytes = withoutStamp(whole, place)
  const first = whole[0] as number
  const isRestored = (first & restoredFlag) !== 0
  return {
    bytes,
    stamp: {
      lane: first & ~restoredFlag,
      counter: readNumber(whole, 1),
      restoredMs: isRestored ? readNumber(whole, 1 + numberBytes) : 0,
    },
  }
}
