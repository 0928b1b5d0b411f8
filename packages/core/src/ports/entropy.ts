/**
 * Fills `target` with unpredictable bytes and returns it. Must never return predictable bytes: a
 * source that fails throws. Used for identifiers outside the HSM; an HSM has its own source.
 */
export type Entropy = (target: Uint8Array) => Uint8Array
