/**
 * A place outside of a store that holds what the store was like last: a file on another disk, a
 * store of another kind, a witness, a TPM. Whoever can put an old copy of the store back must not
 * be able to do the same here. Each host has an anchor of its own.
 *
 * What it holds is sealed by the HSM of the region, and of a few hundred bytes.
 */
export interface Anchor {
  /**
   * What was written last; `undefined` when nothing ever was. Rejects when it cannot tell: "never
   * written" lets any store open.
   */
  read(): Promise<Uint8Array | undefined>
  /** Resolves when it is written for good, in the place of what was there. */
  write(bytes: Uint8Array): Promise<void>
}

/**
 * The store has gone back: it is older than what its anchor, or a host that is running, has seen.
 * Nothing of it is used.
 */
export class StaleStoreError extends Error {
  override readonly name = "StaleStoreError"
}
