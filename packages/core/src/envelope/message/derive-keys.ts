import { concatBytes, utf8 } from "../../vocabulary/bytes.js"
import type { BulkCipher, BulkKey, HashName } from "../cipher/bulk-cipher.js"
import { uint16 } from "./numbers.js"
import type { AlgorithmSuite } from "./suites.js"

export interface MessageKeys {
  /** Encrypts the header and the frames. The caller wipes it. */
  readonly contentKey: Uint8Array
  /** What the header of a committing suite holds; no bytes for another. */
  readonly commitment: Uint8Array
}

const nothing = new Uint8Array(0)
const lastBlock = Uint8Array.of(1)
const deriveKey = utf8("DERIVEKEY")
const commitInfo = concatBytes(utf8("COMMITKEY"), lastBlock)

/** Source: framework/algorithm-suites.md: the suite data of a committing suite. */
export const commitmentBytes = 32

/** One block of HKDF-Expand (RFC 5869): no suite needs more. The info ends with its number. */
function expand(
  cipher: BulkCipher,
  hash: HashName,
  extracted: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const block = cipher.hmac(hash, extracted, info)
  const key = block.slice(0, length)
  block.fill(0)
  return key
}

/**
 * The keys of one message, from its data key and its id.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/transitive-requirements.md.
 */
export function deriveKeys(
  cipher: BulkCipher,
  suite: AlgorithmSuite,
  messageId: Uint8Array,
  dataKey: Uint8Array,
): MessageKeys {
  const { derivation: hash, isCommitting, keyBytes } = suite
  if (hash === undefined) return { contentKey: dataKey.slice(), commitment: nothing }
  const id = uint16(suite.id)
  // An empty salt stands for one of zeros (RFC 5869, section 2.2).
  const extracted = cipher.hmac(hash, isCommitting ? messageId : nothing, dataKey)
  const info = concatBytes(id, isCommitting ? deriveKey : messageId, lastBlock)
  try {
    // First, so that nothing can fail once the content key is there.
    const commitment = isCommitting
      ? expand(cipher, hash, extracted, commitInfo, commitmentBytes)
      : nothing
    return { contentKey: expand(cipher, hash, extracted, info, keyBytes), commitment }
  } finally {
    extracted.fill(0)
  }
}

/** Opens a key whose bytes are wiped then. */
export async function openAndWipe(cipher: BulkCipher, bytes: Uint8Array): Promise<BulkKey> {
  try {
    return await cipher.key(bytes)
  } finally {
    bytes.fill(0)
  }
}
