import { parseSpki } from "../../formats/keys/spki.js"
import type { CryptoHsm } from "../../ports/crypto-hsm.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertAlgorithm, openerOf } from "../boundary/key-rules.js"
import { requirePairSpec } from "../boundary/materials.js"

export type SharedSecretMethods = Pick<
  CryptoHsm,
  "deriveSharedSecret" | "encapsulate" | "decapsulate"
>

/** Secrets that two parties come to share. */
export const sharedSecretMethods = ({ suite, keys }: Boundary): SharedSecretMethods => ({
  deriveSharedSecret(request) {
    const { binding, algorithm } = request
    assertAlgorithm(binding, "KeyAgreementAlgorithms", algorithm)
    const open = openerOf(suite, binding.keySpec, "KEY_AGREEMENT")
    const publicKey = parseSpki(requirePairSpec(binding.keySpec), request.publicKey)
    return publicKey && keys.use(request, open, (key) => key.agree(publicKey))
  },

  encapsulate(request) {
    assertAlgorithm(request.binding, "EncapsulationAlgorithms", request.algorithm)
    const open = openerOf(suite, request.binding.keySpec, "ENCAPSULATE_DECAPSULATE")
    return keys.use(request, open, (key) => key.encapsulate())
  },

  decapsulate(request) {
    assertAlgorithm(request.binding, "EncapsulationAlgorithms", request.algorithm)
    const open = openerOf(suite, request.binding.keySpec, "ENCAPSULATE_DECAPSULATE")
    return keys.use(request, open, (key) => key.decapsulate(request.ciphertext))
  },
})
