/*
 * What an envelope puts up with unless it is told otherwise. The format itself allows more
 * (message/limits.ts), and messages that were not verified yet could ask for all of it.
 */

/** Pairs of 64 KiB and a hundred encrypted data keys of the largest kind. */
export const headerBytesMaxDefault = 524_288

/** A message under more keys than this is rather an attack on whoever pays for the calls. */
export const encryptedDataKeysMaxDefault = 100

/** What a stream holds while it decrypts: a frame, or plaintext that waits for a signature. */
export const heldBytesMaxDefault = 67_108_864
