import type { Storage } from "@keywright/storage"

/**
 * Where accounts are kept: a storage whose records are encrypted and authenticated before anybody
 * else sees them, and what seals tokens. `openSealedStorage` of `@keywright/core` makes one.
 */
export interface IdentityStore {
  readonly storage: Storage
  /** `place` is authenticated with the bytes. */
  sealElsewhere(place: string, bytes: Uint8Array): Promise<Uint8Array>
  /** `undefined` for what was not sealed here for that place. */
  openElsewhere(place: string, sealed: Uint8Array): Promise<Uint8Array | undefined>
  generateRandom(lengthBytes: number): Promise<Uint8Array>
}
