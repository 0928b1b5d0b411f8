import type { OrganizationPolicies } from "@keywright/policy"
import type { OrganizationRecord } from "../records/records.js"
import type { MemberAccount, OrganizationUnit } from "../records/shapes.js"

/** One account, and everything above it from the root down. */
interface Place {
  readonly member: MemberAccount
  readonly above: readonly OrganizationUnit[]
}

function* placesIn(
  unit: OrganizationUnit,
  before: readonly OrganizationUnit[] = [],
): Generator<Place> {
  const above = [...before, unit]
  for (const member of unit.accounts) yield { member, above }
  for (const below of unit.units) yield* placesIn(below, above)
}

/** What AWS attaches everywhere until something else is attached. */
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
})
const everythingForAll = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
})

type Kind = "scps" | "rcps"

/** An RCP that allows everything is always attached. */
const policiesAt = (kind: Kind, policies: readonly string[] | undefined): readonly string[] => {
  if (kind === "rcps") return [everythingForAll, ...(policies ?? [])]
  return policies ?? [everything]
}

/** The policies over each account, as the engine's guardrails have them. */
export const organizationPolicies = (
  { root, managementAccount }: OrganizationRecord,
  kind: Kind,
): readonly OrganizationPolicies[] =>
  Array.from(placesIn(root), ({ member, above }) => ({
    account: member.account,
    isManagementAccount: member.account === managementAccount,
    levels: [
      ...above.map((unit) => ({ target: unit.id, policies: policiesAt(kind, unit[kind]) })),
      { target: member.account, policies: policiesAt(kind, member[kind]) },
    ],
  }))

/** The condition keys of whoever belongs to an account of the organization. */
export type OrganizationKeys = Readonly<Record<string, string | readonly string[]>>

const noKeys: OrganizationKeys = Object.freeze({})

/** Every account of an organization by its id, with what conditions can ask. */
export function organizationKeysOf({
  id,
  root,
}: OrganizationRecord): ReadonlyMap<string, OrganizationKeys> {
  const keys = Array.from(placesIn(root), ({ member, above }) => {
    const path = [id, ...above.map((unit) => unit.id), ""].join("/")
    const named = { "aws:PrincipalOrgID": id, "aws:PrincipalOrgPaths": [path] }
    return [member.account, Object.freeze(named)] as const
  })
  return new Map(keys)
}

export const keysIn = (
  members: ReadonlyMap<string, OrganizationKeys> | undefined,
  account: string,
): OrganizationKeys => members?.get(account) ?? noKeys

/** Throws `TypeError` for an account that is there twice, or a management account that is not. */
export function checkOrganization({ root, managementAccount }: OrganizationRecord): void {
  const accounts = Array.from(placesIn(root), ({ member }) => member.account)
  if (new Set(accounts).size !== accounts.length) {
    throw new TypeError("`organization` must name an account once")
  }
  if (!accounts.includes(managementAccount)) {
    throw new TypeError("`organization.managementAccount` must be one of its accounts")
  }
}
