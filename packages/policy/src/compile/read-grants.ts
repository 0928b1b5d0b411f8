import { parsePrincipalArn } from "../vocabulary/principal-arn.js"
import type { Grant, GrantConstraints, GrantListEntry } from "../vocabulary/types.js"

type Given = Readonly<Record<string, unknown>>

/** Our name of each member; what decides nothing is `undefined`. */
type Members = ReadonlyMap<string, string | undefined>

const bothSpellings = (names: readonly string[], idle: readonly string[] = []): Members =>
  new Map([
    ...names.flatMap((name) => [[name, name] as const, [capitalized(name), name] as const]),
    ...idle.flatMap((name) => [
      [name, undefined] as const,
      [capitalized(name), undefined] as const,
    ]),
  ])

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

const constraintNames = [
  "encryptionContextEquals",
  "encryptionContextSubset",
  "sourceArn",
] as const satisfies readonly (keyof GrantConstraints)[]

const constraintMembers = bothSpellings(constraintNames)
const grantMembers = bothSpellings(
  [
    "grantId",
    "keyId",
    "issuingAccount",
    "granteePrincipal",
    "granteeServicePrincipal",
    "retiringPrincipal",
    "retiringServicePrincipal",
    "operations",
    "constraints",
  ] satisfies readonly (keyof Grant)[],
  ["name", "creationDate"],
)

/**
 * Grants in our spelling or in that of ListGrants, in ours. What is spelled so already is taken as
 * it is. Throws `TypeError` for a member that no grant has, and for a constraint of another shape:
 * left out, the grant would permit more.
 */
export function readGrants(grants: readonly (Grant | GrantListEntry)[]): readonly Grant[] {
  const plain = grants.every(isPlain) ? (grants as readonly Grant[]) : grants.map(readGrant)
  plain.forEach(requireShape)
  return plain
}

function requireShape({ operations, constraints }: Grant): void {
  if (!Array.isArray(operations)) throw new TypeError("`operations` of a grant must be a list")
  if (constraints === undefined) return
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints
  for (const pairs of [encryptionContextEquals, encryptionContextSubset]) {
    if (pairs === undefined || isPairs(pairs)) continue
    throw new TypeError("an encryption context in grant constraints must be a record of strings")
  }
  if (sourceArn === undefined || typeof sourceArn === "string") return
  throw new TypeError("`sourceArn` in grant constraints must be a string")
}

/** A record of strings, of whatever realm. A list, a text or a `Map` has another prototype. */
function isPairs(value: object | null): boolean {
  if (value === null) return false
  const prototype = Object.getPrototypeOf(value)
  const isRecord = prototype === null || Object.getPrototypeOf(prototype) === null
  return isRecord && Object.values(value).every((text) => typeof text === "string")
}

function isPlain(grant: Grant | GrantListEntry): boolean {
  const { constraints } = grant as Partial<Grant>
  return (
    isSpelledPlainly(grant as Given, grantMembers) &&
    (constraints === undefined || isSpelledPlainly(constraints as Given, constraintMembers))
  )
}

function isSpelledPlainly(given: Given, members: Members): boolean {
  for (const name of Object.keys(given)) if (members.get(name) !== name) return false
  return true
}

function readGrant(given: Grant | GrantListEntry): Grant {
  const grant = spelledPlainly(given as Given, grantMembers, "a grant")
  const { constraints, issuingAccount } = grant
  const account = parsePrincipalArn(String(issuingAccount))?.account
  return {
    ...(grant as unknown as Grant),
    ...(account !== undefined && { issuingAccount: account }),
    ...(constraints !== undefined && {
      constraints: spelledPlainly(constraints as Given, constraintMembers, "grant constraints"),
    }),
  }
}

function spelledPlainly(given: Given, members: Members, of: string): Given {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!members.has(name)) throw new TypeError(`\`${name}\` is not a member of ${of}`)
    const own = members.get(name)
    if (own === undefined || value === undefined) continue
    if (Object.hasOwn(plain, own)) throw new TypeError(`\`${name}\` is given twice`)
    plain[own] = value
  }
  return plain
}
