import { askToWrap } from "./ask-keys.js"
import type { KeySource } from "./key-source.js"
import { firstUnwrapped } from "./refusals.js"

/**
 * Several sources as one: the first makes the data key and every one wraps it, so any one of them
 * opens the message. To decrypt, they are asked in their order, until one can.
 *
 * Who can use one of the sources can read the messages, so the weakest decides.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/multi-keyring.md.
 */
export function severalKeys(first: KeySource, ...others: readonly KeySource[]): KeySource {
  const sources = [first, ...others]
  return Object.freeze<KeySource>({
    async wrap(request) {
      const made = await first.wrap(request)
      try {
        const encryptedDataKeys = [...made.encryptedDataKeys]
        for (const source of others) {
          const terms = () => made.terms
          const wrapped = await askToWrap(source, { ...request, terms, dataKey: made.dataKey })
          wrapped.dataKey.fill(0)
          encryptedDataKeys.push(...wrapped.encryptedDataKeys)
        }
        return { ...made, encryptedDataKeys }
      } catch (error) {
        made.dataKey.fill(0)
        throw error
      }
    },
    unwrap: (request) =>
      firstUnwrapped(sources, request.suite.keyBytes, (source) => source.unwrap(request)),
  })
}
