import { type HsmErrorCode, isHsmError } from "../ports/hsm.js"
import { KmsError, type KmsErrorName } from "../vocabulary/errors.js"
import { quoted } from "../vocabulary/refusals/refusal.js"
import {
  internalFailure,
  keyUnavailable,
  tooManyRequests,
  unsupportedByHsm,
} from "../vocabulary/refusals/requests.js"

/** How a failing HSM looks from outside. */
const byHsmError: Readonly<Record<HsmErrorCode, (cause: unknown) => KmsError>> = {
  unavailable: keyUnavailable,
  "unknown-domain-key": keyUnavailable,
  "token-refused": internalFailure,
  "sealed-by-another": internalFailure,
  malformed: internalFailure,
  "wrong-length": internalFailure,
  unsupported: unsupportedByHsm,
}

/** How an HSM says that a token is none of its own. */
const tokenRefusals: readonly string[] = ["token-refused", "unknown-domain-key"]

/** Others held the store for longer than it waits: nothing was written. */
function isBusy(thrown: unknown): boolean {
  const { cause } = Object(thrown) as { cause?: unknown }
  const { name, code } = Object(cause) as { name?: unknown; code?: unknown }
  return name === "StorageError" && code === "busy"
}

/**
 * What the caller sees of anything that was thrown: refusals as they are, everything else as a
 * failure with a constant message. The cause stays on the error for the host of the engine. A
 * token that comes from storage is never refused; one that comes from the caller, by this name.
 */
export function asKmsError(thrown: unknown, tokenRefusal?: KmsErrorName): KmsError {
  if (thrown instanceof KmsError) return thrown
  if (isBusy(thrown)) return tooManyRequests(thrown)
  if (!isHsmError(thrown)) return internalFailure(thrown)
  if (tokenRefusal !== undefined && tokenRefusals.includes(thrown.code)) {
    return quoted(tokenRefusal, "", thrown)
  }
  // An HSM elsewhere may send any text as its code.
  if (!Object.hasOwn(byHsmError, thrown.code)) return internalFailure(thrown)
  return byHsmError[thrown.code](thrown)
}
