import type { OrganizationPolicies, PolicyDocument } from "@keywright/policy"

/** Policies that stand above keys and identities. What is left out allows everything. */
export interface Guardrails {
  /** Service control policies, from the root of the organization down, for each account. */
  readonly scps?: readonly OrganizationPolicies[]
  /** Resource control policies, likewise. */
  readonly rcps?: readonly OrganizationPolicies[]
  /** VPC endpoint policies by endpoint id (`vpce-…`). */
  readonly vpcEndpointPolicies?: Readonly<Record<string, PolicyDocument>>
}
