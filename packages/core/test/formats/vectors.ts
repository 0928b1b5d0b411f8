import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import fc from "fast-check"
import { expect } from "vitest"
import { bytesOfHex, concatBytes, hexOf } from "../../src/vocabulary/bytes.js"

/** The bytes of hexadecimal test data, of any case. */
export function hex(text: string): Uint8Array {
  const bytes = bytesOfHex(text.toLowerCase())
  if (bytes === undefined) throw new TypeError(`not hexadecimal: ${text}`)
  return bytes
}

/** Every byte string that differs from `bytes` in one bit. */
export function* flipped(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const copy = bytes.slice()
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
    yield copy
  }
}

/** A parser answers for every input, and what it accepts it can name exactly. */
export const parsesOnlyWhatItCanWrite = <T>(
  prefix: Uint8Array,
  parse: (bytes: Uint8Array) => T | undefined,
  encode: (value: T) => Uint8Array,
): void =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (tail, isPrefixed) => {
      const bytes = isPrefixed ? concatBytes(prefix, tail) : tail
      const value = parse(bytes)
      if (value !== undefined) expect(hexOf(encode(value))).toBe(hexOf(bytes))
    }),
    { numRuns: 2000 },
  )

/** The vectors that this package publishes. */
export function publishedVectors<T>(name: string): readonly T[] {
  const file = new URL(`../../vectors/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, "utf8")) as { vectors: T[] }).vectors
}

const sharedFolder =
  process.env.KEYWRIGHT_VECTORS ??
  new URL("../../../../../shared/vectors", import.meta.url).pathname

/** A file of public vectors; `undefined` where they have not been fetched. */
export function sharedVectors<T>(path: string): T | undefined {
  const file = `${sharedFolder}/${path}.json.gz`
  return existsSync(file)
    ? (JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as T)
    : undefined
}

/** Why a test that needs {@link sharedVectors} is skipped, for its name. */
export const skipReason = (path: string): string =>
  `(skipped: ${path} is not in the folder KEYWRIGHT_VECTORS names or ../shared/vectors)`
