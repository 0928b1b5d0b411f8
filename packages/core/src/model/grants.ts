import type { Grant } from "@keywright/policy"
import type { GrantRecord } from "../formats/stored/grant-records.js"
import type { KeyRecord } from "../formats/stored/key-records.js"
import { KmsError } from "../vocabulary/errors.js"
import { type GrantOperation, grantableOn } from "../vocabulary/grant-operations.js"
import { keySpecRow } from "../vocabulary/key-specs.js"
import { limits } from "../vocabulary/limits.js"
import type { KnownCaller } from "./caller.js"

/*
 * The rules of grants: what one may permit, on which key, to whom.
 */

const refuse = (message: string): never => {
  throw new KmsError("ValidationException", message)
}

/** Refuses operations that a key of this kind does not have. */
export function requireGrantable(key: KeyRecord, operations: readonly GrantOperation[]): void {
  const grantable = grantableOn(keySpecRow(key.keySpec).kind, key.keyUsage)
  const odd = operations.find((operation) => !grantable.has(operation))
  if (odd === undefined) return
  refuse(`Operation ${odd} is not valid for a key with KeyUsage ${key.keyUsage}`)
}

type Parties = Pick<
  GrantRecord,
  | "granteePrincipal"
  | "granteeServicePrincipal"
  | "retiringPrincipal"
  | "retiringServicePrincipal"
  | "constraints"
>

const principalForm =
  /^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/.+)$/

const invalidPrincipal = (arn: string): KmsError =>
  new KmsError("InvalidArnException", `ARN does not refer to a valid principal: ${arn}`)

const principalsOf = ({ granteePrincipal, retiringPrincipal }: Parties): readonly string[] =>
  [granteePrincipal, retiringPrincipal].filter((arn) => arn !== undefined)

/** Refuses principals of another partition: no account is in two. */
export function requirePartition(grant: Parties, partition: string): void {
  const stranger = principalsOf(grant).find((arn) => !arn.startsWith(`arn:${partition}:`))
  if (stranger !== undefined) throw invalidPrincipal(stranger)
}

/** Refuses grantees and retiring principals that do not go together. */
export function requireParties(grant: Parties): void {
  const { granteePrincipal, granteeServicePrincipal, constraints } = grant
  const { retiringPrincipal, retiringServicePrincipal } = grant
  if ((granteePrincipal === undefined) === (granteeServicePrincipal === undefined)) {
    refuse("Specify either GranteePrincipal or GranteeServicePrincipal.")
  }
  if (retiringPrincipal !== undefined && retiringServicePrincipal !== undefined) {
    refuse("Specify either RetiringPrincipal or RetiringServicePrincipal.")
  }
  const odd = principalsOf(grant).find((arn) => !principalForm.test(arn))
  if (odd !== undefined) throw invalidPrincipal(odd)
  if (granteeServicePrincipal === undefined) return
  if (constraints?.sourceArn === undefined) {
    refuse("GranteeServicePrincipal requires the grant constraint SourceArn.")
  }
  if (retiringPrincipal === undefined && retiringServicePrincipal === undefined) {
    refuse("GranteeServicePrincipal requires a RetiringPrincipal or RetiringServicePrincipal.")
  }
}

/** Refuses constraints that a key cannot meet, or that are larger than they may be. */
export function requireConstraints(key: KeyRecord, { constraints }: Parties): void {
  const { encryptionContextEquals, encryptionContextSubset } = constraints ?? {}
  const pairs = encryptionContextEquals ?? encryptionContextSubset
  if (encryptionContextEquals !== undefined && encryptionContextSubset !== undefined) {
    refuse("Specify either EncryptionContextEquals or EncryptionContextSubset.")
  }
  if (pairs === undefined) return
  if (keySpecRow(key.keySpec).kind !== "symmetric-encryption") {
    refuse("Encryption context constraints are only valid for symmetric encryption KMS keys.")
  }
  const values = Object.values(pairs)
  if (values.length > limits.grantConstraintPairsMax) {
    refuse(`A grant constraint has at most ${limits.grantConstraintPairsMax} pairs.`)
  }
  if (values.some((value) => value.length > limits.grantConstraintValueCharactersMax)) {
    const most = limits.grantConstraintValueCharactersMax
    refuse(`A value in a grant constraint has at most ${most} characters.`)
  }
}

/** The key with one grant more, or the refusal. */
export function withGrant(key: KeyRecord, grantsMax: number): KeyRecord {
  const grantsCount = key.grantsCount + 1
  if (grantsCount <= grantsMax) return { ...key, grantsCount }
  throw new KmsError("LimitExceededException", "The key has as many grants as it may have")
}

export const withoutGrant = (key: KeyRecord): KeyRecord => ({
  ...key,
  grantsCount: Math.max(0, key.grantsCount - 1),
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
