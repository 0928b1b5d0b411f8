/**
 * Why a store could not do what it was asked:
 * - `busy`: others held the store for longer than it waits; nothing was written
 * - `closed`: the handle was closed before the call
 * - `failed`: the store itself failed; `cause` has the driver's error
 * - `format`: what lies there is not a store, or one of another version; it was not touched
 */
export type StorageErrorCode = "busy" | "closed" | "failed" | "format"

/**
 * A store that cannot answer, as opposed to a `TypeError` for a wrong call. Tell it apart by its
 * `name`. The message names no value that was stored.
 */
export class StorageError extends Error {
  override readonly name = "StorageError"
  readonly code: StorageErrorCode

  constructor(code: StorageErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** What every method of a closed handle says. */
export const closedError = (): StorageError => new StorageError("closed", "storage is closed")
