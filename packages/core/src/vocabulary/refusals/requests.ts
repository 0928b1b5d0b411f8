import { documented, ours, recorded, reported, wordless } from "./refusal.js"

/* What can be wrong with any request, and with the engine that answers it. */

export const unknownOperation = wordless("UnknownOperationException")

/** Each failure is a sentence of its own. */
export const invalidInput = recorded("ValidationException", "{count} detected: {failures}")

export const tooManyRequests = documented(
  "ThrottlingException",
  "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
)

export const internalFailure = documented(
  "KMSInternalException",
  "The request was rejected because an internal exception occurred. The request can be retried.",
)

/** Also where a replica has not heard of a key material yet: that is a matter of waiting. */
export const keyUnavailable = documented(
  "KeyUnavailableException",
  "The request was rejected because the specified KMS key was not available. You can retry the ",
  "request.",
)

export const unsupportedByHsm = ours(
  "UnsupportedOperationException",
  "The operation is not supported for the key spec in this Region.",
)

export const unsupportedOperation = recorded("UnsupportedOperationException")

export const invalidMarker = wordless("InvalidMarkerException")

/** How every dry run ends that comes to its end. */
export const wouldHaveSucceeded = recorded(
  "DryRunOperationException",
  "The request would have succeeded, but the DryRun option is set.",
)

/** A key of another account that is not there, and one that the caller may not see, sound alike. */
export const unknownKeyOfCiphertext = reported(
  "AccessDeniedException",
  "The ciphertext refers to a customer master key that does not exist, does not exist in this ",
  "region, or you are not allowed to access.",
)

export const foreignRetiringPrincipal = ours(
  "AccessDeniedException",
  "The principal does not belong to your account.",
)

export const recipientUnsupported = ours(
  "UnsupportedOperationException",
  "Recipient is not supported by this engine.",
)

export const recipientIncomplete = ours(
  "ValidationException",
  "Recipient needs a KeyEncryptionAlgorithm and an AttestationDocument.",
)

export const invalidAttestation = ours(
  "ValidationException",
  "The attestation document is not valid.",
)
