import type { DomainState } from "../../formats/opaque/domain-state.js"
import {
  encodeKeyToken,
  encodeKeyTokenHeader,
  type KeyToken,
  keyTokenBytesMax,
  parseKeyToken,
  type TokenAad,
} from "../../formats/opaque/key-token.js"
import type { DomainKeyIds } from "../../ports/domain-hsm.js"
import type { Entropy } from "../../ports/entropy.js"
import { HsmError } from "../../ports/hsm.js"
import { invariant } from "../../vocabulary/errors.js"
import { createSlots } from "../../vocabulary/slots.js"
import type { AeadKey, CryptoSuite } from "../suite/crypto-suite.js"
import { type DomainRecordKeys, openRecordKeys } from "./record-keys.js"
import { numberOf, slotsCount } from "./token-slots.js"

/** The keys of a domain, open: they wrap key material into tokens and unwrap it. */
export interface DomainKeys {
  readonly name: string
  readonly keyIds: DomainKeyIds
  readonly trustGeneration: number
  wrap(material: Uint8Array, aad: TokenAad): Uint8Array
  /** Key material in the clear, which the caller wipes. Throws {@link HsmError}. */
  unwrap(token: Uint8Array, aad: TokenAad): Uint8Array
  isCurrent(token: Uint8Array): boolean
  readonly records: DomainRecordKeys
  wipe(): void
}

/** Splits tokens; those that are used again and again, once. */
function createTokenParser(): (token: Uint8Array) => KeyToken {
  const known = createSlots<Uint8Array, KeyToken>(slotsCount)
  return (token) => {
    const number = numberOf(token)
    const one = known.find(token, number)
    if (one !== undefined) return one
    const parsed = parseKeyToken(token)
    if (parsed === undefined) throw new HsmError("token-refused", "the key token is damaged")
    known.note(token, number, parsed)
    return parsed
  }
}

/** Opens the keys of a domain state. The state can be wiped afterwards. */
export function openDomainKeys(
  state: DomainState,
  suite: CryptoSuite,
  entropy: Entropy,
): DomainKeys {
  const keys = new Map<string, AeadKey>()
  const wipeKeys = (): void => {
    for (const key of keys.values()) key.wipe()
    keys.clear()
  }
  const { name, currentKeyId, trustGeneration } = state
  const headerBytes = encodeKeyTokenHeader(currentKeyId)
  const parseToken = createTokenParser()
  const openAll = (): DomainRecordKeys => {
    try {
      for (const { id, key } of state.keys) keys.set(id, suite.aeadKey(key))
      return openRecordKeys(state, suite)
    } catch (error) {
      wipeKeys()
      throw error
    }
  }
  const records = openAll()
  const formerIds = [...keys.keys()].filter((id) => id !== currentKeyId)
  return Object.freeze<DomainKeys>({
    name,
    trustGeneration,
    keyIds: Object.freeze<DomainKeyIds>({ currentId: currentKeyId, formerIds }),
    wrap(material, aad) {
      const current = keys.get(currentKeyId)
      invariant(current, "a domain without its current key was used")
      const iv = entropy(new Uint8Array(12))
      const ciphertext = current.encrypt(iv, material, aad(headerBytes))
      const token = encodeKeyToken({ headerBytes, iv, ciphertext })
      invariant(token.length <= keyTokenBytesMax, "key material is longer than a token can hold")
      return token
    },
    unwrap(token, aad) {
      const parsed = parseToken(token)
      const key = keys.get(parsed.domainKeyId)
      if (key === undefined) {
        throw new HsmError("unknown-domain-key", "the key token is under another domain key")
      }
      const material = key.decrypt(parsed.iv, parsed.ciphertext, aad(parsed.headerBytes))
      if (material === undefined) {
        throw new HsmError("token-refused", "the key token is not what the binding says")
      }
      return material
    },
    isCurrent: (token) => parseToken(token).domainKeyId === currentKeyId,
    records,
    wipe() {
      records.wipe()
      wipeKeys()
    },
  })
}
