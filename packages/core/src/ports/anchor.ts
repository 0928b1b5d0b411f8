/**
 * The store has gone back: it is older than what its anchor, or a host that is running, has seen.
 * Nothing of it is used.
 */
export class StaleStoreError extends Error {
  override readonly name = "StaleStoreError"
}
