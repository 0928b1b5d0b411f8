/** Of so many tokens it is remembered what was made of them. */
export const slotsCount = 64

/** A token ends with its tag, which is as good as random. */
export const numberOf = (token: Uint8Array): number => token[token.length - 1] ?? 0
