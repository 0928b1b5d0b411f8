// What the author of a crypto suite builds with: the contract, the forms of key material, the
// encodings that libraries lack, and the suite in TypeScript to fall back on.

export type { KeyPairSpec } from "../../formats/keys/key-algorithms.js"
export {
  encodePairMaterial,
  type PairMaterial,
  parsePairMaterial,
  pkcs8OfMaterial,
  spkiOfMaterial,
} from "../../formats/keys/key-material.js"
export { encodeSec1 } from "../../formats/keys/pkcs8.js"
export {
  encodeRsaMaterial,
  parseRsaMaterial,
  parseRsaPrivateKey,
  type RsaPrivateKey,
} from "../../formats/keys/rsa-keys.js"
export { encodeSpki } from "../../formats/keys/spki.js"
export { andThen } from "../../vocabulary/eventually.js"
export type { KeySpecRow } from "../../vocabulary/key-specs.js"
export {
  type HashName,
  hashBytes,
  oaepHash,
  type SigningRow,
  signingTable,
} from "./algorithms.js"
export type {
  AeadKey,
  AgreementKey,
  AsymmetricEncryption,
  CryptoSuite,
  Encapsulated,
  EncapsulationKey,
  EncryptionKey,
  KeyPairMaker,
  MacKey,
  Opener,
  SignInput,
  SigningKey,
  Table,
} from "./crypto-suite.js"
export { type NobleSuiteOptions, nobleSuite } from "./noble-suite.js"
export { pooledEntropy } from "./pooled-entropy.js"
export type { PrimalityTest } from "./rsa/rsa-numbers.js"
export {
  encodeDigestInfo,
  encodePkcs1,
  encodePss,
  type NamedHash,
  oaepPlaintextBytesMax,
  verifyPss,
} from "./rsa/rsa-padding.js"
