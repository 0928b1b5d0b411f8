import type { Eventually } from "../../vocabulary/eventually.js"
import type { KeyPairSpec, KeySpec } from "../../vocabulary/key-specs.js"

/**
 * Where key material is made, and where it is while it is used. The memory of the HSM is one such
 * place. A device behind the HSM is another: it hands out no key material, so key tokens hold what
 * the device has wrapped, the *kept* form. The suite of such an HSM has openers for kept keys; its
 * key pair makers stay those of memory, for data keys and for imports.
 *
 * Whatever goes wrong throws `HsmError`, and leaves nothing in the device. But for `generate`, all
 * of it answers at once. Bytes that come in are not kept.
 */
export interface KeyDevice {
  /** Makes key material, and answers its kept form. */
  generate(spec: KeySpec): Eventually<Uint8Array>
  /** Takes in key material that stands in memory; the caller wipes that. */
  take(spec: KeySpec, material: Uint8Array): Uint8Array
  /** Key material for another domain. A device that hands out none throws `unsupported`. */
  give(spec: KeySpec, kept: Uint8Array): Uint8Array
  /** The same key, wrapped under the current domain key of the device. */
  renew(spec: KeySpec, kept: Uint8Array): Uint8Array
  /** The public key as SubjectPublicKeyInfo in DER. */
  publicKey(spec: KeyPairSpec, kept: Uint8Array): Uint8Array
  /** HMAC-SHA-256 under a key of SYMMETRIC_DEFAULT: the keys of its messages follow from it. */
  hmacSha256(kept: Uint8Array, message: Uint8Array): Uint8Array
  /** Makes what the device wraps with under the domain key of that id. */
  makeDomainKey(id: string): void
  /** From now on these count and no others. Throws, and changes nothing, when one is missing. */
  useDomainKeys(ids: readonly string[], currentId: string): void
  /** Destroys it; for a domain key that is not there this does nothing. */
  removeDomainKey(id: string): void
}
