import { utf8 } from "../../vocabulary/bytes.js"
import { EnvelopeError } from "../envelope-error.js"
import { encryptedDataKeysLargest, fieldBytesLargest } from "./limits.js"
import { writeField, writeUint16 } from "./numbers.js"

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

function checkField({ length }: Uint8Array): void {
  if (length <= fieldBytesLargest) return
  throw new EnvelopeError("limit", "a field of an encrypted data key is too long")
}

/** The encrypted data keys as headers hold them: their number, then three fields of each. */
export function encodeEncryptedDataKeys(keys: readonly EncryptedDataKey[]): Uint8Array {
  if (keys.length > encryptedDataKeysLargest) {
    throw new EnvelopeError("limit", "there are too many encrypted data keys")
  }
  const fields: Uint8Array[] = []
  for (const { providerId, providerInfo, ciphertext } of keys) {
    fields.push(utf8(providerId), providerInfo, ciphertext)
  }
  let length = 2
  for (const field of fields) {
    checkField(field)
    length += 2 + field.length
  }
  const bytes = new Uint8Array(length)
  writeUint16(bytes, 0, keys.length)
  let offset = 2
  for (const field of fields) offset = writeField(bytes, offset, field)
  return bytes
}
