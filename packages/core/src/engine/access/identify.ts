import type { KnownCaller } from "../../model/caller.js"
import { joined } from "../../model/identities.js"
import type { Identities, Identity } from "../../ports/identities.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { memoized, type PairMemory } from "./memoized.js"

/** What the directory knows of a caller, `undefined` when it knows nothing. */
export type Identify = (caller: KnownCaller) => Eventually<Identity | undefined>

/**
 * Asks the directory for the caller, and for its role or issuer; what the request says of its
 * session comes on top. Two entries are joined once: what is compiled of the joined one is found
 * again as long as both are the same objects.
 */
export function createIdentify(identities: Identities): Identify {
  const pairs: PairMemory<Identity> = new WeakMap()

  const join = (above: Identity | undefined, below: Identity | undefined) => {
    if (above === undefined || below === undefined || above === below) return above ?? below
    return memoized(pairs, above, below, () => joined(below, above))
  }

  const find = ([own, source]: readonly string[]): Eventually<Identity | undefined> => {
    if (own === undefined) return undefined
    const above = identities(own)
    if (source === undefined) return above
    return andThen(above, (known) => andThen(identities(source), (below) => join(known, below)))
  }

  return ({ identityArns, context: { session } }) => {
    const found = find(identityArns)
    return session === undefined ? found : andThen(found, (known) => join(session, known))
  }
}
