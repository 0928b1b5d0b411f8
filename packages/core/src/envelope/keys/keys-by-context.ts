import { EnvelopeError } from "../envelope-error.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import { callersContext } from "../message/envelope-header.js"
import type { KeySource } from "./key-source.js"

/**
 * A source for every message, chosen by its encryption context: a key for each tenant.
 *
 * `choose` answers the source, or `undefined` for a context that has none, which is refused with
 * `context`. When a message is opened nobody has verified its context yet: `choose` must hold for
 * any text, and the source that it answers decides whether the context is genuine.
 *
 * @example
 * ```ts
 * const keys = keysByContext(({ tenant }) => tenants.get(tenant ?? "")?.keys)
 * ```
 */
export function keysByContext(
  choose: (context: EncryptionContext) => KeySource | undefined | Promise<KeySource | undefined>,
): KeySource {
  async function sourceFor(context: EncryptionContext): Promise<KeySource> {
    const source = await choose(context)
    if (source !== undefined) return source
    throw new EnvelopeError("context", "there are no keys for this encryption context")
  }
  return Object.freeze<KeySource>({
    wrap: async (request) => (await sourceFor(request.context)).wrap(request),
    unwrap: async (request) => (await sourceFor(callersContext(request.context))).unwrap(request),
  })
}
