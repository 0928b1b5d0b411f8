import type { IdentityErrorName } from "@keywright/identity"

/**
 * What the AWS layer in front of an operation refuses, and with which HTTP status.
 *
 * Source: the common errors of AWS JSON 1.1 services.
 */
const statuses = {
  IncompleteSignatureException: 400,
  InvalidSignatureException: 400,
  MissingAuthenticationTokenException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
} as const satisfies Readonly<Record<string, number>>

const unrecognized = "UnrecognizedClientException"

/**
 * What AWS KMS calls the refusals of whoever identifies callers; of most it says that nobody is
 * known by the credentials.
 *
 * Source: AWS KMS API reference, "Common Errors"; the codes are those of AWS STS.
 */
export const identityNames: Readonly<Record<IdentityErrorName, string>> = {
  AccessDenied: "AccessDeniedException",
  DeleteConflict: unrecognized,
  EntityAlreadyExists: unrecognized,
  ExpiredToken: "ExpiredTokenException",
  ExpiredTokenException: "ExpiredTokenException",
  IDPRejectedClaim: unrecognized,
  IncompleteSignature: unrecognized,
  InternalFailure: unrecognized,
  InvalidAction: unrecognized,
  InvalidClientTokenId: unrecognized,
  InvalidIdentityToken: unrecognized,
  LimitExceeded: unrecognized,
  MalformedPolicyDocument: unrecognized,
  MissingAuthenticationToken: "MissingAuthenticationTokenException",
  NoSuchEntity: unrecognized,
  PackedPolicyTooLarge: unrecognized,
  RequestExpired: unrecognized,
  SignatureDoesNotMatch: unrecognized,
  ValidationError: unrecognized,
}

interface IdentityRefusal extends Error {
  readonly name: IdentityErrorName
  readonly status: number
}

/**
 * A refusal of whoever identifies callers, of whatever copy of its package. Told by its name, too:
 * errors of HTTP clients and drivers have a `status`, and what they say is for the host alone.
 */
export const isIdentityRefusal = (thrown: unknown): thrown is IdentityRefusal =>
  thrown instanceof Error &&
  Object.hasOwn(identityNames, thrown.name) &&
  "status" in thrown &&
  typeof thrown.status === "number"

/** A refusal before the engine is asked. AWS gives some of them no message. */
export class ProtocolError extends Error {
  override readonly name: keyof typeof statuses
  readonly status: number

  constructor(name: keyof typeof statuses, message = "") {
    super(message)
    this.name = name
    this.status = statuses[name]
  }
}

/** A request that reaches none of the regions, as one would fail whose host does not resolve. */
export class EndpointError extends Error {
  override readonly name = "EndpointError"
}
