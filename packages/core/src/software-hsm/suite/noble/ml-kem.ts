import { type MLKEM, ml_kem512, ml_kem768, ml_kem1024 } from "@noble/post-quantum/ml-kem.js"
import { encodePairMaterial } from "../../../formats/keys/pair-material.js"
import type { Entropy } from "../../../ports/entropy.js"
import { invariant } from "../../../vocabulary/errors.js"
import type { EncapsulationKey, KeyPairMaker, MlKemSpec } from "../crypto-suite.js"
import { isPairOf, openPair } from "./open-pair.js"

const schemes: Readonly<Record<MlKemSpec, MLKEM>> = Object.freeze({
  ML_KEM_512: ml_kem512,
  ML_KEM_768: ml_kem768,
  ML_KEM_1024: ml_kem1024,
})

function materialOf(scheme: MLKEM, seed: Uint8Array): Uint8Array {
  const { publicKey, secretKey } = scheme.keygen(seed)
  const material = encodePairMaterial({ privateKey: seed, publicKey, expanded: secretKey })
  secretKey.fill(0)
  return material
}

export const mlKemMaker = (spec: MlKemSpec): KeyPairMaker => ({
  generate(entropy) {
    const seed = entropy(new Uint8Array(64))
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

export function openMlKemKey(
  spec: MlKemSpec,
  material: Uint8Array,
  entropy: Entropy,
): EncapsulationKey {
  const scheme = schemes[spec]
  const { publicKey, expanded } = openPair(spec, material)
  const { cipherText: ciphertextBytes } = scheme.lengths
  invariant(ciphertextBytes, "a scheme does not say how long its ciphertext is")
  return {
    encapsulate() {
      const message = entropy(new Uint8Array(32))
      const { cipherText, sharedSecret } = scheme.encapsulate(publicKey, message)
      message.fill(0)
      return { sharedSecret, ciphertext: cipherText }
    },
    decapsulate: (ciphertext) =>
      ciphertext.length === ciphertextBytes ? scheme.decapsulate(ciphertext, expanded) : undefined,
  }
}
