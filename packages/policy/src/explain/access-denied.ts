import { documentRules } from "../parse/document-rules.js"
import type { Decision, ImplicitDenyReason } from "../vocabulary/decision.js"
import type { DocumentKind } from "../vocabulary/documents.js"

export interface AccessDeniedDetails {
  /** The ARN as the caller is known in messages: the session ARN of a role session. */
  readonly principalArn: string
  readonly action: string
  /** Left out of the text when absent. */
  readonly resource?: string | undefined
  /** For callers of other accounts: the text does not tell whether the key exists. */
  readonly masked?: boolean | undefined
  /** Masked text of a call that named the key by its ciphertext only. */
  readonly ciphertext?: boolean | undefined
  /** Printed after an explicit deny in a policy that has an ARN. */
  readonly policyArn?: string | undefined
}

const identityBased = "identity-based policy"
const resourceBased = "resource-based policy"

/** What AWS calls each kind of document in a denial. */
const policyTypes: { readonly [kind in DocumentKind]: string } = {
  keyPolicy: resourceBased,
  identityPolicy: identityBased,
  permissionsBoundary: documentRules.permissionsBoundary.title,
  sessionPolicy: documentRules.sessionPolicy.title,
  scp: documentRules.scp.title,
  rcp: documentRules.rcp.title,
  vpcEndpointPolicy: documentRules.vpcEndpointPolicy.title,
}

/**
 * The message of AccessDeniedException in AWS's wording; masked, it is what KMS prints for keys of
 * other accounts. Throws `TypeError` for a decision that allows.
 *
 * Source: IAM User Guide, "Troubleshoot access denied error messages".
 */
export function accessDeniedMessage(decision: Decision, details: AccessDeniedDetails): string {
  if (decision.effect === "allow") throw new TypeError("an allowed request has no denial")
  const { principalArn, action, resource } = details
  const head = `User: ${principalArn} is not authorized to perform: ${action}`
  if (details.masked === true) return `${head} ${maskedTail(details.ciphertext === true)}`
  const where = resource === undefined ? "" : ` on resource: ${resource}`
  if (decision.effect === "explicitDeny") {
    const type = policyTypes[decision.reason]
    const article = type === identityBased ? "an" : "a"
    const arn = details.policyArn === undefined ? "" : `: ${details.policyArn}`
    return `${head}${where} with an explicit deny in ${article} ${type}${arn}`
  }
  return `${head}${where} because no ${missingType(decision)} allows the ${action} action`
}

function maskedTail(ciphertext: boolean): string {
  const where = ciphertext ? "on the resource associated with this ciphertext" : "on this resource"
  return (
    `${where} because the resource does not exist in this Region, ` +
    "no resource-based policies allow access, or a resource-based policy explicitly denies access"
  )
}

function missingType(decision: Decision & { effect: "implicitDeny" }): string {
  const [by] = decision.by
  if (decision.reason === "brokenDocument" && by !== undefined && "document" in by) {
    return policyTypes[by.document]
  }
  return isKind(decision.reason) ? policyTypes[decision.reason] : resourceBased
}

const isKind = (reason: ImplicitDenyReason): reason is DocumentKind =>
  Object.hasOwn(policyTypes, reason)
