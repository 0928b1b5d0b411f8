import { AssertionError } from "node:assert"
import { type CallPattern, judgeCalls } from "./matchers/calls.js"
import { type Denial, judgeDenial } from "./matchers/denials.js"
import type { KeyName } from "./matchers/key-names.js"
import { judgeCiphertext, judgeKeyUse, type KeyUse } from "./matchers/key-uses.js"
import { settle, type Verdict } from "./matchers/verdict.js"

/*
 * The matchers as plain assertions, for node:test and every runner without `expect`. Each throws
 * an `AssertionError`; given a promise, it returns one that rejects with it.
 */

/** What an assertion returns: nothing, and for a promise a promise. */
type Asserted<Subject> = Subject extends PromiseLike<unknown> ? Promise<void> : undefined

function demand({ pass, message }: Verdict): undefined {
  if (!pass) throw new AssertionError({ message: message() })
  return undefined
}

const requireOf = <Subject>(subject: Subject, judge: (value: unknown) => Verdict) =>
  settle(subject, (value): undefined => demand(judge(value))) as Asserted<Subject>

/** Policies have refused the call: a statement by its id, a kind of document, or anything. */
export const assertDeniedBy = <Subject>(subject: Subject, denial?: Denial): Asserted<Subject> =>
  requireOf(subject, (value) => judgeDenial(value, denial))

/** The call succeeded with the key; for a kit, any of its calls did. */
export const assertUsedKey = <Subject>(
  subject: Subject,
  key: KeyName,
  use?: KeyUse,
): Asserted<Subject> => requireOf(subject, (value) => judgeKeyUse(value, key, use))

/** The ciphertext, or the one in a reply, is under the key, by what it says itself. */
export const assertEncryptedUnder = <Subject>(
  subject: Subject,
  key: KeyName,
  use?: KeyUse,
): Asserted<Subject> => requireOf(subject, (value) => judgeCiphertext(value, key, use))

/** The kit was asked for the operation. */
export function assertCalled(kit: object, operation: string, pattern?: CallPattern): void {
  demand(judgeCalls(kit, operation, pattern))
}
