import type { NormalPrincipal } from "../parse/normal-form.js"
import { arnPrefixOf, serviceName } from "../vocabulary/principal-arn.js"

/** Who a statement is about: names, accounts as twelve digits. */
export interface PrincipalTest {
  readonly isNegated: boolean
  readonly isEveryone: boolean
  readonly names: ReadonlySet<string>
  /** Accounts of one partition, by number: how the ARN of the caller may begin. */
  readonly bound: ReadonlyMap<string, readonly string[]> | undefined
}

/** Federated providers and unique ids match nobody who reaches a key. */
export function compilePrincipal(principal: NormalPrincipal): PrincipalTest {
  const names = new Set<string>()
  let bound: Map<string, readonly string[]> | undefined
  for (const { kind, value, arn } of principal.entries) {
    if (kind === "Service") names.add(serviceName(value))
    else if (arn === undefined || arn.type === "unique-id") continue
    else if (arn.partition === undefined) names.add(arn.canonical)
    else {
      bound ??= new Map()
      const prefix = arnPrefixOf(arn.partition)
      const before = bound.get(arn.canonical) ?? []
      if (!before.includes(prefix)) bound.set(arn.canonical, [...before, prefix])
    }
  }
  return { isNegated: principal.isNegated, isEveryone: principal.isEveryone, names, bound }
}
