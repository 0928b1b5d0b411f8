import {
  encodeRecordHeader,
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
      const { name, records } = domain()
      const { currentKeyId } = records
      const { seal } = records.of(currentKeyId)
      const headerBytes = encodeRecordHeader(currentKeyId)
      return plain.map(({ place, bytes }) => {
        const aad = recordAad(headerBytes, name, place)
        const message = encryptMessage(suite, entropy, seal, bytes, aad)
        return encodeSealedRecord({ headerBytes, message })
      })
    },

    openRecords(sealed) {
      const { name, records } = domain()
      return sealed.map(({ place, bytes }) => {
        const parsed = parseSealedRecord(bytes)
        if (parsed === undefined) return undefined
        const { domainKeyId, headerBytes, message } = parsed
        const { seal } = records.of(domainKeyId)
        return decryptMessage(suite, seal, message, recordAad(headerBytes, name, place))
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
