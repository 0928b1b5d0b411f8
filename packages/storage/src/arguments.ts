import {
  type Change,
  commitBytesMax,
  commitKeysMax,
  getKeysMax,
  keyBytesMax,
  listLimitMax,
  type Put,
  type Range,
  valueBytesMax,
} from "./contract.js"

/**
 * The rules for arguments, written once for every adapter: each method begins with its check. A
 * wrong call throws a `TypeError` that names the parameter and shows no value.
 */

const printable = /^[\x20-\x7e]*$/

/** Checks the argument of `get`. */
export function checkKeys(keys: readonly string[]): void {
  checkArray("keys", keys, getKeysMax)
  for (let i = 0; i < keys.length; i += 1) checkKey("keys", i, keys[i])
}

/** Checks the argument of `list`. */
export function checkRange(range: Range): void {
  checkObject("range", range)
  checkText("range.prefix", range.prefix)
  if (range.after !== undefined) checkText("range.after", range.after)
  const { limit } = range
  if (!Number.isInteger(limit) || limit < 1 || limit > listLimitMax) {
    throw new TypeError(`range.limit must be an integer from 1 to ${listLimitMax}`)
  }
}

/** Checks the argument of `commit`. */
export function checkChange(change: Change): void {
  checkObject("change", change)
  const { expect, put, remove } = change
  checkArray("change.expect", expect, commitKeysMax)
  checkArray("change.put", put, commitKeysMax)
  checkArray("change.remove", remove, commitKeysMax)
  const written = new Set<string>()
  let bytes = 0
  for (let i = 0; i < put.length; i += 1) {
    const item = put[i]
    checkPut(i, item)
    written.add(item.key)
    bytes += item.key.length + item.value.length
  }
  for (let i = 0; i < remove.length; i += 1) {
    const key = remove[i]
    checkKey("change.remove", i, key)
    written.add(key)
    bytes += key.length
  }
  if (written.size !== put.length + remove.length) {
    throw new TypeError("change must name each key once in put and remove together")
  }
  bytes += checkExpectations(expect, written)
  if (bytes > commitBytesMax) {
    throw new TypeError(`change must not exceed ${commitBytesMax} bytes of keys and values`)
  }
}

/** The half-open interval of keys that a range means: `from` is in it, `to` is not. */
export function keyInterval({ prefix, after }: Range): {
  from: string
  to: string
} {
  // Nothing sorts between a key and the same key with the smallest character behind it.
  const next = after === undefined ? "" : `${after} `
  const last = prefix.length - 1
  // The largest character of a key is "~", so the last character of a prefix has a successor.
  const to = prefix.slice(0, -1) + String.fromCharCode((prefix.charCodeAt(last) || 0x7e) + 1)
  return { from: next > prefix ? next : prefix, to }
}

function checkExpectations(expect: Change["expect"], written: ReadonlySet<string>): number {
  const expected = new Set<string>()
  let bytes = 0
  let keys = written.size
  for (let i = 0; i < expect.length; i += 1) {
    const item = expect[i]
    checkObject(`change.expect[${i}]`, item)
    const { key, revision } = item
    checkKey("change.expect", i, key)
    if (revision !== undefined && !(Number.isSafeInteger(revision) && revision > 0)) {
      throw new TypeError(`change.expect[${i}].revision must be a revision or undefined`)
    }
    expected.add(key)
    bytes += key.length
    if (!written.has(key)) keys += 1
  }
  if (expected.size !== expect.length) {
    throw new TypeError("change.expect must name each key once")
  }
  if (keys > commitKeysMax) {
    throw new TypeError(`change must not name more than ${commitKeysMax} different keys`)
  }
  return bytes
}

function checkPut(index: number, item: Put | undefined): asserts item is Put {
  checkObject(`change.put[${index}]`, item)
  checkKey("change.put", index, item.key)
  if (!isBytes(item.value)) {
    throw new TypeError(`change.put[${index}].value must be a Uint8Array`)
  }
  if (item.value.length > valueBytesMax) {
    throw new TypeError(`change.put[${index}].value must not exceed ${valueBytesMax} bytes`)
  }
}

function checkKey(list: string, index: number, key: unknown): asserts key is string {
  if (typeof key !== "string" || key.length < 1 || key.length > keyBytesMax) {
    throw new TypeError(`${list}[${index}] must have a key of 1 to ${keyBytesMax} characters`)
  }
  if (!printable.test(key)) {
    throw new TypeError(`${list}[${index}] must have a key of printable ASCII`)
  }
}

function checkText(name: string, text: unknown): void {
  if (typeof text !== "string" || text.length > keyBytesMax || !printable.test(text)) {
    throw new TypeError(`${name} must be printable ASCII of at most ${keyBytesMax} characters`)
  }
}

function checkArray(name: string, list: unknown, itemsMax: number): void {
  if (!Array.isArray(list)) throw new TypeError(`${name} must be an array`)
  if (list.length > itemsMax) {
    throw new TypeError(`${name} must not have more than ${itemsMax} items`)
  }
}

function checkObject<T>(name: string, value: T): asserts value is NonNullable<T> {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${name} must be an object`)
  }
}

/** By name too: test runners give modules a realm, and with it a Uint8Array, of their own. */
const isBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array ||
  (ArrayBuffer.isView(value) && value.constructor.name === "Uint8Array")
