import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { concatBytes } from "@noble/hashes/utils.js"

/**
 * Where a generator stands. A value: generating answers the state after it and changes nothing,
 * so a state can be kept and come back to.
 *
 * Source: NIST SP 800-90A Rev. 1, section 10.1.2 (HMAC_DRBG), with HMAC-SHA-256, without
 * additional input, and without reseeding, because its bytes are meant to come again.
 */
export interface DrbgState {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const mac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array =>
  hmac(sha256, key, concatBytes(...parts))

const nothing = new Uint8Array(0)

/** HMAC_DRBG_Update. */
function update({ key, value }: DrbgState, provided: Uint8Array): DrbgState {
  const firstKey = mac(key, value, Uint8Array.of(0), provided)
  const firstValue = mac(firstKey, value)
  if (provided.length === 0) return { key: firstKey, value: firstValue }
  const secondKey = mac(firstKey, firstValue, Uint8Array.of(1), provided)
  return { key: secondKey, value: mac(secondKey, firstValue) }
}

/** HMAC_DRBG_Instantiate: entropy input, nonce and personalization string in one. */
export const instantiateDrbg = (seedMaterial: Uint8Array): DrbgState =>
  update({ key: new Uint8Array(32), value: new Uint8Array(32).fill(1) }, seedMaterial)

/** HMAC_DRBG_Generate: fills the target, and answers the state after that. */
export function generate(state: DrbgState, target: Uint8Array): DrbgState {
  let { value } = state
  for (let offset = 0; offset < target.length; offset += value.length) {
    value = mac(state.key, value)
    target.set(value.subarray(0, target.length - offset), offset)
  }
  return update({ key: state.key, value }, nothing)
}
