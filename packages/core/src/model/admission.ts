import type { KmsError } from "../vocabulary/errors.js"
import type { KeyState } from "../vocabulary/key-states.js"
import * as keys from "../vocabulary/refusals/keys.js"
import { quoted } from "../vocabulary/refusals/refusal.js"
import { unsupportedOperation } from "../vocabulary/refusals/requests.js"

interface Key {
  readonly arn: string
  /** Why it is unavailable, in the words of its key store. */
  readonly unavailable: string | undefined
}

/** Why a key state does not admit an operation. */
const refusals = {
  disabled: keys.disabled,
  pendingDeletion: keys.pendingDeletion,
  notPendingDeletion: keys.notPendingDeletion,
  pendingImport: keys.pendingImport,
  unavailable: (key: Key) =>
    key.unavailable === undefined
      ? keys.unavailable(key)
      : quoted("KMSInvalidStateException", key.unavailable),
  externalOrigin: ({ arn }: Key) => keys.wrongOrigin({ arn, origin: "EXTERNAL" }),
  inKeyStore: () => unsupportedOperation(),
  creating: keys.creating,
  updating: keys.updating,
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
  return verdict === "admit" ? undefined : refusals[verdict]({ arn, unavailable })
}
