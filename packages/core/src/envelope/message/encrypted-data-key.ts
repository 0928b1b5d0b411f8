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
