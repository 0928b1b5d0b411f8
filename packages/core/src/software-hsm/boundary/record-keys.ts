import type { DomainState } from "../../formats/opaque/domain-state.js"
import { encodeRecordHeader, recordAadHead } from "../../formats/opaque/sealed-record.js"
import { HsmError } from "../../ports/hsm.js"
import type { CryptoSuite } from "../suite/crypto-suite.js"
import { derivePurposeKey } from "./key-derivation.js"

/** The keys for records that follow from one domain key. 32 bytes each. */
export interface RecordKeys {
  /** Encrypts records. */
  readonly seal: Uint8Array
  /** Makes the numbers that digests add up. */
  readonly digest: Uint8Array
  /** What sealed records begin with. */
  readonly headerBytes: Uint8Array
  /** What is authenticated with all of them. */
  readonly aadHead: Uint8Array
}

/** The keys for records of a whole domain. */
export interface DomainRecordKeys {
  readonly currentKeyId: string
  /** Throws `unknown-domain-key`. */
  of(domainKeyId: string): RecordKeys
  wipe(): void
}

export function openRecordKeys(state: DomainState, suite: CryptoSuite): DomainRecordKeys {
  const { name, currentKeyId } = state
  const known = new Map<string, RecordKeys>()
  for (const { id, key } of state.keys) {
    const headerBytes = encodeRecordHeader(id)
    known.set(id, {
      headerBytes,
      aadHead: recordAadHead(headerBytes, name),
      seal: derivePurposeKey(suite, key, "keywright record key 1", name),
      digest: derivePurposeKey(suite, key, "keywright record digest 1", name),
    })
  }
  return {
    currentKeyId,
    of(domainKeyId) {
      const keys = known.get(domainKeyId)
      if (keys !== undefined) return keys
      throw new HsmError("unknown-domain-key", "the record is under another domain key")
    },
    wipe() {
      for (const { seal, digest } of known.values()) {
        seal.fill(0)
        digest.fill(0)
      }
      known.clear()
    },
  }
}
