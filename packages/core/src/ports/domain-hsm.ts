import type { Eventually } from "../vocabulary/eventually.js"

/** The keys of a domain, by their ids: 16 hexadecimal digits, which are no secrets. */
export interface DomainKeyIds {
  /** Wraps. */
  readonly currentId: string
  /** Those that only unwrap, oldest first. */
  readonly formerIds: readonly string[]
}

/**
 * The first step of an HSM: domains, and what needs no key. Until a domain is made or opened the
 * HSM is locked and does nothing else; once it was closed it is zeroized and does nothing at all.
 */
export interface DomainHsm {
  /**
   * Makes a new domain with one domain key, becomes operational in it, and returns the sealed
   * domain state. The name is authenticated with the state.
   */
  createDomain(name: string): Eventually<Uint8Array>

  /**
   * Opens a sealed domain state and becomes operational with the keys that it has and no others.
   * Throws `sealed-by-another` when the seal does not open it, and `malformed` when it is not a
   * domain state; neither changes anything.
   */
  openDomain(name: string, sealedState: Uint8Array): Eventually<void>

  /**
   * Returns a sealed state with one domain key more, which becomes the current one only when
   * that state is opened: so a state that was never stored is never used.
   */
  rotateDomainKey(name: string, sealedState: Uint8Array): Eventually<Uint8Array>

  /**
   * Returns the same state under the seal of this HSM. `"kept"`: what opened it before does so
   * still; the same bytes when the seal of this HSM does already. `"retired"`: under a new key,
   * which nothing else opens. HSMs that were made with the seal before as one of their former seals
   * can do this.
   */
  resealDomain(
    name: string,
    sealedState: Uint8Array,
    former: "kept" | "retired",
  ): Eventually<Uint8Array>

  /**
   * Returns a sealed state without those domain keys. What is under them is lost once that state is
   * opened everywhere. Throws `unsupported` when the current key is one of them.
   */
  retireDomainKeys(
    name: string,
    sealedState: Uint8Array,
    ids: readonly string[],
  ): Eventually<Uint8Array>

  /** The keys of the domain that is open. */
  domainKeys(): Eventually<DomainKeyIds>

  generateRandom(lengthBytes: number): Eventually<Uint8Array>

  /** Wipes domain keys and everything opened. The HSM is `zeroized` and stays so. */
  close(): Eventually<void>
}
