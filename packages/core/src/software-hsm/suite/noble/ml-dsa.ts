import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js"
import { encodePairMaterial } from "../../../formats/keys/pair-material.js"
import type { Entropy } from "../../../ports/entropy.js"
import type { KeyPairMaker, MlDsaSpec, SigningKey } from "../crypto-suite.js"
import { isPairOf, openPair } from "./open-pair.js"

const schemes: Readonly<Record<MlDsaSpec, DSA>> = Object.freeze({
  ML_DSA_44: ml_dsa44,
  ML_DSA_65: ml_dsa65,
  ML_DSA_87: ml_dsa87,
})

function materialOf(scheme: DSA, seed: Uint8Array): Uint8Array {
  const { publicKey, secretKey } = scheme.keygen(seed)
  const material = encodePairMaterial({ privateKey: seed, publicKey, expanded: secretKey })
  secretKey.fill(0)
  return material
}

export const mlDsaMaker = (spec: MlDsaSpec): KeyPairMaker => ({
  generate(entropy) {
    const seed = entropy(new Uint8Array(32))
    const material = materialOf(schemes[spec], seed)
    seed.fill(0)
    return material
  },
  complete({ privateKey, publicKey }) {
    const material = materialOf(schemes[spec], privateKey)
    if (isPairOf(spec, material, publicKey)) return material
    material.fill(0)
    return undefined
  },
})

/** Signing is hedged and the context empty. An external µ is signed in place of a message. */
export function openMlDsaKey(spec: MlDsaSpec, material: Uint8Array, entropy: Entropy): SigningKey {
  const scheme = schemes[spec]
  const { publicKey, expanded } = openPair(spec, material)
  return {
    sign({ messageType, message }) {
      const extraEntropy = entropy(new Uint8Array(32))
      try {
        return messageType === "EXTERNAL_MU"
          ? scheme.internal.sign(message, expanded, { extraEntropy, externalMu: true })
          : scheme.sign(message, expanded, { extraEntropy })
      } finally {
        extraEntropy.fill(0)
      }
    },
    verify({ messageType, message }, signature) {
      try {
        return messageType === "EXTERNAL_MU"
          ? scheme.internal.verify(signature, message, publicKey, { externalMu: true })
          : scheme.verify(signature, message, publicKey)
      } catch {
        return false
      }
    },
  }
}
