import type { OperatorName } from "../operators/operator-name.js"
import type { PrincipalArn } from "../vocabulary/principal-arn.js"
import type { JsonNode } from "./json-node.js"

/** A policy document in one shape: lists everywhere, nothing implied, positions kept. */
export interface NormalDocument {
  /** 2008-10-17 when the document names none. */
  readonly version: PolicyVersion
  readonly versionAt: number | undefined
  readonly statements: readonly NormalStatement[]
}

export type PolicyVersion = "2008-10-17" | "2012-10-17"

export interface NormalStatement {
  readonly index: number
  readonly at: number
  readonly path: string
  readonly sid: string | undefined
  readonly effect: "Allow" | "Deny"
  readonly principal: NormalPrincipal | undefined
  readonly action: NormalList | undefined
  readonly resource: NormalList | undefined
  readonly conditions: readonly NormalCondition[]
}

export interface NormalText {
  readonly value: string
  readonly at: number
  readonly path: string
}

export interface NormalList {
  readonly isNegated: boolean
  readonly values: readonly NormalText[]
  readonly at: number
  readonly path: string
}

export type PrincipalKind = "AWS" | "Service" | "Federated" | "CanonicalUser"

export interface NormalPrincipalEntry extends NormalText {
  readonly kind: PrincipalKind
  /** What an `AWS` entry names; undefined for `*` and for the other kinds. */
  readonly arn: PrincipalArn | undefined
}

export interface NormalPrincipal {
  readonly isNegated: boolean
  /** Holds `"*"`, alone or under `AWS`. */
  readonly isEveryone: boolean
  readonly entries: readonly NormalPrincipalEntry[]
  /** Names nobody, or has a list that is empty: no key policy with it is accepted. */
  readonly hasEmptyList: boolean
  readonly at: number
  readonly path: string
}

export interface NormalCondition extends OperatorName {
  /** As written: `ForAllValues:StringLikeIfExists`. */
  readonly operator: string
  /** As written. */
  readonly key: string
  readonly values: readonly NormalText[]
  readonly at: number
  readonly path: string
}

/** Something that the language does not have: the document is broken. */
export interface GrammarProblem {
  readonly code: string
  readonly message: string
  readonly at: number
  readonly path: string
}

export interface ParsedDocument {
  readonly document: NormalDocument | undefined
  readonly problems: readonly GrammarProblem[]
  readonly root: JsonNode | undefined
}
