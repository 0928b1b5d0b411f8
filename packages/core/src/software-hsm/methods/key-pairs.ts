import { spkiOfMaterial } from "../../formats/keys/key-material.js"
import { parseSpki } from "../../formats/keys/spki.js"
import { type Hsm, HsmError, type SignRequest } from "../../ports/hsm.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertAlgorithm, assertUsage, requirePairSpec, supported } from "../boundary/key-rules.js"
import { signingTable } from "../suite/algorithms.js"

/** Throws unless key, algorithm, message type and length go together. */
function assertSignable({ binding, algorithm, messageType, message }: SignRequest): void {
  assertAlgorithm(binding, "SigningAlgorithms", algorithm)
  const bytes = supported(signingTable[algorithm].messageBytes[messageType])
  if (bytes !== "any" && message.length !== bytes) {
    throw new HsmError("malformed", `a message of this type must have ${bytes} bytes`)
  }
}

export type PairMethods = Pick<
  Hsm,
  | "publicKey"
  | "sign"
  | "verify"
  | "generateMac"
  | "verifyMac"
  | "deriveSharedSecret"
  | "encapsulate"
  | "decapsulate"
>

export function pairMethods({ suite, keys }: Boundary): PairMethods {
  const generateMac: PairMethods["generateMac"] = (request) => {
    const { binding, algorithm, message } = request
    assertAlgorithm(binding, "MacAlgorithms", algorithm)
    const open = supported(suite.macKeys[binding.keySpec])
    return keys.use(request, open, (key) => key.mac(message))
  }

  return {
    publicKey(request) {
      assertUsage(request.binding)
      const spec = requirePairSpec(request.binding.keySpec)
      return keys.withMaterial(request, (material) => spkiOfMaterial(spec, material))
    },

    sign(request) {
      assertSignable(request)
      const open = supported(suite.signingKeys[request.binding.keySpec])
      return keys.use(request, open, (key) => key.sign(request))
    },

    verify(request) {
      assertSignable(request)
      const open = supported(suite.signingKeys[request.binding.keySpec])
      return keys.use(request, open, (key) => key.verify(request, request.signature))
    },

    generateMac,

    verifyMac(request) {
      const made = generateMac(request)
      const compare = (mac: Uint8Array): boolean => equalBytes(mac, request.mac)
      return made instanceof Promise ? made.then(compare) : compare(made)
    },

    deriveSharedSecret(request) {
      const { binding, algorithm } = request
      assertAlgorithm(binding, "KeyAgreementAlgorithms", algorithm)
      const open = supported(suite.agreementKeys[binding.keySpec])
      const publicKey = parseSpki(requirePairSpec(binding.keySpec), request.publicKey)
      return publicKey && keys.use(request, open, (key) => key.agree(publicKey))
    },

    encapsulate(request) {
      assertAlgorithm(request.binding, "EncapsulationAlgorithms", request.algorithm)
      const open = supported(suite.encapsulationKeys[request.binding.keySpec])
      return keys.use(request, open, (key) => key.encapsulate())
    },

    decapsulate(request) {
      assertAlgorithm(request.binding, "EncapsulationAlgorithms", request.algorithm)
      const open = supported(suite.encapsulationKeys[request.binding.keySpec])
      return keys.use(request, open, (key) => key.decapsulate(request.ciphertext))
    },
  }
}
