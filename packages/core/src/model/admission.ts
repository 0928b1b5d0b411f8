import { KmsError } from "../vocabulary/errors.js"
import type { KeyState } from "../vocabulary/key-states.js"

export const pendingImport = (arn: string): KmsError =>
  new KmsError("KMSInvalidStateException", `${arn} is pending import.`)

/** Why a key state does not admit an operation, in the words of AWS. */
const refusals = {
  disabled: (arn: string) => new KmsError("DisabledException", `${arn} is disabled.`),
  pendingDeletion: (arn: string) =>
    new KmsError("KMSInvalidStateException", `${arn} is pending deletion.`),
  notPendingDeletion: (arn: string) =>
    new KmsError("KMSInvalidStateException", `${arn} is not pending deletion.`),
  pendingImport,
  unavailable: (arn: string, words = `${arn} is unavailable.`) =>
    new KmsError("KMSInvalidStateException", words),
  externalOrigin: (arn: string) =>
    new KmsError(
      "UnsupportedOperationException",
      `${arn} origin is EXTERNAL which is not valid for this operation.`,
    ),
  inKeyStore: () => new KmsError("UnsupportedOperationException"),
  creating: (arn: string) => new KmsError("KMSInvalidStateException", `${arn} is creating.`),
  updating: (arn: string) => new KmsError("KMSInvalidStateException", `${arn} is updating.`),
} as const

export type Verdict = "admit" | keyof typeof refusals

/** One verdict for each of the eight states. There is no default. */
export type Admission = Readonly<Record<KeyState, Verdict>>

const everywhere: Admission = {
  Creating: "admit",
  Enabled: "admit",
  Disabled: "admit",
  PendingDeletion: "admit",
  PendingImport: "admit",
  PendingReplicaDeletion: "admit",
  Unavailable: "admit",
  Updating: "admit",
}

const notWhilePendingDeletion: Admission = {
  ...everywhere,
  PendingDeletion: "pendingDeletion",
  PendingReplicaDeletion: "pendingDeletion",
}

/**
 * The rows of the key state table that several operations share.
 *
 * Source: AWS KMS Developer Guide, "Key states of AWS KMS keys", the table of operations.
 */
export const admission = {
  /** In every state: reading, policies, deleting aliases. */
  always: everywhere,
  /** Using the key material. */
  use: {
    ...notWhilePendingDeletion,
    Disabled: "disabled",
    PendingImport: "pendingImport",
    Unavailable: "unavailable",
    Creating: "creating",
  },
  /** UpdatePrimaryRegion goes on while it is under way, and ReplicateKey does not. */
  replicate: {
    ...notWhilePendingDeletion,
    Disabled: "disabled",
    PendingImport: "pendingImport",
    Unavailable: "unavailable",
    Creating: "creating",
    Updating: "updating",
  },
  /** CreateGrant: like using the key, but the material need not be at hand. */
  grant: {
    ...notWhilePendingDeletion,
    Disabled: "disabled",
    PendingImport: "pendingImport",
    Creating: "creating",
  },
  /** GetPublicKey: also of a key that is disabled; it finds out itself what waits for material. */
  showPublicKey: { ...notWhilePendingDeletion, Creating: "creating" },
  /** GetParametersForImport. */
  prepareImport: { ...notWhilePendingDeletion, Creating: "creating", Updating: "updating" },
  import: { ...notWhilePendingDeletion, Creating: "creating" },
  deleteMaterial: { ...everywhere, Creating: "creating", Updating: "updating" },
  /** EnableKeyRotation and DisableKeyRotation. */
  rotateAutomatically: {
    ...notWhilePendingDeletion,
    Disabled: "disabled",
    PendingImport: "externalOrigin",
    Unavailable: "inKeyStore",
    Creating: "creating",
  },
  rotateOnDemand: {
    ...notWhilePendingDeletion,
    Disabled: "disabled",
    PendingImport: "pendingImport",
    Unavailable: "inKeyStore",
    Creating: "creating",
  },
  showRotation: { ...everywhere, PendingImport: "externalOrigin", Unavailable: "inKeyStore" },
  listRotations: { ...everywhere, Unavailable: "inKeyStore" },
  /** Tags, descriptions, new aliases. */
  label: notWhilePendingDeletion,
  /** EnableKey and DisableKey. */
  toggle: {
    ...notWhilePendingDeletion,
    PendingImport: "pendingImport",
    Creating: "creating",
    Updating: "updating",
  },
  scheduleDeletion: { ...notWhilePendingDeletion, Updating: "updating" },
  cancelDeletion: {
    Creating: "notPendingDeletion",
    Enabled: "notPendingDeletion",
    Disabled: "notPendingDeletion",
    PendingDeletion: "admit",
    PendingImport: "notPendingDeletion",
    PendingReplicaDeletion: "admit",
    Unavailable: "notPendingDeletion",
    Updating: "notPendingDeletion",
  },
} as const satisfies Readonly<Record<string, Admission>>

/**
 * The refusal that the state calls for, or `undefined` when the operation may go on. Why a key is
 * unavailable, its key store may know better.
 */
export function refusalByState(
  rules: Admission,
  state: KeyState,
  arn: string,
  unavailable?: string,
): KmsError | undefined {
  const verdict = rules[state]
  return verdict === "admit" ? undefined : refusals[verdict](arn, unavailable)
}
