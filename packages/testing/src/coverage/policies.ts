import type {
  CompiledPolicies,
  DocumentKind,
  DocumentReference,
  Grant,
  Policies,
  PolicyDocument,
  PolicyRequest,
} from "@keywright/policy"
import { listGrants, plainDocument } from "@keywright/policy"

/** The policies over one account of an organization, each as a `Document`. */
export interface OrganizationOf<Document> {
  readonly account: string
  readonly isManagementAccount?: boolean | undefined
  readonly levels: readonly { readonly target: string; readonly policies: readonly Document[] }[]
}

/** The policies of a decision, each as a `Document`, for example its text. */
export interface PoliciesOf<Document> {
  readonly keyPolicy?: Document | undefined
  readonly identityPolicies?: readonly Document[] | undefined
  readonly permissionsBoundary?: Document | undefined
  readonly sessionPolicies?: readonly Document[] | undefined
  readonly scps?: readonly OrganizationOf<Document>[] | undefined
  readonly rcps?: readonly OrganizationOf<Document>[] | undefined
  readonly vpcEndpointPolicy?: Document | undefined
  readonly grants: readonly Grant[]
}

/** The same policies with every document mapped, in a fixed order. */
export function mapDocuments<From, To>(
  policies: PoliciesOf<From>,
  map: (document: From, kind: DocumentKind) => To,
): PoliciesOf<To> {
  const one = (document: From | undefined, kind: DocumentKind) =>
    document === undefined ? undefined : map(document, kind)
  const many = (documents: readonly From[] | undefined, kind: DocumentKind) =>
    documents?.map((document) => map(document, kind))
  const organizations = (
    entries: readonly OrganizationOf<From>[] | undefined,
    kind: DocumentKind,
  ): readonly OrganizationOf<To>[] | undefined =>
    entries?.map(({ levels, ...entry }) => ({
      ...entry,
      levels: levels.map(({ target, policies }) => ({
        target,
        policies: policies.map((document) => map(document, kind)),
      })),
    }))
  return {
    keyPolicy: one(policies.keyPolicy, "keyPolicy"),
    identityPolicies: many(policies.identityPolicies, "identityPolicy"),
    permissionsBoundary: one(policies.permissionsBoundary, "permissionsBoundary"),
    sessionPolicies: many(policies.sessionPolicies, "sessionPolicy"),
    scps: organizations(policies.scps, "scp"),
    rcps: organizations(policies.rcps, "rcp"),
    vpcEndpointPolicy: one(policies.vpcEndpointPolicy, "vpcEndpointPolicy"),
    grants: policies.grants,
  }
}

/** Where a kind of document stands among the policies of a request. */
const places: {
  readonly [Kind in DocumentKind]: <Document>(
    policies: PoliciesOf<Document>,
    request: PolicyRequest,
    reference: DocumentReference,
  ) => Document | undefined
} = {
  keyPolicy: ({ keyPolicy }) => keyPolicy,
  identityPolicy: ({ identityPolicies }, _request, { index }) => identityPolicies?.[index],
  permissionsBoundary: ({ permissionsBoundary }) => permissionsBoundary,
  sessionPolicy: ({ sessionPolicies }, _request, { index }) => sessionPolicies?.[index],
  scp: ({ scps }, { principal }, reference) => inLevel(scps, principal.account, reference),
  rcp: ({ rcps }, { resourceAccount }, reference) => inLevel(rcps, resourceAccount, reference),
  vpcEndpointPolicy: ({ vpcEndpointPolicy }) => vpcEndpointPolicy,
}

const inLevel = <Document>(
  entries: readonly OrganizationOf<Document>[] | undefined,
  account: string,
  { level = -1, index }: DocumentReference,
): Document | undefined =>
  entries?.find((entry) => entry.account === account)?.levels[level]?.policies[index]

/** The document that a decision or an explanation refers to. */
export const documentAt = <Document>(
  policies: PoliciesOf<Document>,
  request: PolicyRequest,
  reference: DocumentReference,
): Document | undefined => places[reference.document](policies, request, reference)

/**
 * Compiled policies as text, each document in its plain shape. `undefined` when one of them
 * cannot be read.
 */
export function textsOf({ policies }: CompiledPolicies): PoliciesOf<string> | undefined {
  let isBroken = false
  const given: PoliciesOf<PolicyDocument> = { ...policies, grants: grantsOf(policies) }
  const texts = mapDocuments(given, (document, kind) => {
    const plain = plainDocument(document, kind)
    isBroken ||= plain === undefined
    return JSON.stringify(plain)
  })
  return isBroken ? undefined : texts
}

const grantsOf = ({ grants }: Policies): readonly Grant[] =>
  grants === undefined ? [] : listGrants(grants)
