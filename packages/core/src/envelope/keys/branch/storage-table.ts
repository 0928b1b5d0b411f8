import type { Storage } from "@keywright/storage"
import { concatBytes, equalBytes, hexOf, utf8 } from "../../../vocabulary/bytes.js"
import { EnvelopeError } from "../../envelope-error.js"
import { encodeContext, parseContext } from "../../message/encryption-context.js"
import { readUint16, uint16 } from "../../message/numbers.js"
import { copyOf } from "../own-bytes.js"
import type { BranchKeyItem, BranchKeyTable } from "./branch-key-table.js"

const version = 1

/** The version, the attributes after their length, and the wrapped key. */
export function encodeItem({ attributes, wrapped }: BranchKeyItem): Uint8Array {
  const pairs = encodeContext(attributes)
  return concatBytes(Uint8Array.of(version), uint16(pairs.length), pairs, wrapped)
}

/** The exact inverse. Throws `EnvelopeError` with `keys` for bytes that are no item. */
export function parseItem(value: Uint8Array): BranchKeyItem {
  const end = value.length < 3 ? 0 : 3 + readUint16(value, 1)
  if (value[0] !== version || end < 3 || end >= value.length) {
    throw new EnvelopeError("keys", "a branch key cannot be read")
  }
  return { attributes: parseContext(value.subarray(3, end)), wrapped: copyOf(value.subarray(end)) }
}

/** Hexadecimal, because keys of a storage are ASCII and ids of branch keys are any text. */
const keyOf = (prefix: string, branchKeyId: string, type: string): string =>
  `${prefix}${hexOf(utf8(branchKeyId))}/${type}`

const keyOfItem = (prefix: string, { attributes }: BranchKeyItem): string =>
  keyOf(prefix, attributes["branch-key-id"] ?? "", attributes["type"] ?? "")

/**
 * Branch keys in a storage of `@keywright/storage`, under keys that begin with `prefix` and that
 * nobody else uses.
 */
export function branchKeysInStorage(storage: Storage, prefix = "branch-keys/"): BranchKeyTable {
  return Object.freeze<BranchKeyTable>({
    async get(branchKeyId, type) {
      const [entry] = await storage.get([keyOf(prefix, branchKeyId, type)])
      return entry && parseItem(entry.value)
    },
    async write(items, replaces) {
      const replaced = replaces && keyOfItem(prefix, replaces)
      const keys = items.map((item) => keyOfItem(prefix, item))
      const found = await storage.get(keys)
      const areExpected = found.every((entry, i) => {
        if (entry === undefined || replaces === undefined) return entry === undefined
        if (keys[i] !== replaced) return false
        return equalBytes(parseItem(entry.value).wrapped, replaces.wrapped)
      })
      if (!areExpected || (replaced !== undefined && !found.some((entry) => entry))) return false
      return storage.commit({
        expect: keys.map((key, i) => ({ key, revision: found[i]?.revision })),
        put: items.map((item, i) => ({ key: keys[i] as string, value: encodeItem(item) })),
        remove: [],
      })
    },
  })
}
