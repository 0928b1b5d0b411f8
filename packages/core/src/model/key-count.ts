import type { KeyCountRecord } from "../formats/stored/key-count-record.js"
import type { KeyRecord } from "../formats/stored/key-records.js"
import type { Change } from "./changes.js"

const parts = 8

/** The parts in which the keys of an account are counted. */
export const keyCountParts: readonly string[] = Array.from({ length: parts }, (_, i) => String(i))

/** Key ids end in random digits, so all parts grow alike. */
export const partOf = ({ account, keyId }: Pick<KeyRecord, "account" | "keyId">) => ({
  account,
  part: String(Number.parseInt(keyId.slice(-1), 16) % parts),
})

/** The count after a key has come (1) or gone (-1). */
export function counted(
  key: Pick<KeyRecord, "account" | "keyId">,
  before: KeyCountRecord | undefined,
  more: 1 | -1,
): Change {
  const keys = (before?.keys ?? 0) + more
  return { kind: "key count", before, after: keys > 0 ? { ...partOf(key), keys } : undefined }
}
