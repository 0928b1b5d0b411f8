import {
  encodeSealedRecord,
  messageBehind,
  parseSealedRecord,
} from "../../formats/opaque/sealed-record.js"
import { HsmError } from "../../ports/hsm.js"
import type { PlacedBytes, RecordHsm } from "../../ports/record-hsm.js"
import type { Boundary } from "../boundary/boundary.js"
import { decryptMessage, encryptMessage } from "../boundary/message-cipher.js"
import type { RecordKeys } from "../boundary/record-keys.js"

/** Seals records for the storage, opens them again, and answers their numbers in a digest. */
export function recordMethods({ suite, entropy, domain }: Boundary): RecordHsm {
  const opened = ({ seal, aadOf }: RecordKeys, message: Uint8Array, place: string) =>
    decryptMessage(suite, suite.hmacSha256, seal, message, aadOf(place))

  return {
    sealRecords(plain) {
      const { records } = domain()
      const { seal, headerBytes, aadOf } = records.of(records.currentKeyId)
      return plain.map(({ place, bytes }) => {
        const aad = aadOf(place)
        const message = encryptMessage(suite, suite.hmacSha256, entropy, seal, bytes, aad)
        return encodeSealedRecord(headerBytes, message)
      })
    },

    openRecords(sealed) {
      const { records } = domain()
      const current = records.of(records.currentKeyId)
      const all: (Uint8Array | undefined)[] = []
      const openOne = ({ place, bytes }: PlacedBytes) => {
        const message = messageBehind(current.headerBytes, bytes)
        if (message !== undefined) return opened(current, message, place)
        const parsed = parseSealedRecord(bytes)
        // The header of the record is this one: its version is the only one, and the id is equal.
        return parsed && opened(records.of(parsed.domainKeyId), parsed.message, place)
      }
      try {
        for (const one of sealed) all.push(openOne(one))
        return all
      } catch (error) {
        for (const bytes of all) bytes?.fill(0)
        throw error
      }
    },

    digestRecords(sealed) {
      const { records } = domain()
      return sealed.map(({ place, bytes }) => {
        const parsed = parseSealedRecord(bytes)
        if (parsed === undefined) throw new HsmError("malformed", "that is no sealed record")
        const { digest } = records.of(parsed.domainKeyId)
        return suite.hmacSha256(digest, records.markOf(place, parsed.message))
      })
    },
  }
}
