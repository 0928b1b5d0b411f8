import { findAction } from "../catalogue/action-index.js"
import type { Bundle, OrganizationSlots, Slot } from "../compile/bundle.js"
import type { RequestedAction } from "../compile/compile-actions.js"
import type { RequestedResource } from "../compile/compile-resources.js"
import type { Read } from "../operators/tokens.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { splitArn } from "../vocabulary/principal-arn.js"
import type { PolicyRequest, Principal } from "../vocabulary/types.js"
import { type Identity, identitiesOf } from "./match-kinds.js"
import { readerOf } from "./read-context.js"

/** One request against one bundle: what is asked, and which documents have a say. */
export interface Situation extends RequestedResource {
  readonly bundle: Bundle
  readonly request: PolicyRequest
  readonly principal: Principal
  readonly identities: readonly Identity[]
  readonly action: RequestedAction
  readonly read: Read
  /** The call is about a key: its key policy and grants have a say. */
  readonly onKey: boolean
  readonly retiresGrant: boolean
  readonly sameAccount: boolean
  readonly hasBoundary: boolean
  readonly rcps: OrganizationSlots | undefined
  readonly scps: OrganizationSlots | undefined
  readonly vpcEndpointPolicy: Slot | undefined
  readonly keyPolicy: Slot | undefined
  readonly identityPolicies: readonly Slot[]
  readonly permissionsBoundary: Slot | undefined
  readonly sessionPolicies: readonly Slot[]
}

const noSlots: readonly Slot[] = []
const retireGrant = "kms:retiregrant"
/** CreateKey with tags needs it for a key that does not exist yet. */
const tagResource = "kms:tagresource"
const anyKeySuffix = ":key/*"

/** Throws `TypeError` when the request lacks a principal, an action or a resource. */
export function situationOf(bundle: Bundle, request: PolicyRequest): Situation {
  const { principal, resource } = request
  if (typeof request.action !== "string" || typeof resource !== "string") {
    throw new TypeError("`action` and `resource` must be strings")
  }
  const entry = findAction(request.action)
  const action = { entry, lower: entry?.lower ?? lowerAscii(request.action) }
  const onKey = request.isNewKey !== true && isAboutKey(action, resource)
  const retiresGrant = action.lower === retireGrant
  const service = principal.type === "service"
  const read = readerOf(request.context)
  const isAccount = resource === "*" && action.lower.startsWith("kms:")
  const region = isAccount ? read("aws:requestedregion") : undefined
  const permissionsBoundary = service ? undefined : bundle.permissionsBoundary
  return {
    bundle,
    request,
    principal,
    identities: identitiesOf(principal),
    action,
    resource: isAccount ? wholeAccount(request, `${region ?? noRegion}`) : resource,
    inRegion: isAccount && region === undefined ? (name) => wholeAccount(request, name) : undefined,
    read,
    onKey,
    retiresGrant,
    sameAccount: service || principal.account === request.resourceAccount,
    hasBoundary: permissionsBoundary !== undefined,
    rcps:
      !onKey || retiresGrant || request.keyManager === "AWS"
        ? undefined
        : governing(bundle.rcps, request.resourceAccount, principal),
    scps: service ? undefined : governing(bundle.scps, principal.account, principal),
    vpcEndpointPolicy: request.vpcEndpointId === undefined ? undefined : bundle.vpcEndpointPolicy,
    keyPolicy: onKey && !retiresGrant ? bundle.keyPolicy : undefined,
    identityPolicies: service ? noSlots : bundle.identityPolicies,
    permissionsBoundary,
    sessionPolicies: service ? noSlots : bundle.sessionPolicies,
  }
}

/**
 * The entry of the account. Management accounts and service-linked roles are out of reach of both
 * kinds.
 */
function governing(
  entries: readonly OrganizationSlots[],
  account: string,
  principal: Principal,
): OrganizationSlots | undefined {
  if (entries.length === 0 || isServiceLinkedRole(principal)) return undefined
  const entry = entries.find((candidate) => candidate.account === account)
  return entry?.isManagementAccount === true ? undefined : entry
}

/**
 * Whether the key policy has a say. An operation of the catalogue says it itself; an unknown one
 * is about a key unless it names `*`, so that nothing slips past a key policy.
 */
function isAboutKey(action: RequestedAction, resource: string): boolean {
  const kind = action.entry?.row.resource
  if (kind === "*" || (action.lower === tagResource && isAnyKey(resource))) return false
  if (kind === "key") return true
  if (kind === "alias+key") return !isAlias(resource)
  return resource !== "*"
}

const isAnyKey = (resource: string) => resource === "*" || resource.endsWith(anyKeySuffix)

/**
 * The resource of an operation that has no key: everything of the account in the region that is
 * called, so that a policy may say `*` or name the account.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS permissions", on kms:CreateKey and kms:ListKeys.
 */
function wholeAccount(request: PolicyRequest, region: string): string {
  const partition = splitArn(request.principal.arn)?.partition ?? "aws"
  return `arn:${partition}:kms:${region}:${request.resourceAccount}:*`
}

/** Where nobody said which region is called: only an entry that means every region matches it. */
const noRegion = "-".repeat(64)

function isAlias(resource: string): boolean {
  const parts = splitArn(resource)
  return parts !== undefined && parts.service === "kms" && parts.resource.startsWith("alias/")
}

const isServiceLinkedRole = (principal: Principal): boolean =>
  principal.roleArn?.includes(":role/aws-service-role/") === true
