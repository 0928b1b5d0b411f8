// What the author of a crypto suite builds with: the contract, the forms of key material, the
// encodings that libraries lack, and the suite in TypeScript to fall back on.

export { decodeDerElements, derTag, encodeDerPair } from "../../formats/keys/der.js"
export { keyAlgorithms } from "../../formats/keys/key-algorithms.js"
export {
  encodePairMaterial,
  type PairMaterial,
  parsePairMaterial,
  pkcs8OfMaterial,
  spkiOfMaterial,
} from "../../formats/keys/pair-material.js"
export { encodeSec1, parsePkcs8 } from "../../formats/keys/pkcs8.js"
export {
  encodeRsaMaterial,
  encodeRsaPrivateKey,
  parseRsaMaterial,
  parseRsaPrivateKey,
  type RsaPrivateKey,
} from "../../formats/keys/rsa-keys.js"
export { encodeSpki } from "../../formats/keys/spki.js"
export { signingAlgorithmTable } from "../../vocabulary/algorithms.js"
export { bytesOfHex, concatBytes, equalBytes, hexOf, utf8 } from "../../vocabulary/bytes.js"
export {
  type KeyPairSpec,
  type KeySpec,
  type KeySpecRow,
  keySpecRow,
} from "../../vocabulary/key-specs.js"
export type {
  AeadKey,
  AgreementKey,
  AsymmetricEncryption,
  CryptoSuite,
  CurveSpec,
  Encapsulated,
  EncapsulationKey,
  EncryptionKey,
  FullCryptoSuite,
  FullSuiteKeys,
  FullSuiteRow,
  HmacSpec,
  KeyPairMaker,
  MacKey,
  MlDsaSpec,
  MlKemSpec,
  Opener,
  RsaSpec,
  SignInput,
  SigningKey,
  SuiteRow,
  SuiteSpec,
} from "./crypto-suite.js"
export { freshEntropy } from "./fresh-entropy.js"
export { type HashName, hashBytes, oaepHash } from "./hashes.js"
export type { KeyDevice } from "./key-device.js"
export { makeWhenUsed } from "./make-when-used.js"
export { type NobleSuiteOptions, nobleSuite } from "./noble-suite.js"
export { pooledEntropy } from "./pooled-entropy.js"
export type { PrimalityTest } from "./rsa/rsa-numbers.js"
export {
  decodeOaep,
  encodeDigestInfo,
  encodePkcs1,
  encodePss,
  type NamedHash,
  oaepPlaintextBytesMax,
  verifyPss,
} from "./rsa/rsa-padding.js"
export { type SigningRow, signingTable } from "./signing-schemes.js"
