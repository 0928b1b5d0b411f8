import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { awsSdkHandler, awsSdkProtocol } from "../../src/index.js"

type Door = typeof awsSdkHandler

/** A client that speaks Smithy RPC v2 CBOR; one that is too old to know of it speaks JSON. */
const speakingCbor: Door = (...args) => ({
  ...awsSdkHandler(...args),
  protocol: SmithyRpcV2CborProtocol,
})

/** The two ways in that take whatever a client can be given, and take it alike. */
export const tolerantDoors: readonly (readonly [name: string, door: Door])[] = [
  ["JSON", awsSdkHandler],
  ["its own protocol", awsSdkProtocol],
]

/** All ways in. Whatever goes through one goes through the others alike. */
export const doors = [...tolerantDoors, ["CBOR", speakingCbor] as const]
