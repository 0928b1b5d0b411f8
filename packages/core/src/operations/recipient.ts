import { KmsError } from "../vocabulary/errors.js"

/** Answers to attested enclaves are not built yet, and are refused before anything is used. */
export function refuseRecipient(input: { readonly Recipient?: unknown }): void {
  if (input.Recipient === undefined) return
  throw new KmsError("UnsupportedOperationException", "Recipient is not supported by this engine.")
}
