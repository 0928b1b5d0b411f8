import { type Caller, findRow, isKmsError, type Kms } from "@keywright/core"
import { SigV4Error } from "@keywright/identity/sigv4"
import { parseJson, readBody, utf8 } from "./body.js"
import { inputs, replies } from "./handed.js"
import { type HttpRequest, type HttpResponse, headerOf } from "./http.js"
import { handedCodecOf, type JsonCodec, jsonCodecOf } from "./json-codec.js"
import {
  EndpointError,
  identityNames,
  isIdentityRefusal,
  ProtocolError,
} from "./protocol-errors.js"

/** The codecs of an operation; one that is not performed has none. */
export interface OperationCodecs {
  readonly input: JsonCodec
  readonly reply: JsonCodec
  /** For an input that never was JSON. */
  readonly handed: JsonCodec
}

/** Finds the codecs of an operation, each derived from its schemas when it is first called. */
export type FindCodecs = (operation: string) => OperationCodecs

export function createCodecs(): FindCodecs {
  const codecs = new Map<string, OperationCodecs>()
  const derive = (operation: string): OperationCodecs => {
    const row = findRow(operation)
    if (row === undefined) throw new ProtocolError("UnknownOperationException")
    const input = row.input()
    const reply = jsonCodecOf(row.reply())
    return { input: jsonCodecOf(input), reply, handed: handedCodecOf(input) }
  }
  return (operation) => {
    const known = codecs.get(operation) ?? derive(operation)
    codecs.set(operation, known)
    return known
  }
}

/** The operation that a request asks for. Throws `UnknownOperationException`. */
function operationOf(request: HttpRequest): string {
  const target = headerOf(request, "x-amz-target") ?? ""
  const [, operation] = /^TrentService\.([A-Za-z]{1,64})$/.exec(target) ?? []
  const [path] = request.path.split("?", 1)
  if (operation !== undefined && request.method === "POST" && path === "/") {
    return operation
  }
  throw new ProtocolError("UnknownOperationException")
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
export async function readRequest(request: HttpRequest, find: FindCodecs): Promise<ReadRequest> {
  const operation = operationOf(request)
  const handed = inputs.behind(request.body)
  if (handed?.operation === operation) {
    const answer: ReadRequest["answer"] = (requestId, reply) => handedResponse(requestId, reply)
    return { operation, readInput: handed.read, answer, request }
  }
  return readWireRequest(request, find)
}

/** The same of one that could have come over a wire: what is handed over beside it is not seen. */
export async function readWireRequest(
  request: HttpRequest,
  find: FindCodecs,
): Promise<ReadRequest> {
  const operation = operationOf(request)
  const codecs = find(operation)
  const body = await readBody(request.body)
  const json = parseJson(body)
  return {
    operation,
    readInput: () => codecs.input.decode(json),
    answer: (requestId, reply) => response(200, requestId, codecs.reply.encode(reply)),
    request: { ...request, body },
  }
}

function response(statusCode: number, requestId: string, json: string): HttpResponse {
  const body = utf8(json)
  const headers = {
    "content-length": String(body.length),
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": requestId,
  }
  return { statusCode, headers, body }
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

interface Failure {
  readonly status: number
  readonly name: string
  readonly message: string
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
  const name = identityNames.get(thrown.name) ?? "UnrecognizedClientException"
  return { status: 400, name, message: thrown.message }
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
 * The reply that says what went wrong, in the form from which AWS SDKs make their exceptions.
 * What is no refusal is a mistake of the host, such as a caller that names no principal: where
 * nobody else is told of it, it is thrown on, so that it surfaces where the call was made.
 */
export function failure(
  thrown: unknown,
  newRequestId: () => string,
  onMistake: ((error: unknown) => void) | undefined,
): HttpResponse {
  const isLost = thrown instanceof EndpointError && onMistake !== undefined
  const refusal = isLost ? wrongRegion() : failureOf(thrown)
  if (refusal === undefined && onMistake === undefined) throw thrown
  if (refusal === undefined) onMistake?.(thrown)
  const { status, name, message, requestId = newRequestId() } = refusal ?? mistaken
  const json = JSON.stringify({ __type: name, ...(message !== "" && { message }) })
  const reply = response(status, requestId, json)
  reply.headers["x-amzn-errortype"] = name
  return reply
}
