import type { Grant } from "@keywright/policy"
import type { GrantName } from "../formats/opaque/grant-token.js"
import type { GrantRecord } from "../formats/stored/grant-records.js"
import type { KeyRecord } from "../formats/stored/key-records.js"
import { type GrantOperation, grantableOn } from "../vocabulary/grant-operations.js"
import { keySpecRow } from "../vocabulary/key-specs.js"
import { limits } from "../vocabulary/limits.js"
import {
  constraintOfKeyPair,
  constraintValueTooLong,
  invalidPrincipal,
  oneGranteeNeeded,
  oneRetiringPrincipalNeeded,
  retiringPrincipalMissing,
  sourceArnMissing,
  tooManyConstraintPairs,
  tooManyGrants,
  twoConstraints,
  ungrantableOperation,
} from "../vocabulary/refusals/grants.js"
import type { KnownCaller } from "./caller.js"

/*
 * The rules of grants: what one may permit, on which key, to whom.
 */

/** Refuses operations that a key of this kind does not have. */
export function requireGrantable(key: KeyRecord, operations: readonly GrantOperation[]): void {
  const grantable = grantableOn(keySpecRow(key.keySpec).kind, key.keyUsage)
  const odd = operations.find((operation) => !grantable.has(operation))
  if (odd !== undefined) throw ungrantableOperation({ operation: odd, usage: key.keyUsage })
}

type Parties = Pick<
  GrantRecord,
  | "granteePrincipal"
  | "granteeServicePrincipal"
  | "retiringPrincipal"
  | "retiringServicePrincipal"
  | "constraints"
>

/** The ARN of somebody who can have a grant, or retire one: no group, and no account by its id. */
export const principalForm =
  /^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/.+)$/

const principalsOf = ({ granteePrincipal, retiringPrincipal }: Parties): readonly string[] =>
  [granteePrincipal, retiringPrincipal].filter((arn) => arn !== undefined)

/** Refuses principals of another partition: no account is in two. */
export function requirePartition(grant: Parties, partition: string): void {
  const stranger = principalsOf(grant).find((arn) => !arn.startsWith(`arn:${partition}:`))
  if (stranger !== undefined) throw invalidPrincipal({ arn: stranger })
}

/** Refuses grantees and retiring principals that do not go together. */
export function requireParties(grant: Parties): void {
  const { granteePrincipal, granteeServicePrincipal, constraints } = grant
  const { retiringPrincipal, retiringServicePrincipal } = grant
  if ((granteePrincipal === undefined) === (granteeServicePrincipal === undefined)) {
    throw oneGranteeNeeded()
  }
  if (retiringPrincipal !== undefined && retiringServicePrincipal !== undefined) {
    throw oneRetiringPrincipalNeeded()
  }
  const odd = principalsOf(grant).find((arn) => !principalForm.test(arn))
  if (odd !== undefined) throw invalidPrincipal({ arn: odd })
  if (granteeServicePrincipal === undefined) return
  if (constraints?.sourceArn === undefined) throw sourceArnMissing()
  if (retiringPrincipal === undefined && retiringServicePrincipal === undefined) {
    throw retiringPrincipalMissing()
  }
}

/** Refuses constraints that a key cannot meet, or that are larger than they may be. */
export function requireConstraints(key: KeyRecord, { constraints }: Parties): void {
  const { encryptionContextEquals, encryptionContextSubset } = constraints ?? {}
  const pairs = encryptionContextEquals ?? encryptionContextSubset
  if (encryptionContextEquals !== undefined && encryptionContextSubset !== undefined) {
    throw twoConstraints()
  }
  if (pairs === undefined) return
  if (keySpecRow(key.keySpec).kind !== "symmetric-encryption") throw constraintOfKeyPair()
  const values = Object.values(pairs)
  if (values.length > limits.grantConstraintPairsMax) {
    throw tooManyConstraintPairs({ most: limits.grantConstraintPairsMax })
  }
  const most = limits.grantConstraintValueCharactersMax
  if (values.some((value) => value.length > most)) throw constraintValueTooLong({ most })
}

/** The key with one grant more, or the refusal. */
export function withGrant(key: KeyRecord, { grantId }: GrantName, grantsMax: number): KeyRecord {
  const grantsCount = key.grantsCount + 1
  if (grantsCount <= grantsMax) return { ...key, grantsCount, grantsRevision: `+${grantId}` }
  throw tooManyGrants()
}

export const withoutGrant = (key: KeyRecord, { grantId }: GrantName): KeyRecord => ({
  ...key,
  grantsCount: Math.max(0, key.grantsCount - 1),
  grantsRevision: `-${grantId}`,
})

/** The grant as policies judge it. */
export const policyGrant = (grant: GrantRecord): Grant => ({
  grantId: grant.grantId,
  keyId: grant.keyId,
  issuingAccount: grant.issuingAccount,
  granteePrincipal: grant.granteePrincipal,
  granteeServicePrincipal: grant.granteeServicePrincipal,
  retiringPrincipal: grant.retiringPrincipal,
  retiringServicePrincipal: grant.retiringServicePrincipal,
  operations: grant.operations,
  constraints: grant.constraints,
})

/**
 * Operations that no encryption context constraint binds.
 *
 * Source: AWS KMS API Reference, `GrantConstraints`.
 */
const unboundByContext: readonly GrantOperation[] = ["DescribeKey", "RetireGrant"]
export const isBoundByContext = (operation: GrantOperation): boolean =>
  !unboundByContext.includes(operation)

/** All the names under which a grant may mean the caller. */
export const granteeNames = (caller: KnownCaller): readonly string[] => [
  ...new Set(
    [
      caller.arn,
      caller.roleArn,
      caller.issuerUserArn,
      caller.service,
      caller.type === "service" ? undefined : caller.account,
    ].filter((name) => name !== undefined),
  ),
]
