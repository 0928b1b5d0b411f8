import { expect, it } from "vitest"
import type { RecordFormat } from "../../src/formats/stored/record-format.js"
import { bytesOfBase64 } from "../../src/vocabulary/base64.js"
import { textOf } from "../../src/vocabulary/bytes.js"
import { textBytes } from "../support/records.js"

/*
 * Stored records as they are written, with all that they would not be with: each format reads what
 * it writes, and refuses everything else by the place where it is wrong.
 */

type Members = Readonly<Record<string, readonly unknown[]>>

interface Row {
  readonly kind: string
  readonly format: RecordFormat<unknown>
  readonly key: string
  readonly written: object
  /** The places of members that it may lack. */
  readonly optional?: readonly string[]
  /** Those without which it belongs under another key. */
  readonly leading?: readonly string[]
  /** The names of members that are maps of any names. */
  readonly maps?: readonly string[]
  /** The names of members that are bytes. */
  readonly bytes?: readonly string[]
  /** By their places, other values that members may have, and such that they may not. */
  readonly also?: Members
  readonly never?: Members
}

export const row = <Value>(
  kind: string,
  format: RecordFormat<Value>,
  key: string,
  written: object,
  more: Omit<Row, "kind" | "format" | "key" | "written"> = {},
): Row => ({ kind, format: format as RecordFormat<unknown>, key, written, ...more })

export const account = "111122223333"
export const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
export const multiRegionId = `mrk-${"1a".repeat(16)}`
export const storeId = `cks-${"0a".repeat(8)}0`
export const hash = "0f".repeat(32)
export const region = "us-east-1"

/** What is no text of so many hexadecimal digits. */
export const noDigits = (count: number): readonly string[] => [
  "",
  "a".repeat(count - 1),
  "a".repeat(count + 1),
  `x${"a".repeat(count)}`,
  `${"a".repeat(count)}\n`,
  "A".repeat(count),
  "g".repeat(count),
]
/** What is no number of things, and no moment. */
export const noCount = [-1, 0.5, "1", 2 ** 53]
export const noBytes = ["A", "AB==", "AQID\n", 1]
export const noAccount = ["", "11112222333", "x11122223333", 1]
export const noKeyId = ["", "1234", "alias/a", 1]
export const noRegion = ["", "nowhere", 1]
/** Of members that name a key. */
export const noName = { account: noAccount, keyId: noKeyId }

/** What it reads is what was written, but for bytes. */
const revived = (written: unknown, bytes: readonly string[]): unknown =>
  JSON.parse(JSON.stringify(written), (name, value) =>
    bytes.includes(name) ? Array.from(bytesOfBase64(value) ?? []) : value,
  )
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? Array.from(one) : one)))

const textOfRecord = (value: unknown): string => JSON.stringify({ v: 1, value })

/** A copy that differs in one place; `undefined` takes the member away. */
function changed(value: unknown, [name, ...rest]: readonly string[], other: unknown): unknown {
  if (name === undefined) return other
  if (Array.isArray(value)) return value.with(Number(name), changed(value[+name], rest, other))
  const members = value as Readonly<Record<string, unknown>>
  return { ...members, [name]: changed(members[name], rest, other) }
}

/** The places of all objects in a value, and of all their members. */
function* places(
  value: unknown,
  maps: readonly string[],
  at: readonly string[] = [],
): Generator<[string, string[]]> {
  if (typeof value !== "object" || value === null || maps.includes(at.at(-1) ?? "")) return
  if (!Array.isArray(value)) yield [at.join("."), Object.keys(value)]
  for (const [name, member] of Object.entries(value)) yield* places(member, maps, [...at, name])
}

const placeOf = (...names: readonly string[]): string =>
  names.filter((name) => name !== "").join(".")

/** Where a value would stand, if it has what is needed for that. */
function keyIn({ keyOf }: RecordFormat<unknown>, value: unknown): string | undefined {
  try {
    return keyOf(value)
  } catch {
    return undefined
  }
}

/** The tests of a row. */
export function isKept({
  kind,
  format,
  key,
  written,
  optional = [],
  leading = [],
  maps = [],
  bytes = [],
  ...row
}: Row): void {
  const decode = (value: unknown) => format.decode(textBytes(textOfRecord(value)), key)
  const withOther = (place: string, other: unknown) => changed(written, place.split("."), other)
  const comesBack = (value: unknown) => {
    const record = decode(value)
    expect(plain(record)).toEqual(revived(value, bytes))
    expect(format.keyOf(record)).toBe(key)
    expect(format.kind).toBe(kind)
    expect(textOf(format.encode(record))).toBe(textOfRecord(value))
  }
  /** Under its key, and also under the one where it would stand with what is wrong. */
  const isRefused = (value: unknown, place: string) => {
    for (const at of [key, keyIn(format, value) ?? key]) {
      const bytes = textBytes(textOfRecord(value))
      expect(() => format.decode(bytes, at), JSON.stringify(value)).toThrow(
        `the ${kind} record \`${at}\` does not parse at \`${placeOf("value", place)}`,
      )
    }
  }
  const isElsewhere = (value: unknown) =>
    expect(() => decode(value)).toThrow(`the ${kind} record \`${key}\` belongs elsewhere`)

  it("comes back as it was written", () => {
    comesBack(written)
    for (const [place, others] of Object.entries(row.also ?? {})) {
      for (const other of others) comesBack(withOther(place, other))
    }
  })

  it("has the members that it must have, and no others", () => {
    for (const [object, members] of places(written, maps)) {
      isRefused(
        object === "" ? { ...written, more: 1 } : withOther(placeOf(object, "more"), 1),
        object,
      )
      for (const member of members) {
        const place = placeOf(object, member)
        if (leading.includes(place)) isElsewhere(withOther(place, undefined))
        else if (optional.includes(place)) comesBack(withOther(place, undefined))
        else isRefused(withOther(place, undefined), place)
      }
    }
  })

  it("is refused with values that no member can have", () => {
    for (const [place, others] of Object.entries(row.never ?? {})) {
      for (const other of others) isRefused(withOther(place, other), place)
    }
  })

  it("is refused under another key", () => {
    const bytes = textBytes(textOfRecord(written))
    expect(() => format.decode(bytes, `${key}0`)).toThrow(/belongs elsewhere/)
  })
}
