/*
 * Doors for the makers of tests: key material in the clear, records past every policy. Nothing
 * here belongs into a program that keeps keys; `@keywright/testing` is built on it, and the
 * reference is printed from it.
 */

export { clientOf } from "./client.js"
export { callSteps } from "./engine/corridor/steps.js"
export { recordsBeside } from "./engine/hsms/region-storage.js"
export { sealedStorage, sealerOf, withoutStamps } from "./engine/hsms/sealed-storage.js"
export {
  aliasTarget,
  type KeyGroup,
  nextDueMs,
  readKeyGroups,
  readKeys,
  writeKeyGroup,
} from "./engine/records/key-groups.js"
export { keyAlgorithms } from "./formats/keys/key-algorithms.js"
export { type PrivateKeyParts, parsePkcs8, parseSec1 } from "./formats/keys/pkcs8.js"
export { encodeRsaPrivateKey, parseRsaPrivateKey } from "./formats/keys/rsa-keys.js"
export {
  type CiphertextHeader,
  parseCiphertext,
} from "./formats/opaque/ciphertext.js"
export type { GrantRecord } from "./formats/stored/grant-records.js"
export type { AliasRecord, KeyMaterialRecord, KeyRecord } from "./formats/stored/key-records.js"
export { directoryOf } from "./given-policies.js"
export { refusalByState } from "./model/admission.js"
export { readCaller } from "./model/caller.js"
export { requireConstraints, requireGrantable, requireParties } from "./model/grants.js"
export { newPrimary } from "./model/replicas.js"
export { newUuid, newUuidDigits } from "./model/uuids.js"
export { xksErrorNames, xksFailures } from "./model/xks-failures.js"
export { bindingOf, keyBindingOf } from "./operations/bound-tokens.js"
export { commonErrors, errorsBeyondModel } from "./operations/unmodelled-errors.js"
export { createFixtureHsm, type FixtureHsm, type PlantRequest } from "./software-hsm/fixture-hsm.js"
export { nobleSuite, systemEntropy } from "./software-hsm/suite/noble-suite.js"
export { pooledEntropy } from "./software-hsm/suite/pooled-entropy.js"
export { isAccountId, isAliasName, parseArn } from "./vocabulary/arns.js"
export { isKeyPairSpec, type KeyPairSpec } from "./vocabulary/key-specs.js"
export { keyStates } from "./vocabulary/key-states.js"
