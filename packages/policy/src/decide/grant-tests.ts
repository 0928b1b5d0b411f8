import { type ContextPairs, canonicalContext } from "../compile/index-grants.js"
import type { Grant } from "../vocabulary/types.js"

/** What a grant is asked about one call. */
export interface GrantQuestion {
  readonly operation: string
  readonly context: ContextPairs
  readonly sourceArn: string | undefined
  readonly child: ChildGrant | undefined
}

/** What a CreateGrant call asks for, as far as the parent grant limits it. */
export interface ChildGrant {
  readonly operations: readonly string[]
  readonly constraintType: string | undefined
  readonly sourceArn: string | undefined
}

/** One test that a grant makes, for the decision and for its explanation. */
interface GrantTest {
  readonly constraint: string
  /** Undefined when the grant does not make this test. */
  readonly holds: (grant: Grant, question: GrantQuestion) => boolean | undefined
}

/**
 * Operations whose encryption context constraint is not tested.
 *
 * Source: AWS KMS Developer Guide, "Using grant constraints".
 */
const unboundByContext: ReadonlySet<string> = new Set(["DescribeKey", "RetireGrant"])

export const isBoundByContext = (operation: string): boolean => !unboundByContext.has(operation)

/** Every test of a grant whose grantee and key are right. All that it makes must hold. */
export const grantTests: readonly GrantTest[] = [
  {
    constraint: "operation",
    holds: (grant, question) => grant.operations.includes(question.operation),
  },
  {
    constraint: "encryptionContextEquals",
    holds: ({ constraints }, { operation, context }) => {
      const equals = constraints?.encryptionContextEquals
      if (equals === undefined || !isBoundByContext(operation)) return undefined
      return canonicalContext(equals) === canonicalContext(context)
    },
  },
  {
    constraint: "encryptionContextSubset",
    holds: ({ constraints }, { operation, context }) => {
      const subset = constraints?.encryptionContextSubset
      if (subset === undefined || !isBoundByContext(operation)) return undefined
      return isSubset(subset, context)
    },
  },
  {
    constraint: "sourceArn",
    holds: ({ constraints }, { operation, sourceArn }) => {
      const wanted = constraints?.sourceArn
      if (wanted === undefined || operation === "RetireGrant") return undefined
      return sourceArn === wanted
    },
  },
  {
    constraint: "childOperations",
    holds: ({ operations }, { child }) => {
      if (child === undefined) return undefined
      return (
        child.operations.length > 0 &&
        child.operations.every((operation) => operations.includes(operation))
      )
    },
  },
  {
    // A grant made under a grant is bound at least as tightly; its pairs are the context asked.
    constraint: "childConstraint",
    holds: ({ constraints }, { child }) => {
      if (child === undefined) return undefined
      const { encryptionContextEquals, encryptionContextSubset = {} } = constraints ?? {}
      const exact = child.constraintType === "EncryptionContextEquals"
      if (encryptionContextEquals !== undefined) return exact
      if (Object.keys(encryptionContextSubset).length === 0) return undefined
      return exact || child.constraintType === "EncryptionContextSubset"
    },
  },
  {
    constraint: "childSourceArn",
    holds: ({ constraints }, { child }) => {
      const wanted = constraints?.sourceArn
      if (child === undefined || wanted === undefined) return undefined
      return child.sourceArn === wanted
    },
  },
]

export function grantAdmits(grant: Grant, question: GrantQuestion): boolean {
  for (const { holds } of grantTests) if (holds(grant, question) === false) return false
  return true
}

function isSubset(subset: ContextPairs, context: ContextPairs): boolean {
  for (const name of Object.keys(subset)) {
    if (!Object.hasOwn(context, name) || context[name] !== subset[name]) return false
  }
  return true
}
