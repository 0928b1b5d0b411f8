import {
  type RegionReply,
  type RegionRequest,
  replyFormat,
  requestFormat,
} from "../../src/formats/regions/region-bodies.js"
import {
  encodeMessageBody,
  encodeRegionMessage,
  messageIdBytes,
  parseRegionMessage,
  type RegionMessage,
} from "../../src/formats/regions/region-message.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { bytesOfBase64 } from "../../src/vocabulary/base64.js"
import { readRecord } from "./records.js"
import type { RegionName, TestRegion } from "./regions.js"

/** Whoever has a region in hand: it says what it likes, and all of it is genuine. */
export interface Forger {
  /** A request to a region, signed. */
  request(to: RegionName, request: RegionRequest): Promise<Uint8Array>
  /** Anything at all, signed. */
  sign(message: RegionMessage): Promise<Uint8Array>
}

/** Signs with the replication key of a region, by its own HSM. */
export function forgerOf(region: TestRegion, hsm: RegionHsm): Forger {
  const sign = async (message: RegionMessage): Promise<Uint8Array> => {
    const { value } = await readRecord(region.storage, "replication")
    const token = bytesOfBase64(String(value["token"])) ?? new Uint8Array()
    const signed = encodeMessageBody(message)
    return encodeRegionMessage(signed, await hsm.signForRegion(token, signed))
  }
  return {
    sign,
    request: (to, request) => {
      const id = crypto.getRandomValues(new Uint8Array(messageIdBytes))
      const body = requestFormat.encode(request)
      return sign({ kind: "request", from: region.name, to, id, body })
    },
  }
}

export const requestIn = (message: Uint8Array): RegionRequest | undefined => {
  const parsed = parseRegionMessage(message)
  return parsed?.kind === "request" ? requestFormat.parse(parsed.body) : undefined
}

export const replyIn = (message: Uint8Array): RegionReply | undefined => {
  const parsed = parseRegionMessage(message)
  return parsed?.kind === "reply" ? replyFormat.parse(parsed.body) : undefined
}
