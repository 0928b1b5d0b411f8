import { spkiOfMaterial } from "../../formats/keys/pair-material.js"
import { bindingAad } from "../../formats/opaque/key-token.js"
import type { TokenHsm } from "../../ports/token-hsm.js"
import { wipe } from "../../vocabulary/bytes.js"
import { andFinally, andThen } from "../../vocabulary/eventually.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertUsage } from "../boundary/key-rules.js"
import { materialRulesOf, requirePairSpec } from "../boundary/materials.js"

export type TokenMethods = Pick<TokenHsm, "generateKey" | "publicKey" | "isCurrent" | "rewrap">

/** Makes key material, rewraps it, and tells what is known of a token. */
export const tokenMethods = (boundary: Boundary): TokenMethods => {
  const { domain, keys } = boundary
  return {
    generateKey(binding) {
      domain()
      assertUsage(binding)
      const { keySpec } = binding
      return andThen(materialRulesOf(keySpec).generate(boundary, keySpec), (material) =>
        andFinally(material, () => domain().wrap(material, bindingAad(binding)), wipe),
      )
    },

    publicKey(request) {
      assertUsage(request.binding)
      const spec = requirePairSpec(request.binding.keySpec)
      return keys.withMaterial(request, (material) => spkiOfMaterial(spec, material))
    },

    isCurrent: (token) => domain().isCurrent(token),

    rewrap: (request) =>
      keys.withMaterial(request, (material) =>
        domain().wrap(material, bindingAad(request.binding)),
      ),
  }
}
