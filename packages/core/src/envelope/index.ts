export type { BulkCipher, BulkKey, Entropy, HashName, RunningHash } from "./cipher/bulk-cipher.js"
export { nobleCipher } from "./cipher/noble-cipher.js"
export { webCryptoCipher } from "./cipher/web-crypto-cipher.js"
export {
  type ByteSource,
  createEnvelope,
  type Decrypted,
  type Envelope,
  type EnvelopeChunks,
  type EnvelopeStream,
} from "./create-envelope.js"
export {
  EnvelopeError,
  type EnvelopeErrorReason,
  envelopeErrorReasons,
} from "./envelope-error.js"
export type {
  Field,
  FieldOptions,
  PerValue,
  RefreshAllOptions,
  Refreshed,
  RefreshedRow,
} from "./fields/field.js"
export type { FieldForm, SealedBytes, SealedOf, SealedText, ValueOf } from "./fields/sealed.js"
export { type CachedKeys, type CachedKeysOptions, cachedKeys } from "./keys/cache/cached-keys.js"
export type {
  DataKeyTerms,
  KeySource,
  UnwrapRequest,
  WrappedDataKey,
  WrapRequest,
} from "./keys/key-source.js"
export { keysByContext } from "./keys/keys-by-context.js"
export {
  type KmsCommands,
  type KmsDataKeys,
  type KmsEncrypts,
  withCommands,
} from "./keys/kms/kms-client.js"
export {
  type KmsDiscoveryFilter,
  type KmsDiscoveryOptions,
  type KmsMultiRegionDiscoveryOptions,
  kmsDiscovery,
  kmsMultiRegionDiscovery,
} from "./keys/kms/kms-discovery.js"
export { type KmsKeysOptions, kmsKeys, kmsMultiRegionKeys } from "./keys/kms/kms-keys.js"
export { type KmsRsaKeysOptions, kmsRsaKeys } from "./keys/kms/kms-rsa-keys.js"
export type { CacheCounters } from "./keys/once-cache.js"
export { type RawAesKeysOptions, rawAesKeys } from "./keys/raw/raw-aes-keys.js"
export { type RawRsaKeysOptions, rawRsaKeys } from "./keys/raw/raw-rsa-keys.js"
export { type RsaCipher, type RsaPadding, webCryptoRsa } from "./keys/raw/rsa-cipher.js"
export { severalKeys } from "./keys/several-keys.js"
export { envelopeLimits } from "./limit-table.js"
export type { EncryptedDataKey } from "./message/encrypted-data-key.js"
export type { EncryptionContext } from "./message/encryption-context.js"
export type { EnvelopeHeader } from "./message/envelope-header.js"
export { type AlgorithmSuite, algorithmSuites, type SuiteName } from "./message/suites.js"
export type { OpenMessage } from "./opening/open-message.js"
export type { SignedPlaintext } from "./opening/outlet.js"
export type { BlobLike, RangeSource } from "./opening/range-source.js"
export type {
  DecryptOptions,
  DecryptStreamOptions,
  EncryptOptions,
  EnvelopeOptions,
  OpenOptions,
  RewrapOptions,
} from "./options.js"
export type { Encrypted } from "./sealing/encrypt-bytes.js"
export type { CommitmentPolicy } from "./settings.js"
