/*
 * What an account store and its token service refuse, by the names that AWS has for it.
 *
 * Source: IAM API reference and AWS STS API reference, the errors of each operation, and "Common
 * errors"; the codes are those that are sent.
 */
const statuses = {
  AccessDenied: 403,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  IDPRejectedClaim: 403,
  IncompleteSignature: 403,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  MissingAuthenticationToken: 403,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  RequestExpired: 400,
  SignatureDoesNotMatch: 403,
  ValidationError: 400,
} as const

/** AWS's name of a refusal. */
export type IdentityErrorName = keyof typeof statuses

/** A refusal to whoever asked. Its message is for the caller and holds no secret. */
export class IdentityError extends Error {
  override readonly name: IdentityErrorName
  /** Of the reply over HTTP. */
  readonly status: number

  constructor(name: IdentityErrorName, message: string) {
    super(message)
    this.name = name
    this.status = statuses[name]
  }
}

export const noSuchEntity = (kind: string, name: string) =>
  new IdentityError("NoSuchEntity", `The ${kind} with name ${name} cannot be found.`)

export const validation = (message: string) => new IdentityError("ValidationError", message)

export const accessDenied = (message: string) => new IdentityError("AccessDenied", message)
