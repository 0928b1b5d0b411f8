import { ours, recorded, supposed, wordless } from "./refusal.js"

/* Key material: how it rotates, is imported, and is copied to other regions. */

// Rotation.

export const tooManyRotations = recorded(
  "LimitExceededException",
  "The on-demand rotations limit has been reached for the given keyId. No more on-demand ",
  "rotations can be performed for this key: {arn}",
)

export const rotationIsNear = ours(
  "ConflictException",
  "An automatic rotation of the key is in progress or about to start: {arn}",
)

export const noPendingMaterial = recorded(
  "KMSInvalidStateException",
  "No available key material pending rotation for the key: {arn}.",
)

// Import.

export const wrongWrappingAlgorithm = supposed(
  "UnsupportedOperationException",
  "WrappingAlgorithm {algorithm} is not supported for {spec} key. Supported values are: ",
  "{supported}",
)

export const invalidImportToken = wordless("InvalidImportTokenException")
export const expiredImportToken = wordless("ExpiredImportTokenException")
export const incorrectMaterial = wordless("IncorrectKeyMaterialException")

export const validToMissing = recorded(
  "ValidationException",
  "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
)

export const validToNeedless = ours(
  "ValidationException",
  "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
)

export const validToPast = supposed("ValidationException", "ValidTo must be in the future")
export const validToFar = ours("ValidationException", "ValidTo must be within {days} days")

export const severalMaterialsUnsupported = ours(
  "ValidationException",
  "ImportType, KeyMaterialDescription and KeyMaterialId are only supported for symmetric ",
  "encryption KMS keys",
)

export const descriptionOfReplica = ours(
  "ValidationException",
  "KeyMaterialDescription can only be set on the multi-Region primary key.",
)

export const anotherMaterialPending = recorded(
  "KMSInvalidStateException",
  "New key material (id: {id}) cannot be imported into KMS key {arn}, because another key ",
  "material (id: {pending}) is pending rotation.",
)

export const noSuchMaterial = ours("NotFoundException", "Key material '{id}' does not exist")

// Multi-Region keys.

export const replicaExists = ours("AlreadyExistsException", "The key {arn} already exists")
export const invalidRegion = ours(
  "ValidationException",
  "ReplicaRegion {region} is not a valid Region",
)
export const tooManyReplicas = ours(
  "LimitExceededException",
  "The key has as many replicas as it may have",
)
export const anotherPrimary = ours("KMSInvalidStateException", "{arn} has another primary key.")
