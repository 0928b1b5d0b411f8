import { concat, text } from "./der.js"

/** Bytes that stand for themselves, however wrong. */
export interface RawCbor {
  readonly raw: Uint8Array
}

export type Cbor =
  | null
  | number
  | string
  | Uint8Array
  | RawCbor
  | readonly Cbor[]
  | ReadonlyMap<Cbor, Cbor>

function head(major: number, value: number): Uint8Array {
  const bits = major << 5
  if (value < 24) return Uint8Array.of(bits | value)
  const width = [1, 2, 4, 8].find((bytes) => value < 2 ** (8 * bytes)) ?? 8
  const digits = value.toString(16).padStart(2 * width, "0")
  const bytes = (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
  return Uint8Array.of(bits | (24 + Math.log2(width)), ...bytes)
}

const isMap = (value: Cbor): value is ReadonlyMap<Cbor, Cbor> => value instanceof Map

/** Writes CBOR by hand, in the shortest form, maps in the order in which they stand. */
export function cbor(value: Cbor): Uint8Array {
  if (value === null) return Uint8Array.of(0xf6)
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === "string") return concat(head(3, text(value).length), text(value))
  if (value instanceof Uint8Array) return concat(head(2, value.length), value)
  if (isMap(value)) {
    return concat(head(5, value.size), ...[...value].flatMap((pair) => pair.map(cbor)))
  }
  if ("raw" in value) return value.raw
  return concat(head(4, value.length), ...value.map(cbor))
}

/** A map of indefinite length. */
export const openMap = (value: ReadonlyMap<Cbor, Cbor>): Uint8Array =>
  concat(Uint8Array.of(0xbf), ...[...value].flatMap((pair) => pair.map(cbor)), Uint8Array.of(0xff))

export const raw = (...bytes: readonly number[]): RawCbor => ({ raw: Uint8Array.from(bytes) })
