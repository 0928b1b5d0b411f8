import type { NormalList, NormalPrincipal, NormalStatement } from "../parse/normal-form.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import type { PolicyDocument } from "../vocabulary/types.js"
import { compileDocument, isCompiledDocument } from "./compile-document.js"
import { sourceOf } from "./held-form.js"

/** Texts by name: by the kind of principal, or by the condition key. */
export type PlainTexts = Readonly<Record<string, readonly string[]>>

/** A statement in which everything that may be a list is one. */
export interface PlainStatement {
  readonly Sid?: string
  readonly Effect: "Allow" | "Deny"
  readonly Principal?: "*" | PlainTexts
  readonly NotPrincipal?: "*" | PlainTexts
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  /** By operator, then by condition key. */
  readonly Condition?: Readonly<Record<string, PlainTexts>>
}

/** A policy document in one shape. Decides as the document that it was made of. */
export interface PlainDocument {
  readonly Version: "2008-10-17" | "2012-10-17"
  readonly Statement: readonly PlainStatement[]
}

/**
 * A document as plain JSON data, one shape for all ways to write the same: to print, compare or
 * change it. `undefined` for one that cannot be read.
 */
export function plainDocument(
  document: PolicyDocument,
  kind: DocumentKind,
): PlainDocument | undefined {
  const compiled = isCompiledDocument(document) ? document : compileDocument(document, kind)
  const source = sourceOf(compiled)
  if (source === undefined) return undefined
  return { Version: source.version, Statement: source.statements.map(plainStatement) }
}

function plainStatement(statement: NormalStatement): PlainStatement {
  const { sid, effect, principal, action, resource, conditions } = statement
  return {
    ...(sid !== undefined && { Sid: sid }),
    Effect: effect,
    ...(principal && { [element("Principal", principal)]: plainPrincipal(principal) }),
    ...(action && { [element("Action", action)]: textsOf(action.values) }),
    ...(resource && { [element("Resource", resource)]: textsOf(resource.values) }),
    ...(conditions.length > 0 && { Condition: plainConditions(statement) }),
  }
}

const element = (name: string, { isNegated }: NormalList | NormalPrincipal): string =>
  isNegated ? `Not${name}` : name

const textsOf = (list: readonly { readonly value: string }[]): readonly string[] =>
  list.map(({ value }) => value)

function plainPrincipal({ isEveryone, entries }: NormalPrincipal): "*" | PlainTexts {
  if (isEveryone && entries.length === 0) return "*"
  return Object.fromEntries(
    groupsOf(entries, ({ kind }) => kind).map(([kind, ofKind]) => [kind, textsOf(ofKind)]),
  )
}

const plainConditions = ({ conditions }: NormalStatement): Readonly<Record<string, PlainTexts>> =>
  Object.fromEntries(
    groupsOf(conditions, ({ operator }) => operator).map(([operator, ofOperator]) => [
      operator,
      Object.fromEntries(ofOperator.map(({ key, values }) => [key, textsOf(values)])),
    ]),
  )

function groupsOf<Item>(items: readonly Item[], nameOf: (item: Item) => string) {
  const names = [...new Set(items.map(nameOf))]
  return names.map((name) => [name, items.filter((item) => nameOf(item) === name)] as const)
}
