import { documented, ours, recorded, reported, supposed } from "./refusal.js"

/* How keys are named and found, what state they are in, and what labels and policies they have. */

// Finding keys.

export const noSuchKey = recorded("NotFoundException", "Key '{key}' does not exist")
export const noSuchAlias = reported("NotFoundException", "Alias {arn} is not found.")
export const invalidKeyId = recorded("NotFoundException", "Invalid keyId '{keyId}'")
export const invalidKeyIdInArn = reported("NotFoundException", "Invalid keyId {keyId}")
/** Of an ARN for another region, the region is told. */
export const invalidArn = recorded("NotFoundException", "Invalid arn {arn}")

export const aliasesNotSupported = reported(
  "InvalidArnException",
  "Key Aliases are not supported for this operation.",
)

// Key states. Source: AWS KMS Developer Guide, "Key states of AWS KMS keys".

export const disabled = recorded("DisabledException", "{arn} is disabled.")
export const pendingImport = recorded("KMSInvalidStateException", "{arn} is pending import.")
export const pendingDeletion = reported("KMSInvalidStateException", "{arn} is pending deletion.")
export const notPendingDeletion = documented(
  "KMSInvalidStateException",
  "{arn} is not pending deletion.",
)
export const unavailable = documented("KMSInvalidStateException", "{arn} is unavailable.")
export const creating = documented("KMSInvalidStateException", "{arn} is creating.")
export const updating = documented("KMSInvalidStateException", "{arn} is updating.")

// What a key is.

export const wrongOrigin = recorded(
  "UnsupportedOperationException",
  "{arn} origin is {origin} which is not valid for this operation.",
)

export const wrongUsage = recorded(
  "InvalidKeyUsageException",
  "{arn} key usage is {usage} which is not valid for {operation}.",
)

export const notPrimary = recorded(
  "UnsupportedOperationException",
  "{arn} is not a multi-region primary key.",
)

// Making keys.

export const twoKeySpecs = supposed(
  "ValidationException",
  "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. ",
  "CustomerMasterKeySpec is deprecated.",
)

export const keyUsageMissing = recorded(
  "ValidationException",
  "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
)

export const usageUnlikeSpec = recorded(
  "ValidationException",
  "KeyUsage {usage} is not compatible with KeySpec {spec}",
)

export const originUnlikeSpec = supposed(
  "ValidationException",
  "KeySpec {spec} is not supported for Origin {origin}",
)

export const keySpecUnsupported = supposed(
  "UnsupportedOperationException",
  "KeySpec {spec} is not supported in this Region",
)

export const tooManyKeys = ours(
  "LimitExceededException",
  "The account has as many keys as it may have",
)

// Aliases.

export const aliasWithoutPrefix = recorded(
  "ValidationException",
  'Alias must start with the prefix "alias/". Please see ',
  "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
)

export const reservedAlias = ours(
  "NotAuthorizedException",
  "Aliases beginning with alias/aws/ are reserved",
)

export const invalidAliasName = supposed(
  "ValidationException",
  "{name} contains invalid characters for an alias",
)

export const aliasOfAlias = supposed(
  "ValidationException",
  "Aliases must refer to keys. Not aliases",
)

export const aliasExists = supposed(
  "AlreadyExistsException",
  "An alias with the name {arn} already exists",
)

export const tooManyAliases = reported(
  "LimitExceededException",
  "Aliases per key quota for this account in this region is {most}, current usage is {usage}.",
)

/** Two keys can stand behind one alias, one after the other, if nothing that uses it breaks. */
export const unlikeTarget = supposed(
  "ValidationException",
  "Alias {name} cannot be changed from a CMK with {trait} {current} to a CMK with {trait} ",
  "{next}. The {trait} of the current CMK and the new CMK must be the same.",
)

// Tags.

export const duplicateTags = recorded("TagException", "Duplicate tag keys")
export const reservedTag = recorded("TagException", "Tags beginning with aws: are reserved")
export const invalidTag = reported("TagException", "Invalid tag")
export const tooManyTags = recorded("TagException", "Too many tags")

// Key policies.

export const noSuchPolicy = ours("NotFoundException", "No such policy exists")

export const lockedOut = reported(
  "MalformedPolicyDocumentException",
  "The new key policy will not allow you to update the key policy in the future.",
)
