import { encodeFields } from "../../formats/fields.js"
import { keyAlgorithms } from "../../formats/keys/key-algorithms.js"
import { bindingAad, wrappingAad } from "../../formats/opaque/key-token.js"
import type { Binding, WrappingBinding } from "../../ports/bindings.js"
import { HsmError } from "../../ports/hsm.js"
import type { ImportRequest, ImportResult, TokenHsm } from "../../ports/token-hsm.js"
import { hexOf, wipe } from "../../vocabulary/bytes.js"
import { andFinally, andThen, type Eventually } from "../../vocabulary/eventually.js"
import type { WrappingAlgorithm, WrappingKeySpec } from "../../vocabulary/import-wrapping.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertUsage, openerOf, unsupported } from "../boundary/key-rules.js"
import { materialRulesOf } from "../boundary/materials.js"
import type { AsymmetricEncryption } from "../suite/crypto-suite.js"

interface WrappingRow {
  readonly encryption: AsymmetricEncryption
  /** True when an AES key is encrypted, and the key material is wrapped under that. */
  readonly isHybrid: boolean
  readonly specs: readonly WrappingKeySpec[]
}

const rsaSpecs = ["RSA_2048", "RSA_3072", "RSA_4096"] as const
const rsa = (encryption: AsymmetricEncryption, isHybrid: boolean): WrappingRow => ({
  encryption,
  isHybrid,
  specs: rsaSpecs,
})

/** Source: AWS KMS Developer Guide, "Select a wrapping algorithm". */
const wrappingTable: Readonly<Record<WrappingAlgorithm, WrappingRow>> = Object.freeze({
  RSAES_OAEP_SHA_1: rsa("RSAES_OAEP_SHA_1", false),
  RSAES_OAEP_SHA_256: rsa("RSAES_OAEP_SHA_256", false),
  RSA_AES_KEY_WRAP_SHA_1: rsa("RSAES_OAEP_SHA_1", true),
  RSA_AES_KEY_WRAP_SHA_256: rsa("RSAES_OAEP_SHA_256", true),
  SM2PKE: { encryption: "SM2PKE", isHybrid: false, specs: ["SM2"] },
})

function wrappingRow({ wrappingAlgorithm, wrappingKeySpec }: WrappingBinding): WrappingRow {
  // The words of a token are those of whoever brings it, until the token is open.
  if (!Object.hasOwn(wrappingTable, wrappingAlgorithm)) throw unsupported()
  const row = wrappingTable[wrappingAlgorithm]
  if (!row.specs.includes(wrappingKeySpec)) throw unsupported()
  return row
}

/**
 * The id of imported key material: one for the same bytes in the same KMS key, another in every
 * other, whatever the lengths. A hash and not a MAC: a MAC under the material would be one that
 * the key never made, and HMAC takes different keys for one. There is no way back from an id but
 * to guess the material, so material that can be guessed is no key.
 */
export function materialIdOf({ suite }: Boundary, keyId: string, material: Uint8Array): string {
  const fields = encodeFields(["keywright key material id 2", keyId, material])
  try {
    return hexOf(suite.sha256(fields))
  } finally {
    fields.fill(0)
  }
}

/** What was wrapped; `undefined` when it does not open. */
function unwrap(boundary: Boundary, request: ImportRequest): Eventually<Uint8Array | undefined> {
  const { suite, entropy, domain } = boundary
  const { token, binding } = request.wrapping
  const row = wrappingRow(binding)
  const open = openerOf(suite, binding.wrappingKeySpec, "ENCRYPT_DECRYPT")
  const key = domain().unwrap(token, wrappingAad(binding))
  const { wrappedMaterial } = request
  const bytes = keyAlgorithms[binding.wrappingKeySpec].privateKeyBytes
  const encrypted = row.isHybrid ? wrappedMaterial.subarray(0, bytes) : wrappedMaterial
  const decrypt = (): Eventually<Uint8Array | undefined> =>
    andThen(open(key, entropy), (opened) => opened.decrypt(row.encryption, encrypted))
  const decrypted = andFinally(key, decrypt, wipe)
  if (!row.isHybrid) return decrypted
  return andThen(decrypted, (wrappingKey) => {
    if (wrappingKey === undefined) return undefined
    const unwrapAll = () =>
      wrappingKey.length === 32
        ? suite.unwrapPadded(wrappingKey, wrappedMaterial.subarray(bytes))
        : undefined
    return andFinally(wrappingKey, unwrapAll, wipe)
  })
}

export type ImportMethods = Pick<TokenHsm, "generateWrappingKey" | "importKey">

export function importMethods(boundary: Boundary): ImportMethods {
  const { domain, device } = boundary

  function wrapImported(request: ImportRequest, material: Uint8Array): ImportResult {
    const keyMaterialId = materialIdOf(boundary, request.binding.keyId, material)
    const binding: Binding = { ...request.binding, keyMaterialId }
    const kept = device.take(binding.keySpec, material)
    const token = domain().wrap(kept, bindingAad(binding))
    return { outcome: "imported", token, keyMaterialId }
  }

  return {
    generateWrappingKey(binding) {
      wrappingRow(binding)
      const { wrappingKeySpec } = binding
      domain()
      return andThen(device.generate(wrappingKeySpec), (material) =>
        andFinally(
          material,
          () => ({
            token: domain().wrap(material, wrappingAad(binding)),
            publicKey: device.publicKey(wrappingKeySpec, material),
          }),
          wipe,
        ),
      )
    },

    importKey(request) {
      assertUsage(request.binding)
      const { keySpec, origin } = request.binding
      if (origin !== "EXTERNAL") throw new HsmError("unsupported", "the key is not for import")
      return andThen(unwrap(boundary, request), (bytes): Eventually<ImportResult> => {
        if (bytes === undefined) return { outcome: "undecryptable" }
        const wrapRead = (material: Uint8Array | undefined): ImportResult => {
          if (material === undefined) return { outcome: "unsuitable" }
          try {
            return wrapImported(request, material)
          } finally {
            material.fill(0)
          }
        }
        const read = () => materialRulesOf(keySpec).read(boundary, keySpec, bytes)
        return andFinally(bytes, () => andThen(read(), wrapRead), wipe)
      })
    },
  }
}
