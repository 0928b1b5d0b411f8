import type { DocumentKind } from "../vocabulary/documents.js"

/** What a kind of document must have. Source: IAM User Guide, "JSON policy grammar". */
interface DocumentRules {
  readonly principal: "required" | "forbidden" | "everyone"
  readonly id: boolean
  /** A statement without Action or Resource is accepted and does nothing (KMS key policies). */
  readonly inertStatements: boolean
  /** RCPs: NotAction is missing, a Deny names a service, an Allow allows everything. */
  readonly onlyDenies: boolean
  /** What a message calls it. */
  readonly title: string
}

const identityRules = {
  principal: "forbidden",
  id: false,
  inertStatements: false,
  onlyDenies: false,
} as const

export const documentRules: { readonly [kind in DocumentKind]: DocumentRules } = {
  keyPolicy: {
    principal: "required",
    id: true,
    inertStatements: true,
    onlyDenies: false,
    title: "key policy",
  },
  identityPolicy: { ...identityRules, title: "identity policy" },
  permissionsBoundary: { ...identityRules, title: "permissions boundary" },
  sessionPolicy: { ...identityRules, title: "session policy" },
  scp: { ...identityRules, title: "service control policy" },
  rcp: {
    principal: "everyone",
    id: false,
    inertStatements: false,
    onlyDenies: true,
    title: "resource control policy",
  },
  vpcEndpointPolicy: {
    principal: "required",
    id: true,
    inertStatements: false,
    onlyDenies: false,
    title: "VPC endpoint policy",
  },
}

export const isDocumentKind = (kind: string): kind is DocumentKind =>
  Object.hasOwn(documentRules, kind)
