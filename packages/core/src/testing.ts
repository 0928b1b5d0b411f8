/*
 * Doors for the makers of tests: key material in the clear, records past every policy. Nothing
 * here belongs into a program that keeps keys; `@keywright/testing` is built on it.
 */

export { clientOf } from "./client.js"
export {
  aliasTarget,
  type KeyGroup,
  nextDueMs,
  readKeyGroups,
  readKeys,
  writeKeyGroup,
} from "./engine/world.js"
export {
  type CiphertextHeader,
  parseCiphertext,
} from "./formats/ciphertext.js"
export type { GrantRecord } from "./formats/grant-records.js"
export { isKeyPairSpec, type KeyPairSpec, keyAlgorithms } from "./formats/key-algorithms.js"
export { type PrivateKeyParts, parsePkcs8, parseSec1 } from "./formats/pkcs8.js"
export type { AliasRecord, KeyMaterialRecord, KeyRecord } from "./formats/records.js"
export { encodeRsaPrivateKey, parseRsaPrivateKey } from "./formats/rsa-keys.js"
export { requireConstraints, requireGrantable, requireParties } from "./model/grants.js"
export { newUuid, newUuidDigits } from "./model/identifiers.js"
export { newPrimary } from "./model/replicas.js"
export { readCaller } from "./model/requester.js"
export { createFixtureHsm, type FixtureHsm, type PlantRequest } from "./software-hsm/fixture-hsm.js"
export { nobleSuite, systemEntropy } from "./software-hsm/noble-suite.js"
export { pooledEntropy } from "./software-hsm/pooled-entropy.js"
export { isAccountId, isAliasName, parseArn } from "./vocabulary/arns.js"
export { keyStates } from "./vocabulary/key-states.js"
