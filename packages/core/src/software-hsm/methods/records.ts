import {
  encodeSealedRecord,
  parseSealedRecord,
  recordAad,
  recordMark,
} from "../../formats/opaque/sealed-record.js"
import { HsmError } from "../../ports/hsm.js"
import type { RecordHsm } from "../../ports/record-hsm.js"
import type { Boundary } from "../boundary/boundary.js"
import { decryptMessage, encryptMessage } from "../boundary/message-cipher.js"

/** Seals records for the storage, opens them again, and answers their numbers in a digest. */
export function recordMethods({ suite, entropy, domain }: Boundary): RecordHsm {
  return {
    sealRecords(plain) {
      const { records } = domain()
      const { seal, headerBytes, aadHead } = records.of(records.currentKeyId)
      return plain.map(({ place, bytes }) => {
        const message = encryptMessage(suite, entropy, seal, bytes, recordAad(aadHead, place))
        return encodeSealedRecord(headerBytes, message)
      })
    },

    openRecords(sealed) {
      const { records } = domain()
      return sealed.map(({ place, bytes }) => {
        const parsed = parseSealedRecord(bytes)
        if (parsed === undefined) return undefined
        // The header of the record is this one: its version is the only one, and the id is equal.
        const { seal, aadHead } = records.of(parsed.domainKeyId)
        return decryptMessage(suite, seal, parsed.message, recordAad(aadHead, place))
      })
    },

    digestRecords(sealed) {
      const { name, records } = domain()
      return sealed.map(({ place, bytes }) => {
        const parsed = parseSealedRecord(bytes)
        if (parsed === undefined) throw new HsmError("malformed", "that is no sealed record")
        const { digest } = records.of(parsed.domainKeyId)
        return suite.hmacSha256(digest, recordMark(name, place, parsed))
      })
    },
  }
}
