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

/**
 * What AWS KMS calls the refusals of whoever identifies callers; those that are not here say that
 * nobody is known by the credentials.
 *
 * Source: AWS KMS API reference, "Common Errors"; the codes are those of AWS STS.
 */
export const identityNames: ReadonlyMap<string, string> = new Map([
  ["AccessDenied", "AccessDeniedException"],
  ["ExpiredToken", "ExpiredTokenException"],
  ["ExpiredTokenException", "ExpiredTokenException"],
  ["MissingAuthenticationToken", "MissingAuthenticationTokenException"],
])

/** A refusal of whoever identifies callers, of whatever copy of its package. */
export const isIdentityRefusal = (thrown: unknown): thrown is Error & { readonly status: number } =>
  thrown instanceof Error && "status" in thrown && typeof thrown.status === "number"

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
