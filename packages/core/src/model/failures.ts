import { type HsmErrorCode, isHsmError } from "../ports/hsm.js"
import { KmsError, type KmsErrorName } from "../vocabulary/errors.js"

const internalMessage =
  "The request was rejected because an internal exception occurred. The request can be retried."

const unavailableMessage =
  "The request was rejected because the specified KMS key was not available. You can retry the " +
  "request."

/** How a failing HSM looks from outside. */
const byHsmError: Readonly<Record<HsmErrorCode, readonly [KmsErrorName, string]>> = {
  unavailable: ["KeyUnavailableException", unavailableMessage],
  "unknown-domain-key": ["KeyUnavailableException", unavailableMessage],
  "token-refused": ["KMSInternalException", internalMessage],
  "sealed-by-another": ["KMSInternalException", internalMessage],
  malformed: ["KMSInternalException", internalMessage],
  unsupported: [
    "UnsupportedOperationException",
    "The operation is not supported for the key spec in this Region.",
  ],
}

/** A retryable error that says nothing of what went wrong; the cause is for the host. */
export const internalFailure = (cause?: unknown): KmsError =>
  new KmsError("KMSInternalException", internalMessage, { cause })

/** How an HSM says that a token is none of its own. */
const tokenRefusals: readonly string[] = ["token-refused", "unknown-domain-key"]

/**
 * What the caller sees of anything that was thrown: refusals as they are, everything else as a
 * failure with a constant message. The cause stays on the error for the host of the engine. A
 * token that comes from storage is never refused; one that comes from the caller, by this name.
 */
export function asKmsError(thrown: unknown, tokenRefusal?: KmsErrorName): KmsError {
  if (thrown instanceof KmsError) return thrown
  if (!isHsmError(thrown)) return internalFailure(thrown)
  if (tokenRefusal !== undefined && tokenRefusals.includes(thrown.code)) {
    return new KmsError(tokenRefusal, "", { cause: thrown })
  }
  // An HSM elsewhere may send any text as its code.
  if (!Object.hasOwn(byHsmError, thrown.code)) return internalFailure(thrown)
  const [name, message] = byHsmError[thrown.code]
  return new KmsError(name, message, { cause: thrown })
}
