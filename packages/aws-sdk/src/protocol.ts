import { type Caller, isKmsError, type Kms } from "@keywright/core"
import { SigV4Error } from "@keywright/identity/sigv4"
import { readBody } from "./body.js"
import type { FindCodecs } from "./codecs.js"
import { inputs, replies } from "./handed.js"
import type { HttpRequest, HttpResponse } from "./http.js"
import {
  EndpointError,
  identityNames,
  isIdentityRefusal,
  ProtocolError,
} from "./protocol-errors.js"
import { cborWire, protocolOf } from "./wires/cbor-wire.js"
import { jsonWire } from "./wires/json-wire.js"
import { queryWire } from "./wires/query-wire.js"
import type { Refusal, Wire } from "./wires/wire.js"

/** The form in which a request is written, and in which it is answered. */
export function wireOf(request: HttpRequest): Wire {
  if (protocolOf(request) !== undefined) return cborWire
  return request.method === "GET" ? queryWire : jsonWire
}

/** A request whose body has been read, but whose caller is not known yet. */
export interface ReadRequest {
  readonly operation: string
  /** The input of the call. Throws `ProtocolError` when it has another form. */
  readonly readInput: () => unknown
  /** The reply in the form in which the input came. */
  readonly answer: (requestId: string, reply: object) => HttpResponse
  /** The request with its body as text or bytes, also when it came as a stream. */
  readonly request: HttpRequest
}

/** Reads a request as far as it can be without knowing who asks. Throws `ProtocolError`. */
export type ReadFrom = (wire: Wire, request: HttpRequest, find: FindCodecs) => Promise<ReadRequest>

/** The operation that a request asks for. Throws `UnknownOperationException`. */
function operationOf(wire: Wire, request: HttpRequest): string {
  const operation = wire.operationOf(request)
  if (operation === undefined) throw new ProtocolError("UnknownOperationException")
  return operation
}

/** Reads what may have been handed over beside its body. */
export const readRequest: ReadFrom = async (wire, request, find) => {
  const handed = inputs.behind(request.body)
  if (handed === undefined) return readWireRequest(wire, request, find)
  const operation = operationOf(wire, request)
  if (handed.operation !== operation) return readWireRequest(wire, request, find)
  const answer: ReadRequest["answer"] = (requestId, reply) => handedResponse(requestId, reply)
  return { operation, readInput: handed.read, answer, request }
}

/** Reads what could have come over a wire: what is handed over beside it is not seen. */
export const readWireRequest: ReadFrom = async (wire, request, find) => {
  const operation = operationOf(wire, request)
  const codecs = find(operation)
  const body = await readBody(request.body)
  return {
    operation,
    readInput: wire.read(request, body, codecs),
    answer: (requestId, reply) => wire.reply(requestId, reply, codecs),
    request: { ...request, body },
  }
}

const handedResponse = (requestId: string, reply: object): HttpResponse => ({
  statusCode: 200,
  headers: { "x-amzn-requestid": requestId },
  body: replies.bodyOf(reply),
})

/** Performs a request for a caller. What is thrown is what {@link failure} answers. */
export async function perform(
  kms: Kms,
  caller: Caller,
  { operation, readInput, answer }: ReadRequest,
): Promise<HttpResponse> {
  const { requestId, reply } = await kms.call(caller, operation, readInput())
  return answer(requestId, reply)
}

interface Failure extends Refusal {
  readonly requestId?: string | undefined
}

/** A refusal as the AWS layer or the engine words it; `undefined` for anything else. */
function failureOf(thrown: unknown): Failure | undefined {
  if (thrown instanceof ProtocolError) return thrown
  if (thrown instanceof SigV4Error) {
    return { status: 400, name: thrown.name, message: thrown.message }
  }
  if (isKmsError(thrown)) {
    const { name, message, fault, requestId } = thrown
    return { status: fault === "server" ? 500 : 400, name, message, requestId }
  }
  if (!isIdentityRefusal(thrown) || thrown.status >= 500) return undefined
  return { status: 400, name: identityNames[thrown.name], message: thrown.message }
}

/** Who serves others hears of hosts that nobody serves, and it is no mistake of its own. */
const wrongRegion = (): Failure =>
  new ProtocolError("InvalidSignatureException", "Credential should be scoped to a valid region.")

/** What a caller hears of a mistake of the host: nothing but that it may try again. */
const mistaken: Failure = {
  status: 500,
  name: "KMSInternalException",
  message:
    "The request was rejected because an internal exception occurred. The request can be retried.",
}

/**
 * The reply that says what went wrong, in the form in which the request was written. What is no
 * refusal is a mistake of the host, such as a caller that names no principal: where nobody else is
 * told of it, it is thrown on, so that it surfaces where the call was made.
 */
export function failure(
  wire: Wire,
  thrown: unknown,
  newRequestId: () => string,
  onMistake: ((error: unknown) => void) | undefined,
): HttpResponse {
  const isLost = thrown instanceof EndpointError && onMistake !== undefined
  const refusal = isLost ? wrongRegion() : failureOf(thrown)
  if (refusal === undefined && onMistake === undefined) throw thrown
  if (refusal === undefined) onMistake?.(thrown)
  const said = refusal ?? mistaken
  return wire.refusal(said.requestId ?? newRequestId(), said)
}
