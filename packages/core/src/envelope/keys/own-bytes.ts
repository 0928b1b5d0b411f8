/**
 * A copy of bytes that somebody else handed over, whatever their class: the `slice` of a Buffer of
 * Node is a view. What was handed over is not wiped: it may be a reply that a client remembers, and
 * then the next data key would be zeros.
 */
export const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
