import { type CallPattern, judgeCalls } from "./matchers/calls.js"
import { type Denial, judgeDenial } from "./matchers/denials.js"
import type { KeyName } from "./matchers/key-names.js"
import { judgeCiphertext, judgeKeyUse, type KeyUse } from "./matchers/key-uses.js"
import { settle, type Verdict } from "./matchers/verdict.js"

export type { CallPattern } from "./matchers/calls.js"
export type { Denial } from "./matchers/denials.js"
export type { KeyName } from "./matchers/key-names.js"
export type { KeyUse } from "./matchers/key-uses.js"

/** What a matcher answers: at once, and later for a promise. */
type Found = Verdict | Promise<Verdict>

/**
 * Matchers for every test runner with `expect.extend`: vitest, jest and those like them. They
 * take errors and replies of the AWS SDK and of our own clients, promises of these (await the
 * assertion then) and records of calls.
 *
 * @example
 * expect.extend(matchers)
 * await expect(client.send(command)).toBeDeniedBy({ sid: "Office" })
 */
export const matchers = Object.freeze({
  toBeDeniedBy: (received: unknown, denial?: Denial): Found =>
    settle(received, (subject) => judgeDenial(subject, denial)),
  toHaveUsedKey: (received: unknown, key: KeyName, use?: KeyUse): Found =>
    settle(received, (subject) => judgeKeyUse(subject, key, use)),
  toBeEncryptedUnder: (received: unknown, key: KeyName, use?: KeyUse): Found =>
    settle(received, (subject) => judgeCiphertext(subject, key, use)),
  toHaveCalled: (received: unknown, operation: string, pattern?: CallPattern): Found =>
    judgeCalls(received, operation, pattern),
})

/** What an assertion returns: nothing, and for a promise a promise. */
type Asserted<Received, Returned> = Received extends PromiseLike<unknown> ? Promise<void> : Returned

/** The matchers as `expect(received)` has them. */
export interface KeywrightMatchers<Received, Returned = void> {
  /** Policies have refused the call: a statement by its id, a kind of document, or anything. */
  toBeDeniedBy(denial?: Denial): Asserted<Received, Returned>
  /** The call succeeded with the key; for a kit, any of its calls did. */
  toHaveUsedKey(key: KeyName, use?: KeyUse): Asserted<Received, Returned>
  /** The ciphertext, or the one in a reply, is under the key, by what it says itself. */
  toBeEncryptedUnder(key: KeyName, use?: KeyUse): Asserted<Received, Returned>
  /** The kit was asked for the operation. */
  toHaveCalled(operation: string, pattern?: CallPattern): Returned
}
