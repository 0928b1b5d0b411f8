import { bindingAad } from "../../formats/opaque/key-token.js"
import type { TokenHsm } from "../../ports/token-hsm.js"
import { wipe } from "../../vocabulary/bytes.js"
import { andFinally, andThen } from "../../vocabulary/eventually.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertUsage } from "../boundary/key-rules.js"
import { requirePairSpec } from "../boundary/materials.js"

export type TokenMethods = Pick<TokenHsm, "generateKey" | "publicKey" | "isCurrent" | "rewrap">

/** Makes key material, rewraps it, and tells what is known of a token. */
export const tokenMethods = (boundary: Boundary): TokenMethods => {
  const { domain, keys, device } = boundary
  return {
    generateKey(binding) {
      domain()
      assertUsage(binding)
      const { keySpec } = binding
      return andThen(device.generate(keySpec), (material) =>
        andFinally(material, () => domain().wrap(material, bindingAad(binding)), wipe),
      )
    },

    publicKey(request) {
      assertUsage(request.binding)
      const spec = requirePairSpec(request.binding.keySpec)
      return keys.withMaterial(request, (material) => device.publicKey(spec, material))
    },

    isCurrent: (token) => domain().isCurrent(token),

    rewrap: (request) =>
      keys.withMaterial(request, (material) =>
        domain().wrap(device.renew(request.binding.keySpec, material), bindingAad(request.binding)),
      ),
  }
}
