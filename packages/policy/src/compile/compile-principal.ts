import type { NormalPrincipal } from "../parse/normal-form.js"
import { interned } from "../vocabulary/fold.js"
import { arnPrefixOf, serviceName } from "../vocabulary/principal-arn.js"

/** Who a statement is about: names, accounts as twelve digits. */
export interface PrincipalTest {
  readonly isNegated: boolean
  readonly isEveryone: boolean
  /** Where it is about one name, that name: most statements are, and a set is large. */
  readonly only: string | undefined
  readonly names: ReadonlySet<string>
  /** Accounts of one partition: how the ARN of a caller begins, and the number. */
  readonly bound: readonly string[] | undefined
}

/** Federated providers and unique ids match nobody who reaches a key. */
export function compilePrincipal(principal: NormalPrincipal): PrincipalTest {
  if (principal.isEveryone && principal.entries.length === 0 && !principal.isNegated) {
    return everyPrincipal
  }
  const names: string[] = []
  let bound: string[] | undefined
  for (const { kind, value, arn } of principal.entries) {
    if (kind === "Service") names.push(serviceName(value))
    else if (arn === undefined || arn.type === "unique-id") continue
    else if (arn.partition === undefined) names.push(arn.canonical)
    else {
      bound ??= []
      bound.push(interned(arnPrefixOf(arn.partition) + arn.canonical))
    }
  }
  const { isNegated, isEveryone } = principal
  const [only] = names
  return names.length === 1
    ? { isNegated, isEveryone, only, names: noNames, bound }
    : { isNegated, isEveryone, only: undefined, names: new Set(names), bound }
}

const noNames: ReadonlySet<string> = new Set()
/** What `"*"` says, once for all statements that say it. */
const everyPrincipal: PrincipalTest = {
  isNegated: false,
  isEveryone: true,
  only: undefined,
  names: noNames,
  bound: undefined,
}
