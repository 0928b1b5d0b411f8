import type { PrincipalTest } from "../compile/compile-principal.js"
import { serviceName } from "../vocabulary/principal-arn.js"
import type { Principal, PrincipalType } from "../vocabulary/types.js"

/** How a principal entry met the caller. It decides which limits bind the match. */
export type MatchKind =
  | "everyone"
  | "user"
  | "session"
  | "federatedUser"
  | "service"
  | "root"
  | "role"
  | "issuingUser"
  | "account"

/** Bits, so that one statement can match in several ways. */
export const kindBits: { readonly [kind in MatchKind]: number } = {
  everyone: 1,
  user: 2,
  session: 4,
  federatedUser: 8,
  service: 16,
  root: 32,
  role: 64,
  issuingUser: 128,
  account: 256,
}

/** No implicit deny of a boundary or session policy limits these (same account). */
export const directKinds =
  kindBits.everyone |
  kindBits.user |
  kindBits.session |
  kindBits.federatedUser |
  kindBits.service |
  kindBits.root
/** Boundary and session policy must allow besides. */
export const limitedKinds = kindBits.role | kindBits.issuingUser
/** Only opens the door for the identity policies of the account. */
export const delegationKinds = kindBits.account

/** A name under which documents and grants may mean the caller. */
export interface Identity {
  readonly kind: MatchKind
  readonly bit: number
  readonly nameOf: (principal: Principal) => string | undefined
}

const identity = (kind: MatchKind, nameOf: Identity["nameOf"]): Identity => ({
  kind,
  bit: kindBits[kind],
  nameOf,
})

const arn: Identity["nameOf"] = (principal) => principal.arn
const account = identity("account", (principal) => principal.account)

const identities: { readonly [type in PrincipalType]: readonly Identity[] } = {
  user: [identity("user", arn), account],
  "role-session": [
    identity("session", arn),
    identity("role", (principal) => principal.roleArn),
    account,
  ],
  "federated-user": [
    identity("federatedUser", arn),
    identity("issuingUser", (principal) => principal.issuerUserArn),
    account,
  ],
  root: [identity("root", (principal) => principal.account)],
  service: [identity("service", ({ service, arn: own }) => serviceName(service ?? own))],
}

/** Throws `TypeError` for a type of principal that does not exist. */
export function identitiesOf(principal: Principal): readonly Identity[] {
  if (!Object.hasOwn(identities, principal.type)) {
    throw new TypeError("`principal.type` is not a type of principal")
  }
  return identities[principal.type]
}

/** The ways in which a `Principal` element means the caller; 0 for none. */
export function kindsMatched(
  test: PrincipalTest,
  principal: Principal,
  own: readonly Identity[],
): number {
  // Nothing that a caller is besides opens the door further.
  if (test.isEveryone) return kindBits.everyone
  let kinds = 0
  for (const { bit, nameOf } of own) {
    const name = nameOf(principal)
    if (name !== undefined && isNamed(test, name, principal)) kinds |= bit
  }
  return kinds
}

/** An ARN as far as its partition, and the colon behind that. */
const arnStartOf = (arn: string): string => arn.slice(0, arn.indexOf(":", "arn:".length) + 1)

function isNamed(
  { only, names, bound }: PrincipalTest,
  name: string,
  principal: Principal,
): boolean {
  if (only === undefined ? names.has(name) : only === name) return true
  return bound?.includes(arnStartOf(principal.arn) + name) === true
}

/**
 * Whether `NotPrincipal` spares the caller: every name of the caller must be listed, the parents
 * too, and a principal with a permissions boundary is never spared.
 */
export function isSpared(
  test: PrincipalTest,
  principal: Principal,
  own: readonly Identity[],
  hasBoundary: boolean,
): boolean {
  if (hasBoundary) return false
  if (test.isEveryone) return true
  return own.every(({ nameOf }) => {
    const name = nameOf(principal)
    return name !== undefined && isNamed(test, name, principal)
  })
}

const kinds = Object.keys(kindBits) as readonly MatchKind[]

export function kindNames(bits: number): readonly MatchKind[] {
  const names: MatchKind[] = []
  for (const kind of kinds) if ((bits & kindBits[kind]) !== 0) names.push(kind)
  return names
}
