import type { Binding, BoundToken, PeerDomain, RegionHsm } from "@keywright/core"
import { check, type HsmSource } from "./hsm-case.js"
import { aad, plaintext } from "./hsm-setup.js"

/** A multi-Region key, which is what crosses regions. */
export const binding: Binding = Object.freeze({
  partition: "aws",
  account: "111122223333",
  keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
  keyMaterialId: "5e".repeat(32),
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyStoreId: undefined,
  xksKeyId: undefined,
})

/** A domain with its replication key. */
export interface Side {
  readonly hsm: RegionHsm
  readonly name: string
  readonly sealed: Uint8Array
  readonly replicationKey: Uint8Array
  readonly publicKey: Uint8Array
}

export async function openSide({ make }: HsmSource<RegionHsm>, name: string): Promise<Side> {
  const hsm = await make()
  const sealed = await hsm.createDomain(name)
  const replicationKey = await hsm.generateReplicationKey()
  const publicKey = await hsm.replicationPublicKey(replicationKey)
  return { hsm, name, sealed, replicationKey, publicKey }
}

/** The other side, endorsed here. */
export const peerOf = async (here: Side, there: Side): Promise<PeerDomain> => ({
  name: there.name,
  endorsement: await here.hsm.endorseDomain(there.name, there.publicKey),
})

/** Two domains that have endorsed each other, and a key in the one that wraps. */
export interface Pair {
  readonly source: Side
  readonly target: Side
  /** The source, as the target knows it. */
  readonly sourcePeer: PeerDomain
  /** The target, as the source knows it. */
  readonly targetPeer: PeerDomain
  readonly key: BoundToken
}

export async function openPair(from: HsmSource<RegionHsm>, of: Binding = binding): Promise<Pair> {
  const source = await openSide(from, "aws:us-east-1")
  const target = await openSide(from, "aws:eu-west-1")
  return {
    source,
    target,
    sourcePeer: await peerOf(target, source),
    targetPeer: await peerOf(source, target),
    key: { token: await source.hsm.generateKey(of), binding: of },
  }
}

/** What one side offers another for a key, which is the usual one unless told otherwise. */
export const offerOf = (side: Side, source: PeerDomain, of: Partial<Binding> = {}) => {
  const { keyMaterialId: _, ...transfer } = { ...binding, ...of }
  return side.hsm.offerTransfer({
    replicationKey: side.replicationKey,
    source,
    binding: transfer,
  })
}

/** What the source of a pair wraps for an offer. */
export const wrapFor = (
  { source, targetPeer, key }: Pair,
  offer: Uint8Array,
  { target = targetPeer, keys = [key] }: { target?: PeerDomain; keys?: readonly BoundToken[] } = {},
) => source.hsm.wrapForRegion({ replicationKey: source.replicationKey, target, offer, keys })

/** Everything that a receipt of the usual key needs. */
export async function transferOf(pair: Pair) {
  const { offer, offerToken } = await offerOf(pair.target, pair.sourcePeer, pair.key.binding)
  const transfer = await wrapFor(pair, offer)
  check(transfer !== undefined, "wraps for a genuine offer")
  return {
    source: pair.sourcePeer,
    offer,
    offerToken,
    transfer,
    bindings: [pair.key.binding] as readonly Binding[],
  }
}

/** A ciphertext of a key at one side, as the other side opens it. */
export async function carried(pair: Pair, token: Uint8Array): Promise<Uint8Array | undefined> {
  const ciphertext = await pair.source.hsm.encrypt({ ...pair.key, plaintext, aad })
  return pair.target.hsm.decrypt({ token, binding: pair.key.binding, ciphertext, aad })
}
