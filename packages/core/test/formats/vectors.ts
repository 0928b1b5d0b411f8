import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { bytesOfHex } from "../../src/vocabulary/bytes.js"

/** The bytes of hexadecimal test data, of any case. */
export function hex(text: string): Uint8Array {
  const bytes = bytesOfHex(text.toLowerCase())
  if (bytes === undefined) throw new TypeError(`not hexadecimal: ${text}`)
  return bytes
}

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
