export type { EcdhCurve } from "./keys/agreement/curves.js"
export {
  type KmsEcdhDiscoveryOptions,
  type KmsEcdhKeysOptions,
  kmsEcdhDiscovery,
  kmsEcdhKeys,
} from "./keys/agreement/kms-ecdh-keys.js"
export {
  type KmsMlKemKeysOptions,
  kmsMlKemKeys,
  type MlKemParameterSet,
} from "./keys/agreement/kms-ml-kem-keys.js"
export {
  type RawEcdhDiscoveryOptions,
  type RawEcdhEphemeralKeysOptions,
  type RawEcdhKeysOptions,
  rawEcdhDiscovery,
  rawEcdhEphemeralKeys,
  rawEcdhKeys,
} from "./keys/agreement/raw-ecdh-keys.js"
export type { KmsAgrees, KmsEncapsulates } from "./keys/kms/kms-client.js"
