export {
  checkChange,
  checkKeys,
  checkRange,
  keyInterval,
} from "./arguments.js"
export {
  type Change,
  commitBytesMax,
  commitKeysMax,
  type Entry,
  type Expectation,
  getKeysMax,
  keyBytesMax,
  listLimitMax,
  type Page,
  type Put,
  type Range,
  type Stamp,
  type Storage,
  valueBytesMax,
} from "./contract.js"
export { createMemoryStorage, type MemoryStorage } from "./memory.js"
export {
  closedError,
  StorageError,
  type StorageErrorCode,
} from "./storage-error.js"
