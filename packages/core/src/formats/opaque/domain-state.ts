import { bytesOfHex, hexOf, noBytes, textOf } from "../../vocabulary/bytes.js"
import { allocateToStay } from "../../vocabulary/secret-bytes.js"
import { decodeFields, encodeFields, readUint32, writeUint32 } from "../fields.js"

/** A key of a domain, in the clear: only ever inside an HSM or inside a seal. */
export interface DomainKey {
  /** 16 hexadecimal digits. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** What the HSMs of a domain share. Keys are in the order in which they were made. */
export interface DomainState {
  readonly name: string
  readonly currentKeyId: string
  readonly keys: readonly DomainKey[]
  /** How often trust in other domains was withdrawn. What was endorsed before does not count. */
  readonly trustGeneration: number
}

/** "KD", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x44, 0x02)
const keyIdBytes = 8
const keyBytes = 32
const entryBytes = keyIdBytes + keyBytes
const generationBytes = 4
export const trustGenerationMax = 2 ** 32 - 1

/** Ours: a key a day for more than two years, and about 40 KiB. */
export const domainKeysMax = 1000
/** Ours. */
const domainNameBytesMax = 255

/**
 * Version 2 of a domain state: name, current key id, all keys and the generation of trust, each
 * after its length. Throws `TypeError` for a state that {@link parseDomainState} would refuse.
 */
export function encodeDomainState(state: DomainState): Uint8Array {
  const entries = state.keys.map(({ id, key }) => ({ id: bytesOfHex(id), key }))
  if (!entries.every(({ id, key }) => id?.length === keyIdBytes && key.length === keyBytes)) {
    throw new TypeError("`state` is not a domain state")
  }
  const keys = allocateToStay(entryBytes * entries.length)
  for (const [i, { id, key }] of entries.entries()) {
    keys.set(id as Uint8Array, i * entryBytes)
    keys.set(key, i * entryBytes + keyIdBytes)
  }
  const currentKeyId = bytesOfHex(state.currentKeyId) ?? noBytes
  const generation = new Uint8Array(generationBytes)
  writeUint32(generation, 0, state.trustGeneration)
  const fields = [state.name, currentKeyId, keys, generation]
  const bytes = encodeFields(fields, prefix, allocateToStay)
  keys.fill(0)
  const isExact = parseDomainState(bytes)?.trustGeneration === state.trustGeneration
  if (state.name.isWellFormed() && isExact) return bytes
  bytes.fill(0)
  throw new TypeError("`state` is not a domain state")
}

function parseName(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > domainNameBytesMax) return undefined
  try {
    return textOf(bytes)
  } catch {
    return undefined
  }
}

function parseKeys(bytes: Uint8Array): readonly DomainKey[] | undefined {
  const count = bytes.length / entryBytes
  if (count > domainKeysMax) return undefined
  const keys = Array.from({ length: count }, (_, i): DomainKey => {
    const entry = bytes.subarray(i * entryBytes, (i + 1) * entryBytes)
    return { id: hexOf(entry.subarray(0, keyIdBytes)), key: entry.subarray(keyIdBytes) }
  })
  // A count that is no whole number is that of no keys.
  return new Set(keys.map(({ id }) => id)).size === count ? keys : undefined
}

/** Parses a domain state; its keys are views into `bytes`. `undefined` when it is not one. */
export function parseDomainState(bytes: Uint8Array): DomainState | undefined {
  if (!prefix.every((byte, i) => bytes[i] === byte)) return undefined
  const fields = decodeFields(bytes.subarray(prefix.length), 4)
  if (fields === undefined) return undefined
  const [nameBytes, currentBytes, keysBytes, generation] = fields as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const name = parseName(nameBytes)
  const keys = parseKeys(keysBytes)
  const currentKeyId = hexOf(currentBytes)
  if (name === undefined || keys === undefined) return undefined
  if (!keys.some(({ id }) => id === currentKeyId)) return undefined
  if (generation.length !== generationBytes) return undefined
  return { name, currentKeyId, keys, trustGeneration: readUint32(generation, 0) }
}
