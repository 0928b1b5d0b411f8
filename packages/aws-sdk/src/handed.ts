/*
 * What is handed over as it is, and never becomes text: it stands beside an empty body, which is
 * what everybody else sees of it. Nobody can make such a body elsewhere.
 */

/** The input of a call, as soon as its client has taken it. */
export interface HandedInput {
  readonly operation: string
  /** Throws what there is to refuse. */
  readonly read: () => unknown
}

function createHands<Handed>() {
  const handed = new WeakMap<Uint8Array, Handed>()
  return {
    bodyOf: (thing: Handed): Uint8Array => {
      const body = new Uint8Array(0)
      handed.set(body, thing)
      return body
    },
    behind: (body: unknown): Handed | undefined =>
      body instanceof Uint8Array ? handed.get(body) : undefined,
  }
}

export const inputs = createHands<HandedInput>()
/** Replies, each made for its call. */
export const replies = createHands<object>()
