import type { NormalPrincipal } from "../parse/normal-form.js"
import { serviceName } from "../vocabulary/principal-arn.js"

/** Who a statement is about: names in one set, accounts as twelve digits. */
export interface PrincipalTest {
  readonly negated: boolean
  readonly everyone: boolean
  readonly names: ReadonlySet<string>
}

/** Federated providers and unique ids match nobody who reaches a key. */
export function compilePrincipal(principal: NormalPrincipal): PrincipalTest {
  const names = new Set<string>()
  for (const { kind, value, arn } of principal.entries) {
    if (kind === "Service") names.add(serviceName(value))
    else if (arn !== undefined && arn.type !== "unique-id") names.add(arn.canonical)
  }
  return { negated: principal.negated, everyone: principal.everyone, names }
}
