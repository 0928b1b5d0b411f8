export {
  type BranchKeyStore,
  type BranchKeyStoreOptions,
  createBranchKeyStore,
} from "./keys/branch/branch-key-store.js"
export type { BranchKeyItem, BranchKeyTable } from "./keys/branch/branch-key-table.js"
export { type BranchKeys, type BranchKeysOptions, branchKeys } from "./keys/branch/branch-keys.js"
export { branchKeysInDynamoDb, type DynamoDbItems } from "./keys/branch/dynamodb-table.js"
export { branchKeysInStorage } from "./keys/branch/storage-table.js"
export type { KmsBranchKeys } from "./keys/kms/kms-client.js"
