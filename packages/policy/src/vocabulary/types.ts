import type { CompiledDocument, GrantIndex } from "./opaque.js"

/** A policy as JSON text, as a parsed object, or compiled before. */
export type PolicyDocument = string | object | CompiledDocument

export type PrincipalType = "user" | "role-session" | "federated-user" | "root" | "service"

/** Who asks. A role session has its session ARN in `arn` and its role, with path, in `roleArn`. */
export interface Principal {
  readonly type: PrincipalType
  readonly arn: string
  readonly account: string
  /** Role sessions: the ARN of the role, with its path. */
  readonly roleArn?: string | undefined
  /** Federated users: the user that called GetFederationToken. */
  readonly issuerUserArn?: string | undefined
  /** Service principals: the name, such as `logs.us-east-1.amazonaws.com`. */
  readonly service?: string | undefined
}

export type ContextScalar = string | number | boolean
/** An array, also one of a single element, is a multivalued key. */
export type ContextValue = ContextScalar | readonly ContextScalar[]
/** A lookup by lower-cased condition key; it answers `undefined` for an absent key. */
export type ContextLookup = (lowerCasedKey: string) => ContextValue | undefined
export type ContextRecord = { readonly [conditionKey: string]: ContextValue | undefined }
/** The request context. Keys ignore letter case; a key that is not there is absent. */
export type RequestContext = ContextRecord | ContextLookup

/** One authorization question. Nothing is added to it: an absent context key stays absent. */
export interface PolicyRequest {
  readonly principal: Principal
  /** `kms:Decrypt` */
  readonly action: string
  /**
   * The key ARN, an alias ARN, or `*` where the operation names no resource: then it is the whole
   * account, in the region that `aws:RequestedRegion` of the context names. Without it a Deny
   * applies that covers the account in any region, and an Allow that covers it in all.
   */
  readonly resource: string
  /** The resource is a key that is yet to be made: it has no key policy that could have a say. */
  readonly isNewKey?: boolean | undefined
  /** The account that owns the resource. */
  readonly resourceAccount: string
  readonly keyManager?: "AWS" | "CUSTOMER" | undefined
  /** Set when the call came through a VPC endpoint: its policy is then consulted. */
  readonly vpcEndpointId?: string | undefined
  /** What grant constraints are compared with; for CreateGrant, the pairs of the new constraint. */
  readonly encryptionContext?: { readonly [name: string]: string } | undefined
  /** RetireGrant: the grant to retire. */
  readonly grantId?: string | undefined
  readonly context: RequestContext
}

export interface GrantConstraints {
  readonly encryptionContextEquals?: { readonly [name: string]: string } | undefined
  readonly encryptionContextSubset?: { readonly [name: string]: string } | undefined
  readonly sourceArn?: string | undefined
}

export interface Grant {
  readonly grantId: string
  /** Key id or key ARN. */
  readonly keyId: string
  readonly issuingAccount: string
  readonly granteePrincipal?: string | undefined
  readonly granteeServicePrincipal?: string | undefined
  readonly retiringPrincipal?: string | undefined
  readonly retiringServicePrincipal?: string | undefined
  /** Operation names without prefix, such as `Decrypt`. */
  readonly operations: readonly string[]
  readonly constraints?: GrantConstraints | undefined
}

/** A grant as ListGrants answers it: the same in AWS's spelling. */
export interface GrantListEntry {
  readonly GrantId?: string | undefined
  readonly KeyId?: string | undefined
  readonly IssuingAccount?: string | undefined
  readonly GranteePrincipal?: string | undefined
  readonly GranteeServicePrincipal?: string | undefined
  readonly RetiringPrincipal?: string | undefined
  readonly RetiringServicePrincipal?: string | undefined
  readonly Operations?: readonly string[] | undefined
  readonly Constraints?:
    | {
        readonly EncryptionContextEquals?: { readonly [name: string]: string } | undefined
        readonly EncryptionContextSubset?: { readonly [name: string]: string } | undefined
        readonly SourceArn?: string | undefined
      }
    | undefined
  readonly Name?: string | undefined
  readonly CreationDate?: Date | undefined
}

/** The policies attached to one node of an organization. */
export interface OrganizationLevel {
  /** Root, unit or account id; it is only named in explanations. */
  readonly target: string
  readonly policies: readonly PolicyDocument[]
}

/** The SCPs or RCPs over one account, from the root down. */
export interface OrganizationPolicies {
  readonly account: string
  readonly isManagementAccount?: boolean | undefined
  readonly levels: readonly OrganizationLevel[]
}

/** Everything that takes part in a decision about one key. */
export interface Policies {
  readonly keyPolicy?: PolicyDocument | undefined
  readonly identityPolicies?: readonly PolicyDocument[] | undefined
  readonly permissionsBoundary?: PolicyDocument | undefined
  readonly sessionPolicies?: readonly PolicyDocument[] | undefined
  readonly scps?: readonly OrganizationPolicies[] | undefined
  readonly rcps?: readonly OrganizationPolicies[] | undefined
  readonly vpcEndpointPolicy?: PolicyDocument | undefined
  readonly grants?: readonly (Grant | GrantListEntry)[] | GrantIndex | undefined
}

/** Where AWS's documents leave a choice that matters to a host. */
export interface EvaluationOptions {
  /**
   * Whether a grantee of another account needs a permission at home besides the grant.
   * Default `"grant"`: the grant is enough, as AWS's examples show.
   */
  readonly foreignGrantee?: "grant" | "grantAndIdentityPolicy" | undefined
}
