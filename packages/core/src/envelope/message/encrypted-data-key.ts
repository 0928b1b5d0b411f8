import { concatBytes, utf8 } from "../../vocabulary/bytes.js"
import { EnvelopeError } from "../envelope-error.js"
import { encryptedDataKeysLargest, fieldBytesLargest } from "./limits.js"
import { uint16 } from "./numbers.js"

/**
 * The data key of a message as one key source wrapped it.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/structures.md.
 */
export interface EncryptedDataKey {
  /** Which kind of source made it: `aws-kms`, or the namespace of a raw key. */
  readonly providerId: string
  /** What that source needs to know its own: the ARN of a KMS key, the name of a raw key. */
  readonly providerInfo: Uint8Array
  readonly ciphertext: Uint8Array
}

function field(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length > fieldBytesLargest) {
    throw new EnvelopeError("limit", "a field of an encrypted data key is too long")
  }
  return [uint16(bytes.length), bytes]
}

/** The encrypted data keys as headers hold them: their number, then three fields of each. */
export function encodeEncryptedDataKeys(keys: readonly EncryptedDataKey[]): Uint8Array {
  if (keys.length === 0) throw new EnvelopeError("keys", "no key source wrapped the data key")
  if (keys.length > encryptedDataKeysLargest) {
    throw new EnvelopeError("limit", "there are too many encrypted data keys")
  }
  return concatBytes(
    uint16(keys.length),
    ...keys.flatMap(({ providerId, providerInfo, ciphertext }) => [
      ...field(utf8(providerId)),
      ...field(providerInfo),
      ...field(ciphertext),
    ]),
  )
}
