import type { Eventually } from "../vocabulary/eventually.js"
import type { Binding, BoundToken, KeyBinding } from "./bindings.js"
import type { Hsm } from "./hsm.js"
import type { RecordHsm } from "./record-hsm.js"

/**
 * The domain of another region, as this one knows it: its name, and the token of its replication
 * key, which this domain has endorsed. Whoever can write storage can take an endorsement away, and
 * can neither make one nor bring back one that was made before trust was withdrawn.
 */
export interface PeerDomain {
  readonly name: string
  readonly endorsement: Uint8Array
}

export interface OfferRequest {
  /** The token of this domain's own replication key. */
  readonly replicationKey: Uint8Array
  /** The domain that may wrap for the offer. */
  readonly source: PeerDomain
  readonly binding: KeyBinding
}

export interface TransferRequest {
  readonly replicationKey: Uint8Array
  /** The domain that made the offer. */
  readonly target: PeerDomain
  readonly offer: Uint8Array
  /** Key materials of the KMS key that the offer is for. */
  readonly keys: readonly BoundToken[]
}

export interface ReceiptRequest {
  readonly source: PeerDomain
  readonly offer: Uint8Array
  /** What `offerTransfer` returned together with the offer. */
  readonly offerToken: Uint8Array
  readonly transfer: Uint8Array
  /** What the materials are, in the order in which they were wrapped. */
  readonly bindings: readonly Binding[]
}

/** What replication keeps under a domain key, and what each is bound to. */
export type ReplicationToken =
  | { readonly kind: "replication key"; readonly token: Uint8Array }
  /** Of the domain of that name. */
  | { readonly kind: "endorsement"; readonly token: Uint8Array; readonly name: string }
  | { readonly kind: "offer"; readonly token: Uint8Array; readonly offer: Uint8Array }

/**
 * The HSM of a region: an HSM that also seals the records of its region, and that can hand key
 * material to the domains of other regions, and nobody else. Each domain has a replication key, by
 * which it signs. A transfer is: the target domain offers a one-time key for one KMS key (X25519
 * and ML-KEM-768), the source verifies the offer, wraps under what both secrets and all that was
 * said yield, and signs; the target verifies, unwraps and wraps again under its own domain key.
 * Material is never in the clear outside of the two HSMs.
 *
 * Signatures of different methods never pass for each other. An answer of `undefined` (or `false`)
 * means not genuine; the errors are those of {@link Hsm}, and a replication key, an endorsement or
 * an offer token that is not of this domain is `token-refused`.
 *
 * Source: AWS KMS Cryptographic Details, "Multi-Region key replication".
 */
export interface RegionHsm extends Hsm, RecordHsm {
  /** Makes a replication key for this domain, wrapped. */
  generateReplicationKey(): Eventually<Uint8Array>

  /**
   * The public key of a replication key, 32 bytes (Ed25519): by it other regions trust this one,
   * so it comes out of the token and not from where someone could have put another one.
   */
  replicationPublicKey(replicationKey: Uint8Array): Eventually<Uint8Array>

  /**
   * Endorses the replication key of another domain. From then on key material can leave for it:
   * the engine calls this when its host connects regions, and never because of a message.
   */
  endorseDomain(name: string, publicKey: Uint8Array): Eventually<Uint8Array>

  /**
   * The replication key of an endorsed domain, 32 bytes: what is trusted is read here, and not from
   * where someone could have put something else.
   */
  endorsedKey(peer: PeerDomain): Eventually<Uint8Array>

  /**
   * Returns a sealed state with one domain key more, in which no endorsement counts that was made
   * before: they are `token-refused` from when that state is opened, and the HSM opens no older
   * state of that domain any more (`malformed`). With the new domain key, a state that somebody
   * puts back opens nothing that was written since, in other HSMs neither.
   */
  withdrawTrust(name: string, sealedState: Uint8Array): Eventually<Uint8Array>

  /** Signs a message of this domain's host. 64 bytes. */
  signForRegion(replicationKey: Uint8Array, message: Uint8Array): Eventually<Uint8Array>

  verifyFromRegion(
    peer: PeerDomain,
    message: Uint8Array,
    signature: Uint8Array,
  ): Eventually<boolean>

  /** Makes a one-time key, which the engine keeps until the transfer has come and no longer. */
  offerTransfer(request: OfferRequest): Eventually<{
    readonly offer: Uint8Array
    readonly offerToken: Uint8Array
  }>

  /**
   * `undefined` when the offer is not the target's, not for this domain or for another key. An HSM
   * that lets no key material leave throws `unsupported`, and keys get no replicas.
   */
  wrapForRegion(request: TransferRequest): Eventually<Uint8Array | undefined>

  /** Wraps what replication keeps again, under the current domain key. */
  rewrapReplication(kept: ReplicationToken): Eventually<Uint8Array>

  /** Key tokens of this domain, one for each binding; `undefined` when any of it is not genuine. */
  unwrapFromRegion(request: ReceiptRequest): Eventually<readonly Uint8Array[] | undefined>
}
