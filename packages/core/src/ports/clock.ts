/**
 * What time it is, in milliseconds since 1970-01-01T00:00:00Z. May stand still and may jump
 * forward; when it goes backward, nothing that was destroyed comes back.
 */
export type Clock = () => number
