import type { DomainState } from "../../formats/opaque/domain-state.js"
import { encodeRecordHeader, recordAads, recordMarks } from "../../formats/opaque/sealed-record.js"
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
  /** What is authenticated with the record in a place. It holds until this is asked again. */
  aadOf(place: string): Uint8Array
}

/** The keys for records of a whole domain. */
export interface DomainRecordKeys {
  readonly currentKeyId: string
  /** Throws `unknown-domain-key`. */
  of(domainKeyId: string): RecordKeys
  /** What stands for the record in a place in a digest. It holds until this is asked again. */
  markOf(place: string, message: Uint8Array): Uint8Array
  wipe(): void
}

export function openRecordKeys(state: DomainState, suite: CryptoSuite): DomainRecordKeys {
  const { name, currentKeyId } = state
  const known = new Map<string, RecordKeys>()
  const secrets: Uint8Array[] = []
  const wipeAll = (): void => {
    for (const secret of secrets) secret.fill(0)
    known.clear()
  }
  const derive = (key: Uint8Array, purpose: string): Uint8Array => {
    const derived = derivePurposeKey(suite, key, purpose, name)
    secrets.push(derived)
    return derived
  }
  try {
    for (const { id, key } of state.keys) {
      const headerBytes = encodeRecordHeader(id)
      known.set(id, {
        headerBytes,
        aadOf: recordAads(headerBytes, name),
        seal: derive(key, "keywright record key 1"),
        digest: derive(key, "keywright record digest 1"),
      })
    }
  } catch (error) {
    wipeAll()
    throw error
  }
  return {
    currentKeyId,
    of(domainKeyId) {
      const keys = known.get(domainKeyId)
      if (keys !== undefined) return keys
      throw new HsmError("unknown-domain-key", "the record is under another domain key")
    },
    markOf: recordMarks(name),
    wipe: wipeAll,
  }
}
