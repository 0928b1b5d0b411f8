import type { NormalPrincipal } from "../parse/normal-form.js"
import { arnPrefixOf, serviceName } from "../vocabulary/principal-arn.js"

/** Who a statement is about: names, accounts as twelve digits. */
export interface PrincipalTest {
  readonly negated: boolean
  readonly everyone: boolean
  /** By name how the ARN of the caller may begin: an account is that of one partition. */
  readonly names: ReadonlyMap<string, readonly string[]>
}

/** Federated providers and unique ids match nobody who reaches a key. */
export function compilePrincipal(principal: NormalPrincipal): PrincipalTest {
  const names = new Map<string, readonly string[]>()
  for (const { kind, value, arn } of principal.entries) {
    if (kind === "Service") names.set(serviceName(value), anyPrefix)
    else if (arn !== undefined && arn.type !== "unique-id") {
      const prefix = arnPrefixOf(arn.partition)
      const before = names.get(arn.canonical) ?? []
      if (before.length === 0) names.set(arn.canonical, prefix === "" ? anyPrefix : [prefix])
      else if (!before.includes(prefix)) names.set(arn.canonical, [...before, prefix])
    }
  }
  return { negated: principal.negated, everyone: principal.everyone, names }
}

const anyPrefix: readonly string[] = [""]
