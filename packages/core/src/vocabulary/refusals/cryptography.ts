import { ours, recorded, reported } from "./refusal.js"

/* What keys are used for: messages, ciphertexts, signatures, data keys. */

/** Says one thing of every fault of a ciphertext: nothing. */
export const invalidCiphertext = recorded("InvalidCiphertextException")
export const wrongSignature = recorded("KMSInvalidSignatureException")
export const wrongMac = recorded("KMSInvalidMacException")

/** Of a key agreement. */
export const invalidPublicKey = recorded("ValidationException")

export const incorrectKey = recorded(
  "IncorrectKeyException",
  "The key ID in the request does not identify a CMK that can perform this operation.",
)

export const wrongAlgorithm = recorded(
  "InvalidKeyUsageException",
  "Algorithm {algorithm} is incompatible with key spec {spec}.",
)

export const plaintextTooLong = recorded(
  "ValidationException",
  "Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes.",
)

export const contextWithKeyPair = ours(
  "ValidationException",
  "EncryptionContext is only supported for symmetric encryption KMS keys.",
)

export const wrongDigestLength = recorded(
  "ValidationException",
  "Digest is invalid length for algorithm {algorithm}.",
)

export const wrongMessageType = reported(
  "ValidationException",
  "Message type {type} is incompatible with {culprit} {name}.",
)

export const oneLengthNeeded = reported(
  "ValidationException",
  "Please specify either number of bytes or key spec.",
)

export const dataKeyOfKeyPair = reported(
  "InvalidKeyUsageException",
  "You cannot generate a data key with an asymmetric CMK",
)

export const numberOfBytesMissing = recorded("ValidationException", "NumberOfBytes is required.")

export const noRandomInStore = ours(
  "UnsupportedOperationException",
  "{id} is an external key store, which makes no random bytes.",
)
