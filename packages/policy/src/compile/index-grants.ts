import { type GrantIndex, inside } from "../vocabulary/opaque.js"
import { arnPrefixOf, parsePrincipalArn, serviceName } from "../vocabulary/principal-arn.js"
import type { Grant, GrantListEntry } from "../vocabulary/types.js"
import { readGrants } from "./read-grants.js"

/** What is inside a {@link GrantIndex}. */
export interface GrantForm {
  readonly byId: ReadonlyMap<string, Grant>
  /** By key id or key ARN as the grant names it, then by grantee. */
  readonly byKey: ReadonlyMap<string, ByGrantee>
}

/** The account of one number in two partitions is two grantees. */
export type ByGrantee = ReadonlyMap<string, readonly GranteeGrants[]>

/** The grants of one grantee on one key. */
export interface GranteeGrants {
  /** How the ARN of the grantee begins. */
  readonly arnPrefix: string
  readonly all: readonly Grant[]
  /** By the source ARN that is demanded; `""` demands none. */
  readonly bySource: ReadonlyMap<string, ReadonlyMap<string, GrantCell>>
}

/** Grants that differ in nothing but their encryption context constraint. */
export interface GrantCell {
  readonly operations: ReadonlySet<string>
  /** Any of them, for operations that the constraint does not bind. */
  readonly first: Grant
  unconstrained: Grant | undefined
  /** By the canonical text of the exact context. */
  readonly equals: Map<string, Grant>
  /** By name and value of one pair of the subset; grants with the same pair are chained. */
  readonly subsets: Map<string, Map<string, SubsetEntry>>
}

/** A grant with a partial context, found by one of its pairs. */
export interface SubsetEntry {
  /** Here as well, so that a decision need not look at the grant, which may be far away. */
  readonly grantId: string
  readonly grant: Grant
  /** The other pairs, name after value; equal lists are one list, to keep memory close. */
  readonly rest: readonly string[]
  readonly next: SubsetEntry | undefined
  readonly length: number
}

/**
 * Arranges grants so that a decision costs the same with 50,000 of them as with ten. Give the
 * result as `policies.grants`. Throws `TypeError` for a member that no grant has.
 */
export function indexGrants(grants: readonly (Grant | GrantListEntry)[]): GrantIndex {
  const form = buildForm(readGrants(grants))
  return Object.freeze({ size: form.byId.size, [inside]: form })
}

/** The grants as a list; an index has one of each id. */
export const listGrants = (
  grants: readonly (Grant | GrantListEntry)[] | GrantIndex,
): readonly Grant[] =>
  inside in grants ? [...grantFormOf(grants).byId.values()] : readGrants(grants)

export const grantFormOf = (grants: readonly Grant[] | GrantIndex): GrantForm =>
  inside in grants ? (grants[inside] as GrantForm) : buildForm(grants)

interface GrowingGrantee {
  readonly arnPrefix: string
  readonly all: Grant[]
  readonly bySource: Map<string, Map<string, GrantCell>>
}

function buildForm(grants: readonly Grant[]): GrantForm {
  const byId = new Map<string, Grant>()
  const byKey = new Map<string, Map<string, GrowingGrantee[]>>()
  const rests = new Map<string, readonly string[]>()
  for (const grant of grants) {
    byId.set(grant.grantId, grant)
    const grantee = granteeName(grant)
    if (grantee === undefined) continue
    const ofKey = obtain(byKey, grant.keyId, () => new Map<string, GrowingGrantee[]>())
    const ofGrantee = granteeIn(
      obtain(ofKey, grantee.name, () => []),
      grantee.arnPrefix,
    )
    ofGrantee.all.push(grant)
    placeInCell(ofGrantee.bySource, grant, rests)
  }
  return { byId, byKey }
}

function obtain<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

function granteeIn(grantees: GrowingGrantee[], arnPrefix: string): GrowingGrantee {
  const known = grantees.find((one) => one.arnPrefix === arnPrefix)
  if (known !== undefined) return known
  const made: GrowingGrantee = { arnPrefix, all: [], bySource: new Map() }
  grantees.push(made)
  return made
}

/** A name as callers are looked up: an account as twelve digits, else the name given. */
export interface PartyName {
  readonly name: string
  readonly arnPrefix: string
}

export const granteeName = (grant: Grant): PartyName | undefined =>
  nameOf(grant.granteePrincipal, grant.granteeServicePrincipal)

export const retiringName = (grant: Grant): PartyName | undefined =>
  nameOf(grant.retiringPrincipal, grant.retiringServicePrincipal)

function nameOf(principal: string | undefined, service: string | undefined) {
  if (service !== undefined) return { name: serviceName(service), arnPrefix: "" }
  if (principal === undefined) return undefined
  const arn = parsePrincipalArn(principal)
  return { name: arn?.canonical ?? principal, arnPrefix: arnPrefixOf(arn?.partition) }
}

function placeInCell(
  bySource: Map<string, Map<string, GrantCell>>,
  grant: Grant,
  rests: Map<string, readonly string[]>,
): void {
  const {
    encryptionContextEquals,
    encryptionContextSubset,
    sourceArn = "",
  } = grant.constraints ?? {}
  const byOperations = obtain(bySource, sourceArn, () => new Map<string, GrantCell>())
  const operations = [...new Set(grant.operations)].sort()
  const cell = obtain(byOperations, operations.join(), () => ({
    operations: new Set(operations),
    first: grant,
    unconstrained: undefined,
    equals: new Map<string, Grant>(),
    subsets: new Map<string, Map<string, SubsetEntry>>(),
  }))
  if (encryptionContextEquals !== undefined) {
    obtain(cell.equals, canonicalContext(encryptionContextEquals), () => grant)
    return
  }
  const pairs = Object.entries(encryptionContextSubset ?? {})
  if (pairs.length === 0) cell.unconstrained ??= grant
  else chainSubset(cell.subsets, grant, pairs, rests)
}

/** Chains the grant at its rarest pair so far. */
function chainSubset(
  subsets: GrantCell["subsets"],
  grant: Grant,
  pairs: readonly (readonly [string, string])[],
  rests: Map<string, readonly string[]>,
): void {
  const lengths = pairs.map(([name, value]) => subsets.get(name)?.get(value)?.length ?? 0)
  const rarest = lengths.indexOf(Math.min(...lengths))
  const [name, value] = pairs[rarest] ?? ["", ""]
  const others = pairs.filter((_, index) => index !== rarest).flat()
  const rest = obtain(rests, JSON.stringify(others), () => others)
  const byValue = obtain(subsets, name, () => new Map<string, SubsetEntry>())
  const next = byValue.get(value)
  const { grantId } = grant
  byValue.set(value, { grantId, grant, rest, next, length: (next?.length ?? 0) + 1 })
}

export type ContextPairs = { readonly [name: string]: string }

/** One text for one pair: no two pairs have the same. */
const pairText = (name: string, value: string): string => `${name.length}:${name}${value}`

/** One text for one context, whatever the order of its pairs. Names keep their letter case. */
export function canonicalContext(context: ContextPairs): string {
  const pairs: string[] = []
  for (const name of Object.keys(context)) {
    const pair = pairText(name, context[name] ?? "")
    pairs.push(`${pair.length}:${pair}`)
  }
  return pairs.sort().join()
}
