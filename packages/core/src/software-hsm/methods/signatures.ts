import type { CryptoHsm, SignRequest } from "../../ports/crypto-hsm.js"
import { HsmError } from "../../ports/hsm.js"
import { signingAlgorithmTable } from "../../vocabulary/algorithms.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import { andThen } from "../../vocabulary/eventually.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertAlgorithm, openerOf, unsupported } from "../boundary/key-rules.js"

/** Throws unless key, algorithm, message type and length go together. */
function assertSignable({ binding, algorithm, messageType, message }: SignRequest): void {
  assertAlgorithm(binding, "SigningAlgorithms", algorithm)
  const bytes = signingAlgorithmTable[algorithm].messages[messageType]
  if (bytes === undefined) throw unsupported()
  if (bytes !== "any" && message.length !== bytes) {
    throw new HsmError("malformed", `a message of this type must have ${bytes} bytes`)
  }
}

export type SignatureMethods = Pick<CryptoHsm, "sign" | "verify" | "generateMac" | "verifyMac">

/** Signatures and message authentication codes. */
export function signatureMethods({ suite, keys }: Boundary): SignatureMethods {
  const generateMac: SignatureMethods["generateMac"] = (request) => {
    const { binding, algorithm, message } = request
    assertAlgorithm(binding, "MacAlgorithms", algorithm)
    const open = openerOf(suite, binding.keySpec, "GENERATE_VERIFY_MAC")
    return keys.use(request, open, (key) => key.mac(message))
  }

  return {
    sign(request) {
      assertSignable(request)
      const open = openerOf(suite, request.binding.keySpec, "SIGN_VERIFY")
      return keys.use(request, open, (key) => key.sign(request))
    },

    verify(request) {
      assertSignable(request)
      const open = openerOf(suite, request.binding.keySpec, "SIGN_VERIFY")
      return keys.use(request, open, (key) => key.verify(request, request.signature))
    },

    generateMac,

    verifyMac: (request) => andThen(generateMac(request), (mac) => equalBytes(mac, request.mac)),
  }
}
