import { ours, reported, wordless } from "./refusal.js"

/* What a grant may permit, to whom, and how it is named. */

export const ungrantableOperation = ours(
  "ValidationException",
  "Operation {operation} is not valid for a key with KeyUsage {usage}",
)

export const invalidPrincipal = ours(
  "InvalidArnException",
  "ARN does not refer to a valid principal: {arn}",
)

export const oneGranteeNeeded = ours(
  "ValidationException",
  "Specify either GranteePrincipal or GranteeServicePrincipal.",
)

export const oneRetiringPrincipalNeeded = ours(
  "ValidationException",
  "Specify either RetiringPrincipal or RetiringServicePrincipal.",
)

export const sourceArnMissing = ours(
  "ValidationException",
  "GranteeServicePrincipal requires the grant constraint SourceArn.",
)

export const retiringPrincipalMissing = ours(
  "ValidationException",
  "GranteeServicePrincipal requires a RetiringPrincipal or RetiringServicePrincipal.",
)

export const twoConstraints = reported("ValidationException", "More than one constraint supplied")

export const constraintOfKeyPair = ours(
  "ValidationException",
  "Encryption context constraints are only valid for symmetric encryption KMS keys.",
)

export const tooManyConstraintPairs = ours(
  "ValidationException",
  "A grant constraint has at most {most} pairs.",
)

export const constraintValueTooLong = ours(
  "ValidationException",
  "A value in a grant constraint has at most {most} characters.",
)

export const tooManyGrants = ours(
  "LimitExceededException",
  "The key has as many grants as it may have",
)

export const noSuchGrant = ours("NotFoundException", "Grant ID {id} not found")
export const invalidGrantId = ours("InvalidGrantIdException", "Invalid grant ID")
export const invalidGrantToken = wordless("InvalidGrantTokenException")

export const oneGrantNameNeeded = ours(
  "ValidationException",
  "Specify either a GrantToken, or a KeyId and a GrantId.",
)
