import type { BulkCipher, Entropy } from "./cipher/bulk-cipher.js"
import { EnvelopeError } from "./envelope-error.js"
import type { KeySource } from "./keys/key-source.js"
import type { AlgorithmSuite, SuiteName } from "./message/suites.js"

export type CommitmentPolicy =
  | "FORBID_ENCRYPT_ALLOW_DECRYPT"
  | "REQUIRE_ENCRYPT_ALLOW_DECRYPT"
  | "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"

export interface CommitmentRow {
  /** Whether messages are encrypted with key commitment: always, or never. */
  readonly commits: boolean
  /** Whether messages without key commitment are decrypted. */
  readonly decryptsOthers: boolean
  readonly suite: SuiteName
}

const committing = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384"
const older = "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"

/** Source: awslabs/aws-encryption-sdk-specification, framework/commitment-policy.md. */
export const commitmentPolicies: Readonly<Record<CommitmentPolicy, CommitmentRow>> = Object.freeze({
  FORBID_ENCRYPT_ALLOW_DECRYPT: { commits: false, decryptsOthers: true, suite: older },
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: { commits: true, decryptsOthers: true, suite: committing },
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: { commits: true, decryptsOthers: false, suite: committing },
})

/** The options of an envelope, all of them given. */
export interface Settings {
  readonly keys: KeySource
  readonly cipher: BulkCipher
  readonly entropy: Entropy
  readonly policy: CommitmentRow
  readonly suite: AlgorithmSuite
  readonly frameBytes: number
  /** The keys of pairs that are authenticated and not stored. */
  readonly requiredContext: readonly string[]
  readonly headerBytesMax: number
  readonly encryptedDataKeysMax: number
  readonly heldBytesMax: number
}

export function checkEncrypts({ commits }: CommitmentRow, suite: AlgorithmSuite): void {
  if (suite.isCommitting === commits) return
  throw new EnvelopeError("commitment", "the commitment policy forbids to encrypt with this suite")
}

export function checkDecrypts({ decryptsOthers }: CommitmentRow, suite: AlgorithmSuite): void {
  if (suite.isCommitting || decryptsOthers) return
  throw new EnvelopeError("commitment", "the commitment policy forbids to decrypt this suite")
}
