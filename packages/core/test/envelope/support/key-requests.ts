import { randomFillSync } from "node:crypto"
import { expect } from "vitest"
import { nobleCipher } from "../../../src/envelope/cipher/noble-cipher.js"
import type {
  KeySource,
  UnwrapRequest,
  WrappedDataKey,
  WrapRequest,
} from "../../../src/envelope/keys/key-source.js"
import type { EncryptedDataKey } from "../../../src/envelope/message/encrypted-data-key.js"
import type { EncryptionContext } from "../../../src/envelope/message/encryption-context.js"
import { type AlgorithmSuite, algorithmSuites } from "../../../src/envelope/message/suites.js"

export const context = Object.freeze({ tenant: "42", größe: "groß" })
export function suiteOf(id: number): AlgorithmSuite {
  const suite = algorithmSuites.find((one) => one.id === id)
  if (suite === undefined) throw new Error("there is no such suite")
  return suite
}

/** The committing suites, without and with a signature. */
const unsigned = suiteOf(0x0478)
export const signed = suiteOf(0x0578)

/** What an envelope asks of a key source for an unsigned message. */
export function wrapRequest(changes: Partial<WrapRequest> = {}): WrapRequest {
  const asked = changes.context ?? context
  return {
    suite: unsigned,
    context: asked,
    terms: () => ({ context: asked, signingKey: undefined }),
    dataKey: undefined,
    plaintextBytes: 1000,
    cipher: nobleCipher(),
    entropy: (target) => randomFillSync(target),
    ...changes,
  }
}

export const unwrapRequest = (
  encryptedDataKeys: readonly EncryptedDataKey[],
  changes: Partial<UnwrapRequest> = {},
): UnwrapRequest => ({
  suite: unsigned,
  context,
  encryptedDataKeys,
  cipher: nobleCipher(),
  ...changes,
})

/** Unwraps what was wrapped, under that context. */
export const unwrapWith = (
  keys: KeySource,
  { encryptedDataKeys }: Pick<WrappedDataKey, "encryptedDataKeys">,
  under: EncryptionContext = context,
): Promise<Uint8Array | undefined> =>
  keys.unwrap(unwrapRequest(encryptedDataKeys, { context: under }))

/** Whether it is refused: nothing is ours and genuine, or who was asked said no. */
export async function expectNoKey(outcome: Promise<Uint8Array | undefined>): Promise<void> {
  const answer = await outcome.catch((error: unknown) => {
    expect(error).toMatchObject({ name: "EnvelopeError", reason: "keys" })
    return undefined
  })
  expect(answer).toBeUndefined()
}

export const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const at = bit >> 3
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << (bit & 7)))
}
