import type { WrappingBinding } from "../../ports/bindings.js"
import { isAccountId, isKeyId } from "../../vocabulary/arns.js"
import { textOf } from "../../vocabulary/bytes.js"
import { wrappingAlgorithms, wrappingKeySpecs } from "../../vocabulary/import-wrapping.js"
import { limits } from "../../vocabulary/limits.js"
import { decodeFields, encodeFields } from "../fields.js"

/** A wrapping key that an HSM made for one import: its token, and what it is for. */
export interface ImportToken {
  readonly token: Uint8Array
  readonly binding: WrappingBinding
}

/** "KI", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x49, 0x01)
const textsCount = 6

/**
 * Version 1 of an import token: "KI", version, the members of the binding and the wrapping key's
 * token, each after its length. The HSM authenticates all of it when it opens the token.
 */
export const encodeImportToken = ({ token, binding }: ImportToken): Uint8Array =>
  encodeFields(
    [
      binding.partition,
      binding.account,
      binding.keyId,
      binding.wrappingKeySpec,
      binding.wrappingAlgorithm,
      String(binding.validToMs),
      token,
    ],
    prefix,
  )

/** The exact inverse; `undefined` when it is not an import token. */
export function parseImportToken(bytes: Uint8Array): ImportToken | undefined {
  if (bytes.length > limits.ciphertextBytesMax) return undefined
  if (!prefix.every((byte, i) => bytes[i] === byte)) return undefined
  const fields = decodeFields(bytes.subarray(prefix.length), textsCount + 1)
  if (fields === undefined) return undefined
  const token = fields[textsCount] as Uint8Array
  try {
    const texts = fields.slice(0, textsCount).map(textOf)
    const [partition = "", account = "", keyId = "", spec, algorithm, validTo] = texts
    if (!isAccountId(account) || !isKeyId(keyId)) return undefined
    const validToMs = Number(validTo)
    if (!Number.isSafeInteger(validToMs) || String(validToMs) !== validTo) return undefined
    const wrappingKeySpec = wrappingKeySpecs.find((one) => one === spec)
    const wrappingAlgorithm = wrappingAlgorithms.find((one) => one === algorithm)
    if (wrappingKeySpec === undefined || wrappingAlgorithm === undefined) return undefined
    if (wrappingAlgorithm === "RSAES_PKCS1_V1_5") return undefined
    const binding = { partition, account, keyId, wrappingKeySpec, wrappingAlgorithm, validToMs }
    return { token, binding }
  } catch {
    return undefined
  }
}
