import { equalBytes } from "../../vocabulary/bytes.js"
import { EnvelopeError } from "../envelope-error.js"
import type { EncryptedDataKey } from "../message/encrypted-data-key.js"
import { type EncryptionContext, encodeContext } from "../message/encryption-context.js"
import { callersContext } from "../message/envelope-header.js"
import type { KeySource, UnwrapRequest, WrappedDataKey, WrapRequest } from "./key-source.js"

/*
 * A source may be somebody else's: what it answers is held against what it was asked for.
 */

const refused = (message: string, cause?: unknown): EnvelopeError =>
  new EnvelopeError("keys", message, cause === undefined ? undefined : { cause })

/** Runs a source, whatever it throws and however. */
async function answerOf<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (cause) {
    throw cause instanceof EnvelopeError ? cause : refused("the key source failed", cause)
  }
}

function checkDataKey(dataKey: unknown, { suite }: WrapRequest | UnwrapRequest, did: string) {
  if (dataKey instanceof Uint8Array) {
    if (dataKey.length === suite.keyBytes) return
    dataKey.fill(0)
  }
  throw refused(`the key source ${did} a data key of another length`)
}

const isWrapped = (one: EncryptedDataKey): boolean =>
  typeof one?.providerId === "string" &&
  one.providerInfo instanceof Uint8Array &&
  one.ciphertext instanceof Uint8Array

/** Older terms may have another verification key, and nothing else. */
const isOf = (context: EncryptionContext, asked: EncryptionContext): boolean =>
  context === asked ||
  equalBytes(encodeContext(callersContext(context)), encodeContext(callersContext(asked)))

/** {@link KeySource.wrap}: the data key that was asked for, under the terms that were. */
export async function askToWrap(keys: KeySource, request: WrapRequest): Promise<WrappedDataKey> {
  const wrapped = await answerOf(() => keys.wrap(request))
  const { dataKey, encryptedDataKeys, terms } = wrapped ?? {}
  checkDataKey(dataKey, request, "made")
  const isWhole =
    Array.isArray(encryptedDataKeys) &&
    encryptedDataKeys.length > 0 &&
    encryptedDataKeys.every(isWrapped) &&
    terms?.context !== undefined &&
    isOf(terms.context, request.context) &&
    (request.dataKey === undefined || equalBytes(dataKey, request.dataKey))
  if (isWhole) return wrapped
  dataKey.fill(0)
  throw refused("the key source answered something else than it was asked for")
}

/** {@link KeySource.unwrap}, where a data key must come of it. */
export async function askToUnwrap(keys: KeySource, request: UnwrapRequest): Promise<Uint8Array> {
  const dataKey = (await answerOf(() => keys.unwrap(request))) ?? undefined
  if (dataKey === undefined) throw refused("no key source could unwrap the data key")
  checkDataKey(dataKey, request, "unwrapped")
  return dataKey
}
