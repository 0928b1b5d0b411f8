import { parseJson } from "./body.js"
import type { FindCodecs } from "./codecs.js"
import { inputs, replies } from "./handed.js"
import type { HttpResponse } from "./http.js"
import { serviceException, type TypeRegistry } from "./service-exceptions.js"

/** What a client of the AWS SDK v3 says of its service. */
interface ProtocolSettings {
  readonly defaultNamespace: string
  readonly serviceTarget: string
  readonly errorTypeRegistries?: readonly TypeRegistry[]
}

/** Where a client sends a request: what it resolved, or what its user has set. */
type Endpoint =
  | { readonly url: { protocol: string; hostname: string; port: string; pathname: string } }
  | { protocol: string; hostname: string; port?: number | undefined; path: string }

/** As much of a `ClientProtocol` of the AWS SDK v3 as a client of AWS KMS asks for. */
export interface DirectProtocol {
  getShapeId(): string
  setSerdeContext(): void
  serializeRequest(
    operation: { readonly name: string },
    input: unknown,
    context: { endpoint(): Promise<Endpoint> },
  ): Promise<object>
  deserializeResponse<Output>(
    operation: unknown,
    context: unknown,
    response: HttpResponse,
  ): Promise<Output>
  /** Of streams of events, which AWS KMS does not have. */
  getRequestType(): never
  getResponseType(): never
  getPayloadCodec(): never
  updateServiceEndpoint(): never
}

/** What a client makes its protocol of. */
export type DirectProtocolClass = new (settings: ProtocolSettings) => DirectProtocol

const unasked = (): never => {
  throw new TypeError("AWS KMS has no streams of events")
}

function placeOf(endpoint: Endpoint) {
  if (!("url" in endpoint)) return endpoint
  const { protocol, hostname, port, pathname } = endpoint.url
  return { protocol, hostname, port: port === "" ? undefined : Number(port), path: pathname }
}

/** The input as it is now: what its owner does to it afterwards does not reach the call. */
function readNow(findCodecs: FindCodecs, operation: string, input: unknown): () => unknown {
  try {
    const value = findCodecs(operation)
      .handed()
      .decode(input ?? {})
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

const metadataOf = ({ statusCode, headers }: HttpResponse) => ({
  httpStatusCode: statusCode,
  requestId: headers["x-amzn-requestid"],
  extendedRequestId: undefined,
  cfId: undefined,
})

function exceptionOf(
  { errorTypeRegistries = [], defaultNamespace }: ProtocolSettings,
  response: HttpResponse,
): Error {
  const { __type, message } = parseJson(response.body) as { __type: string; message?: string }
  return Object.assign(serviceException(errorTypeRegistries, defaultNamespace, __type), {
    $metadata: metadataOf(response),
    $fault: response.statusCode < 500 ? "client" : "server",
    __type,
    message: message ?? "UnknownError",
  })
}

/**
 * The protocol of a client whose handler is in the same process: inputs and replies are handed
 * over as they are, and only a failure is told in JSON.
 */
const createDirectProtocol = (
  findCodecs: FindCodecs,
  settings: ProtocolSettings,
): DirectProtocol => ({
  getShapeId: () => "keywright#direct",
  setSerdeContext: () => undefined,

  async serializeRequest({ name }, input, context) {
    const body = inputs.bodyOf({ operation: name, read: readNow(findCodecs, name, input) })
    const { protocol, hostname, port, path } = placeOf(await context.endpoint())
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${settings.serviceTarget}.${name}`,
    }
    return { method: "POST", protocol, hostname, port, path, query: {}, headers, body }
  },

  async deserializeResponse<Output>(
    _operation: unknown,
    _context: unknown,
    response: HttpResponse,
  ) {
    const reply = replies.behind(response.body)
    if (reply === undefined) throw exceptionOf(settings, response)
    return Object.assign(reply, { $metadata: metadataOf(response) }) as Output
  },

  getRequestType: unasked,
  getResponseType: unasked,
  getPayloadCodec: unasked,
  updateServiceEndpoint: unasked,
})

/** A client makes its protocol with `new`, and tells it of its service. */
export const directProtocol = (findCodecs: FindCodecs): DirectProtocolClass =>
  function Direct(settings: ProtocolSettings) {
    return createDirectProtocol(findCodecs, settings)
  } as unknown as DirectProtocolClass
