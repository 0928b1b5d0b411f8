import type { DocumentKind } from "./documents.js"

/** One statement, or a whole document where no statement is to be named. */
export interface DocumentReference {
  readonly document: DocumentKind
  /** Position of the document in its list (inside its level for SCPs and RCPs). */
  readonly index: number
  /** SCPs and RCPs: position of the level, from the root, and the name it was given. */
  readonly level?: number
  readonly target?: string
  /** Position of the statement, from 0. */
  readonly statement?: number
  readonly sid?: string
  /** What is wrong with a document that cannot be read. */
  readonly problem?: string
}

export interface GrantReference {
  readonly grantId: string
}

export type Reference = DocumentReference | GrantReference

export type AllowReason =
  /** The key policy allows the caller itself. */
  | "keyPolicy"
  /** The key policy delegates to the account and an identity policy allows. */
  | "delegation"
  /** The operation names no key: identity policies alone decide. */
  | "identityPolicy"
  /** The key policy lets the other account in and an identity policy there allows. */
  | "crossAccount"
  | "grant"
  /** RetireGrant: the caller is the retiring principal. */
  | "retiringPrincipal"
  /** RetireGrant: the caller is the grantee and the grant holds RetireGrant. */
  | "grantee"
  /** RetireGrant: the caller belongs to the account that issued the grant. */
  | "issuingAccount"

export type ImplicitDenyReason =
  | DocumentKind
  /** A document in the call cannot be read: nothing is allowed until it is mended. */
  | "brokenDocument"
  /** The operation never works on keys of other accounts. */
  | "crossAccountOperation"
  /** RetireGrant: no grant relation lets the caller retire this grant. */
  | "grantRelation"

interface DecisionBy {
  /** What decided. Empty when nothing allowed. */
  readonly by: readonly Reference[]
}

export interface AllowDecision extends DecisionBy {
  readonly effect: "allow"
  readonly reason: AllowReason
}

export interface ExplicitDenyDecision extends DecisionBy {
  readonly effect: "explicitDeny"
  /** The kind of the document that denies. */
  readonly reason: DocumentKind
}

export interface ImplicitDenyDecision extends DecisionBy {
  readonly effect: "implicitDeny"
  /** The kind of document in which an allow was missing, or why none could help. */
  readonly reason: ImplicitDenyReason
}

/** The answer to one request: a frozen plain value that survives `JSON.stringify`. */
export type Decision = AllowDecision | ExplicitDenyDecision | ImplicitDenyDecision

export const allowed = (reason: AllowReason, by: readonly Reference[]): AllowDecision =>
  Object.freeze({ effect: "allow", reason, by: Object.freeze(by) })

export const explicitlyDenied = (reason: DocumentKind, by: Reference): ExplicitDenyDecision =>
  Object.freeze({ effect: "explicitDeny", reason, by: Object.freeze([by]) })

export function implicitlyDenied(reason: ImplicitDenyReason, by?: Reference): ImplicitDenyDecision {
  if (by === undefined) return silences[reason]
  return Object.freeze({
    effect: "implicitDeny",
    reason,
    by: Object.freeze([Object.freeze(by)]),
  })
}

const nobody: readonly Reference[] = Object.freeze([])

const silence = (reason: ImplicitDenyReason): ImplicitDenyDecision =>
  Object.freeze({ effect: "implicitDeny", reason, by: nobody })

/** Refusals that name nothing are made once. */
const silences: { readonly [reason in ImplicitDenyReason]: ImplicitDenyDecision } = {
  keyPolicy: silence("keyPolicy"),
  identityPolicy: silence("identityPolicy"),
  permissionsBoundary: silence("permissionsBoundary"),
  sessionPolicy: silence("sessionPolicy"),
  scp: silence("scp"),
  rcp: silence("rcp"),
  vpcEndpointPolicy: silence("vpcEndpointPolicy"),
  brokenDocument: silence("brokenDocument"),
  crossAccountOperation: silence("crossAccountOperation"),
  grantRelation: silence("grantRelation"),
}
