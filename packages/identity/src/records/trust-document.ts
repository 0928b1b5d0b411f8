import { type CompiledDocument, compileDocument } from "@keywright/policy"

/*
 * Trust policies are written without a resource, and name identity providers. The evaluator knows
 * policies on keys, which are about whom they name in the same way: direct names suffice, an
 * account opens the door for its own policies. So a trust policy becomes one about its role.
 */

/** A provider, as a service that no service can be: labels in hexadecimal under `.invalid`. */
export function providerPrincipal(provider: string): string {
  const units = Array.from(provider, (one) => one.codePointAt(0)?.toString(16).padStart(2, "0"))
  return `x${units.join("-")}.provider.invalid`
}

/** Whether a service is such a provider. */
export const isProviderPrincipal = (service: string | undefined): boolean =>
  service?.endsWith(".provider.invalid") === true

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

/** Why a statement cannot stand in a trust policy. */
function problemOf(statement: Members): string | undefined {
  for (const name of ["Resource", "NotResource"]) {
    if (Object.hasOwn(statement, name)) return `a trust policy has no \`${name}\``
  }
  if (Object.hasOwn(statement, "NotPrincipal")) {
    return "a trust policy names its principals: `NotPrincipal` is not taken"
  }
  if (Object.hasOwn(statement, "NotAction")) {
    return "a trust policy names its actions: `NotAction` is not taken"
  }
  const actions = listOf(statement["Action"])
  if (!actions.every((action) => typeof action === "string" && /^(?:sts:|\*$)/i.test(action))) {
    return "the actions of a trust policy begin with `sts:`"
  }
  // In the place of a key's policy these would always be absent, and a Deny would not apply.
  if (/aws:resourcetag|kms:resourcealiases/i.test(JSON.stringify(statement["Condition"] ?? {}))) {
    return "a trust policy cannot ask for the tags of its own role"
  }
  return undefined
}

const namesProviders = (principal: unknown): principal is Members =>
  isObject(principal) && Object.hasOwn(principal, "Federated")

/** The same principal, whose providers are services that cannot be. */
function principalOf(principal: unknown): unknown {
  if (!namesProviders(principal)) return principal
  const { Federated: providers, Service: services = [], ...others } = principal
  return { ...others, Service: [...listOf(services), ...listOf(providers).map(serviceOf)] }
}

const serviceOf = (provider: unknown): unknown =>
  typeof provider === "string" ? providerPrincipal(provider) : provider

const statementOf = (statement: Members): Members => ({
  ...statement,
  ...(Object.hasOwn(statement, "Principal") && { Principal: principalOf(statement["Principal"]) }),
  Resource: "*",
})

/** For tokens of providers an Allow must name the provider: `*` means principals of accounts. */
function providerStatementsOf(statement: Members): readonly Members[] {
  const { Principal: principal } = statement
  if (statement["Effect"] !== "Allow") return [statementOf(statement)]
  if (!namesProviders(principal)) return []
  return [statementOf({ ...statement, Principal: { Federated: principal["Federated"] } })]
}

/** A service that is written as a provider would be, and is none. */
const isForged = (text: string): boolean => /\.provider\.invalid/i.test(text)

/** A trust policy as it is decided about principals of accounts, and about tokens of providers. */
export interface TrustDocument {
  readonly principals: CompiledDocument
  readonly providers: CompiledDocument
}

type Reading = { readonly problem: string } | (TrustDocument & { readonly problem?: never })

/** Reads a trust policy, or says what is wrong with it. */
export function trustDocument(text: string): Reading {
  // The evaluator's own parser finds members that are there twice; that of JSON hides them.
  const raw = compileDocument(text, "keyPolicy").problem
  if (raw !== undefined) return { problem: raw.message }
  if (isForged(text)) return { problem: "names a service that there is not" }
  const parsed: unknown = JSON.parse(text)
  if (!isObject(parsed)) return { problem: "must be an object" }
  const statements = listOf(parsed["Statement"])
  if (!statements.every(isObject)) return { problem: "must have statements" }
  for (const statement of statements) {
    const problem = problemOf(statement)
    if (problem !== undefined) return { problem }
  }
  const compiled = (some: readonly Members[]) =>
    compileDocument({ ...parsed, Statement: some }, "keyPolicy")
  const principals = compiled(statements.map(statementOf))
  const providers = compiled(statements.flatMap(providerStatementsOf))
  const broken = principals.problem ?? providers.problem
  return broken === undefined ? { principals, providers } : { problem: broken.message }
}
