import type { PrivateKeyParts } from "../formats/keys/pkcs8.js"
import { bindingAad } from "../formats/opaque/key-token.js"
import type { BoundToken, KeyBinding } from "../ports/bindings.js"
import type { RegionHsm } from "../ports/region-hsm.js"
import type { ImportResult } from "../ports/token-hsm.js"
import { andThen, type Eventually } from "../vocabulary/eventually.js"
import { assertUsage } from "./boundary/key-rules.js"
import { completePair, materialRulesOf, requirePairSpec } from "./boundary/materials.js"
import { materialIdOf } from "./methods/imports.js"
import { openSoftwareHsm, type SoftwareHsmOptions } from "./software-hsm.js"

/** Key material that is to be planted. */
export interface PlantRequest {
  /**
   * What it is for. Where no id is given to the material, it follows from the key id and the
   * material itself, as with ImportKeyMaterial.
   */
  readonly binding: KeyBinding & { readonly keyMaterialId?: string | undefined }
  /** What ImportKeyMaterial wraps: raw bytes, or PKCS #8 in DER. Or a private key in its parts. */
  readonly material: Uint8Array | PrivateKeyParts
}

/**
 * A software HSM with two doors that no HSM in earnest has: key material goes in as it is, and
 * comes out as it is. And it goes back to any state of its domain. For tests, whose keys are public
 * anyway. An engine that is opened on it cannot reach these doors; whoever made the HSM can.
 */
export interface FixtureHsm extends RegionHsm {
  /** Wraps key material that was made elsewhere. Never answers `undecryptable`. */
  plant(request: PlantRequest): Eventually<ImportResult>
  /** Key material in the clear: raw bytes, or PKCS #8 in DER. */
  reveal(request: BoundToken): Eventually<Uint8Array>
}

const isBytes = (material: PlantRequest["material"]): material is Uint8Array =>
  material instanceof Uint8Array

export function createFixtureHsm(options: SoftwareHsmOptions): FixtureHsm {
  const { hsm, boundary } = openSoftwareHsm(options, "any state")

  return Object.freeze<FixtureHsm>({
    ...hsm,

    plant({ binding, material: given }) {
      assertUsage(binding)
      const { keyId, keySpec } = binding
      const completed = isBytes(given)
        ? materialRulesOf(keySpec).read(boundary, keySpec, given.slice())
        : completePair(boundary, requirePairSpec(keySpec), given)
      return andThen(completed, (material): ImportResult => {
        if (material === undefined) return { outcome: "unsuitable" }
        try {
          const { keyMaterialId = materialIdOf(boundary, keyId, material) } = binding
          const bound = { ...binding, keyMaterialId }
          const token = boundary.domain().wrap(material, bindingAad(bound))
          return { outcome: "imported", token, keyMaterialId }
        } finally {
          material.fill(0)
        }
      })
    },

    reveal: (request) =>
      boundary.keys.withMaterial(request, (material) => {
        const { keySpec } = request.binding
        return materialRulesOf(keySpec).write(keySpec, material)
      }),
  })
}
