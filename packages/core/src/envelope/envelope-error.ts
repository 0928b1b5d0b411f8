/** Why a message or a call was refused, and what that means. */
export const envelopeErrorReasons = {
  malformed: "the bytes are not a message, or the message was cut",
  unsupported: "the message or the call asks for what this envelope does not do",
  commitment: "the algorithm suite or the data key breaks the commitment policy",
  authentication: "the header, the body or the signature is not genuine",
  context: "the encryption context is not what was expected, or not one that can be written",
  limit: "a limit of the format or of this envelope was exceeded",
  keys: "no key source could make, wrap or unwrap the data key",
} as const satisfies Readonly<Record<string, string>>

export type EnvelopeErrorReason = keyof typeof envelopeErrorReasons

/**
 * What every refusal of an envelope is. `reason` is stable; the message says no more about a
 * cryptographic failure than the reason does. `cause` is set where somebody else's error made the
 * refusal, as the one of a KMS.
 */
export class EnvelopeError extends Error {
  override readonly name = "EnvelopeError"
  readonly reason: EnvelopeErrorReason

  constructor(reason: EnvelopeErrorReason, message: string, options?: { readonly cause: unknown }) {
    super(message, options)
    this.reason = reason
  }
}
