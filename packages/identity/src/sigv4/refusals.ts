/*
 * Why a signature is not taken, in the words of AWS.
 *
 * Source: IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests"; KMS API
 * reference, "Common Errors".
 */

/** AWS's name of each refusal. */
const names = {
  "not signed": "MissingAuthenticationTokenException",
  incomplete: "IncompleteSignatureException",
  "not understood": "IncompleteSignatureException",
  "wrong scope": "InvalidSignatureException",
  "header not signed": "InvalidSignatureException",
  "wrong payload": "InvalidSignatureException",
  "too early": "InvalidSignatureException",
  expired: "InvalidSignatureException",
  "unknown key": "UnrecognizedClientException",
  "wrong signature": "InvalidSignatureException",
  replayed: "InvalidSignatureException",
} as const

/** Why a signature is not taken: stable, for programs. */
export type SigV4Reason = keyof typeof names

export const sigV4Reasons = Object.freeze(Object.keys(names) as SigV4Reason[])

/** A request whose signature is not taken. Neither message nor cause holds a secret. */
export class SigV4Error extends Error {
  override readonly name: (typeof names)[SigV4Reason]
  readonly reason: SigV4Reason

  constructor(reason: SigV4Reason, message: string) {
    super(message)
    this.name = names[reason]
    this.reason = reason
  }
}

export const notSigned = () => new SigV4Error("not signed", "Missing Authentication Token")

export const incomplete = (what: string) => new SigV4Error("incomplete", what)

export const notUnderstood = (what: string) => new SigV4Error("not understood", what)

export const wrongScope = (what: string) => new SigV4Error("wrong scope", what)

export const headerNotSigned = (name: string) =>
  new SigV4Error(
    "header not signed",
    name === "host"
      ? "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
      : `'${name}' must be a 'SignedHeader' in the AWS Authorization.`,
  )

export const wrongPayload = () =>
  new SigV4Error(
    "wrong payload",
    "The value of the x-amz-content-sha256 header does not match the calculated value.",
  )

export const unknownKey = () =>
  new SigV4Error("unknown key", "The security token included in the request is invalid.")

export const wrongSignature = () =>
  new SigV4Error(
    "wrong signature",
    "The request signature we calculated does not match the signature you provided. Check your " +
      "AWS Secret Access Key and signing method. Consult the service documentation for details.",
  )

export const replayed = () =>
  new SigV4Error("replayed", "The request signature has been used before.")
