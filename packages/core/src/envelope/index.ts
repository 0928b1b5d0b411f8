export type { BulkCipher, BulkKey, Entropy, HashName, RunningHash } from "./cipher/bulk-cipher.js"
export { nobleCipher } from "./cipher/noble-cipher.js"
export { webCryptoCipher } from "./cipher/web-crypto-cipher.js"
export {
  createEnvelope,
  type Decrypted,
  type Envelope,
  type EnvelopeStream,
} from "./create-envelope.js"
export { EnvelopeError, type EnvelopeErrorReason } from "./envelope-error.js"
export type {
  DataKeyTerms,
  EncryptionContext,
  KeySource,
  UnwrapRequest,
  WrappedDataKey,
  WrapRequest,
} from "./keys/key-source.js"
export { type RawAesKeysOptions, rawAesKeys } from "./keys/raw-aes-keys.js"
export type { EncryptedDataKey } from "./message/encrypted-data-key.js"
export type { EnvelopeHeader } from "./message/envelope-header.js"
export { type AlgorithmSuite, algorithmSuites, type SuiteName } from "./message/suites.js"
export type { SignedPlaintext } from "./opening/outlet.js"
export type {
  DecryptOptions,
  DecryptStreamOptions,
  EncryptOptions,
  EnvelopeOptions,
} from "./options.js"
export type { Encrypted } from "./sealing/encrypt-bytes.js"
export type { CommitmentPolicy } from "./settings.js"
