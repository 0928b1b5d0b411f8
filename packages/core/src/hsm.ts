// The HSM and nothing of the engine, for a process or a thread that is nothing else, with the
// words of its contract for those who carry calls there.

export type { Binding, BoundToken, WrappingBinding } from "./ports/bindings.js"
export type { EncryptionScheme, EncryptionTarget } from "./ports/crypto-hsm.js"
export { type Hsm, HsmError, type HsmErrorCode, isHsmError, type Seal } from "./ports/hsm.js"
export type { PlacedBytes } from "./ports/record-hsm.js"
export type { PeerDomain, RegionHsm, ReplicationToken } from "./ports/region-hsm.js"
export type { ImportResult } from "./ports/token-hsm.js"
export { kmsSeal } from "./software-hsm/seals/kms-seal.js"
export { passphraseSeal } from "./software-hsm/seals/passphrase-seal.js"
export { rootKeySeal } from "./software-hsm/seals/root-key-seal.js"
export { createSoftwareHsm, type SoftwareHsmOptions } from "./software-hsm/software-hsm.js"
export { systemClock, systemTimer } from "./system.js"
export {
  encapsulationAlgorithms,
  encryptionAlgorithms,
  keyAgreementAlgorithms,
  macAlgorithms,
  messageTypes,
  signingAlgorithms,
} from "./vocabulary/algorithms.js"
export { wrappingAlgorithms, wrappingKeySpecs } from "./vocabulary/import-wrapping.js"
export { type KeySpec, keySpecs, keyUsages, origins } from "./vocabulary/key-specs.js"
export { type OptionNames, requireKnownOptions } from "./vocabulary/option-names.js"
