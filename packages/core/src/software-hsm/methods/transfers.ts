import { sameKey } from "../../formats/binding.js"
import { bindingAad, type TokenAad } from "../../formats/opaque/key-token.js"
import {
  encodeOffer,
  encodeTransfer,
  messageStatement,
  offerKeyAad,
  offerStatement,
  parseOffer,
  parseTransfer,
  replicationAad,
  type TransferOffer,
  transferAad,
  transferStatement,
  transferTranscript,
} from "../../formats/regions/region-transfer.js"
import type { Binding, BoundToken } from "../../ports/bindings.js"
import { type Hsm, HsmError } from "../../ports/hsm.js"
import type { RecordHsm } from "../../ports/record-hsm.js"
import type {
  PeerDomain,
  ReceiptRequest,
  RegionHsm,
  ReplicationToken,
  TransferRequest,
} from "../../ports/region-hsm.js"
import { assertBytes, concatBytes, utf8 } from "../../vocabulary/bytes.js"
import type { KeySpec } from "../../vocabulary/key-specs.js"
import type { Boundary } from "../boundary/boundary.js"
import type { DomainKeys } from "../boundary/domain.js"
import { assertUsage } from "../boundary/key-rules.js"
import { materialRulesOf } from "../boundary/materials.js"
import { makeWhenUsed } from "../suite/make-when-used.js"

type Hybrid = typeof import("../suite/noble/hybrid.js")

/** What this file adds to an HSM. */
export type RegionMethods = Omit<RegionHsm, keyof Hsm | keyof RecordHsm | "withdrawTrust">

const isMaterialOf = (spec: KeySpec, bytes: Uint8Array): boolean =>
  materialRulesOf(spec).isWhole(spec, bytes)

const tagBytes = 16

/** The wrapping key is used once, for materials that are counted: so is their IV. */
function ivOf(index: number): Uint8Array {
  const iv = new Uint8Array(12)
  new DataView(iv.buffer).setUint32(8, index)
  return iv
}

const wipeAll = (secrets: readonly Uint8Array[]): void => {
  for (const secret of secrets) secret.fill(0)
}

const ownKeyAad = ({ name }: DomainKeys): TokenAad => replicationAad("replication key", [name])

/** Another one from when trust was withdrawn. */
const endorsementAad = ({ name, trustGeneration }: DomainKeys, peerName: string): TokenAad =>
  replicationAad("endorsement", [name, peerName, String(trustGeneration)])

/** What is authenticated with a token that replication keeps. */
function keptAad(domain: DomainKeys, kept: ReplicationToken): TokenAad {
  if (kept.kind === "offer") return offerKeyAad(kept.offer)
  return kept.kind === "endorsement" ? endorsementAad(domain, kept.name) : ownKeyAad(domain)
}

/** Opens what replication keeps under the domain key. */
function opened({ domain }: Boundary) {
  /** Uses the private key of this domain, and wipes it. */
  const withSecret = (
    replicationKey: Uint8Array,
    act: (secret: Uint8Array) => Uint8Array,
  ): Uint8Array => {
    const secret = domain().unwrap(replicationKey, ownKeyAad(domain()))
    try {
      return act(secret)
    } finally {
      secret.fill(0)
    }
  }
  const sign = (code: Hybrid, replicationKey: Uint8Array, statement: Uint8Array): Uint8Array =>
    withSecret(replicationKey, (secret) => code.signStatement(secret, statement))
  /** The public key of a domain that this one has endorsed. */
  const publicKeyOf = (peer: PeerDomain): Uint8Array =>
    domain().unwrap(peer.endorsement, endorsementAad(domain(), peer.name))
  return { withSecret, sign, publicKeyOf }
}

/** HKDF-SHA-256 (RFC 5869) of both secrets, over all that was said. Wipes the secrets. */
function wrappingKeyOf(
  { suite }: Boundary,
  secrets: Uint8Array,
  transcript: Uint8Array,
): Uint8Array {
  const wiped: Uint8Array[] = [secrets]
  try {
    const extracted = suite.hmacSha256(utf8("keywright region transfer 1"), secrets)
    wiped.push(extracted)
    return suite.hmacSha256(extracted, concatBytes(transcript, Uint8Array.of(1)))
  } finally {
    wipeAll(wiped)
  }
}

function wrapMethods(boundary: Boundary, hybrid: ReturnType<typeof makeWhenUsed<Hybrid>>) {
  const { domain, suite, entropy, device } = boundary
  const { sign, publicKeyOf } = opened(boundary)

  /** The offer, when it is the target's and for this domain and these keys. */
  function genuineOffer(code: Hybrid, request: TransferRequest): TransferOffer | undefined {
    const publicKey = publicKeyOf(request.target)
    const offer = parseOffer(request.offer)
    if (offer === undefined) return undefined
    const { value, signature } = offer
    if (value.from !== request.target.name || value.to !== domain().name) return undefined
    if (!request.keys.every(({ binding }) => sameKey(binding, value.binding))) return undefined
    return code.verifyStatement(publicKey, offerStatement(value), signature) ? value : undefined
  }

  function encrypt(key: Uint8Array, { token, binding }: BoundToken, index: number): Uint8Array {
    const kept = domain().unwrap(token, bindingAad(binding))
    const material = device.give(binding.keySpec, kept)
    try {
      const ciphertext = new Uint8Array(material.length + tagBytes)
      suite.encryptInto(ciphertext, key, ivOf(index), material, transferAad(binding))
      return ciphertext
    } finally {
      material.fill(0)
    }
  }

  const wrapForRegion: RegionMethods["wrapForRegion"] = (request) =>
    hybrid((code) => {
      const offer = genuineOffer(code, request)
      const shared = offer && code.encapsulateHybrid(offer, entropy)
      if (offer === undefined || shared === undefined) return undefined
      const transcript = transferTranscript(request.offer, shared)
      const key = wrappingKeyOf(boundary, shared.secrets, transcript)
      const { x25519, mlKem } = shared
      try {
        const ciphertexts = request.keys.map((one, i) => encrypt(key, one, i))
        const value = { x25519, mlKem, ciphertexts }
        const statement = transferStatement(domain().name, offer.from, request.offer, value)
        const signature = sign(code, request.replicationKey, statement)
        return encodeTransfer({ value, signature })
      } finally {
        key.fill(0)
      }
    })
  return { wrapForRegion }
}

function unwrapMethods(boundary: Boundary, hybrid: ReturnType<typeof makeWhenUsed<Hybrid>>) {
  const { domain, suite, device } = boundary
  const { publicKeyOf } = opened(boundary)

  /** Whatever it answers, the caller wipes the `materials` that it has decrypted. */
  function decryptAll(
    key: Uint8Array,
    request: ReceiptRequest,
    ciphertexts: readonly Uint8Array[],
    materials: Uint8Array[],
  ): boolean {
    for (const [i, binding] of request.bindings.entries()) {
      const aad = transferAad(binding)
      const material = suite.decryptOnce(key, ivOf(i), ciphertexts[i] as Uint8Array, aad)
      if (material === undefined) return false
      materials.push(material)
      if (!isMaterialOf(binding.keySpec, material)) return false
    }
    return true
  }

  const wrap = (binding: Binding, material: Uint8Array): Uint8Array =>
    domain().wrap(device.take(binding.keySpec, material), bindingAad(binding))

  /** The wrapping key, once offer, transfer and signature are known to be genuine. */
  function agree(code: Hybrid, request: ReceiptRequest) {
    const publicKey = publicKeyOf(request.source)
    const secret = domain().unwrap(request.offerToken, offerKeyAad(request.offer))
    try {
      const offer = parseOffer(request.offer)?.value
      const transfer = parseTransfer(request.transfer)
      if (offer?.to !== request.source.name || transfer === undefined) return undefined
      const { value, signature } = transfer
      if (value.ciphertexts.length !== request.bindings.length) return undefined
      if (!request.bindings.every((binding) => sameKey(binding, offer.binding))) return undefined
      const statement = transferStatement(offer.to, domain().name, request.offer, value)
      if (!code.verifyStatement(publicKey, statement, signature)) return undefined
      const secrets = code.decapsulateHybrid(secret, value)
      if (secrets === undefined) return undefined
      const key = wrappingKeyOf(boundary, secrets, transferTranscript(request.offer, value))
      return { key, ciphertexts: value.ciphertexts }
    } finally {
      secret.fill(0)
    }
  }

  const unwrapFromRegion: RegionMethods["unwrapFromRegion"] = (request) =>
    hybrid((code) => {
      for (const binding of request.bindings) assertUsage(binding)
      const agreed = agree(code, request)
      if (agreed === undefined) return undefined
      const materials: Uint8Array[] = []
      try {
        const isWhole = decryptAll(agreed.key, request, agreed.ciphertexts, materials)
        if (!isWhole) return undefined
        return materials.map((material, i) => wrap(request.bindings[i] as Binding, material))
      } finally {
        wipeAll([agreed.key, ...materials])
      }
    })
  return { unwrapFromRegion }
}

/** Hands key material to other domains. Its curve and its lattice are loaded when first needed. */
export function regionMethods(boundary: Boundary): RegionMethods {
  const { domain, draw } = boundary
  const { withSecret, sign, publicKeyOf } = opened(boundary)
  const hybrid = makeWhenUsed<Hybrid>(() => import("../suite/noble/hybrid.js"))

  return {
    generateReplicationKey() {
      const secret = draw(32)
      try {
        return domain().wrap(secret, ownKeyAad(domain()))
      } finally {
        secret.fill(0)
      }
    },

    replicationPublicKey(replicationKey) {
      domain()
      return hybrid((code) => withSecret(replicationKey, code.replicationPublicKey))
    },

    endorseDomain(name, publicKey) {
      assertBytes(publicKey, "publicKey", 32)
      if (name === domain().name) throw new HsmError("unsupported", "a domain is no peer of itself")
      return domain().wrap(publicKey, endorsementAad(domain(), name))
    },

    endorsedKey: publicKeyOf,

    rewrapReplication(kept) {
      const aad = keptAad(domain(), kept)
      const secret = domain().unwrap(kept.token, aad)
      try {
        return domain().wrap(secret, aad)
      } finally {
        secret.fill(0)
      }
    },

    signForRegion: (replicationKey, message) =>
      hybrid((code) => sign(code, replicationKey, messageStatement(message))),

    verifyFromRegion: (peer, message, signature) =>
      hybrid((code) =>
        code.verifyStatement(publicKeyOf(peer), messageStatement(message), signature),
      ),

    offerTransfer({ replicationKey, source, binding }) {
      assertUsage(binding)
      publicKeyOf(source)
      return hybrid((code) => {
        const secret = draw(code.hybridSecretBytes)
        try {
          const publicKey = code.hybridPublicKey(secret)
          const value = { from: domain().name, to: source.name, binding, ...publicKey }
          const signature = sign(code, replicationKey, offerStatement(value))
          const offer = encodeOffer({ value, signature })
          return { offer, offerToken: domain().wrap(secret, offerKeyAad(offer)) }
        } finally {
          secret.fill(0)
        }
      })
    },

    ...wrapMethods(boundary, hybrid),
    ...unwrapMethods(boundary, hybrid),
  }
}
