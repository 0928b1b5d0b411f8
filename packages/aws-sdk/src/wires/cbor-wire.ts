import { utf8 } from "../body.js"
import { decodeCbor, encodeCbor } from "../cbor.js"
import { type HttpRequest, type HttpResponse, headerOf } from "../http.js"
import { ProtocolError } from "../protocol-errors.js"
import { operationName, type Wire } from "./wire.js"

/*
 * Smithy RPC v2 CBOR, to which AWS moves its services.
 *
 * Source: Smithy 2.0 documentation, "Smithy RPC v2 CBOR protocol".
 */

const protocol = "rpc-v2-cbor"
const mediaType = "application/cbor"
const namespace = "com.amazonaws.kms"

const place = new RegExp(
  `^/service/(?:${namespace.replaceAll(".", "\\.")}\\.)?TrentService/operation/(${operationName})$`,
)

/** What a request says of its own form, if it is another than those of before. */
export const protocolOf = (request: HttpRequest): string | undefined =>
  headerOf(request, "smithy-protocol")

/** A request that names its operation twice could mean two. */
function operationOf(request: HttpRequest): string | undefined {
  const isForIt = request.method === "POST" && protocolOf(request) === protocol
  const isTwice =
    headerOf(request, "x-amz-target") !== undefined ||
    headerOf(request, "x-amzn-target") !== undefined
  if (!isForIt || isTwice) return undefined
  return place.exec(request.path.split("?", 1)[0] ?? "")?.[1]
}

function response(statusCode: number, requestId: string, body: Uint8Array): HttpResponse {
  const headers = { "smithy-protocol": protocol, "x-amzn-requestid": requestId }
  // What has no output has no body either, and no type of one.
  const ofBody =
    body.length === 0 ? {} : { "content-length": String(body.length), "content-type": mediaType }
  return { statusCode, headers: { ...headers, ...ofBody }, body }
}

export const cborWire: Wire = {
  operationOf,

  read: (request, body, codecs) => {
    const bytes = typeof body === "string" ? utf8(body) : body
    const type = headerOf(request, "content-type")
    const isOther = type === undefined ? bytes.length > 0 : type.toLowerCase() !== mediaType
    if (isOther) throw new ProtocolError("SerializationException")
    const item = bytes.length === 0 ? {} : decodeCbor(bytes)
    return () => codecs.typed().decode(item)
  },

  reply: (requestId, reply) => {
    const body = encodeCbor(reply)
    const isEmpty = body.length === 1
    return response(200, requestId, isEmpty ? new Uint8Array(0) : body)
  },

  refusal: (requestId, { status, name, message }) => {
    const error = { __type: `${namespace}#${name}`, ...(message !== "" && { message }) }
    return response(status, requestId, encodeCbor(error))
  },
}
