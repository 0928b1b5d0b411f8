import type { RequestFacts, StsAction, TokenService } from "@keywright/identity"
import { SigV4Error, targetOf } from "@keywright/identity/sigv4"
import { readBody, textOf, utf8 } from "../body.js"
import { type Form, readForm, readTargetForm } from "../form.js"
import { type HttpRequest, type HttpResponse, headerOf } from "../http.js"
import { isIdentityRefusal, ProtocolError } from "../protocol-errors.js"
import { createServiceHandler, type ServiceHandler } from "../request-handler.js"
import { createRequestIds } from "../request-ids.js"
import { createVerify, isPresigned } from "../verifying.js"
import { escaped, xmlOf } from "./xml.js"

export interface StsHandlerOptions {
  /**
   * What the host knows of a request besides: `factsOf` of `@keywright/identity` tells it by its
   * `connection`. Default: nothing, and a request must have no `connection`.
   */
  readonly facts?: ((request: HttpRequest) => RequestFacts) | undefined
  /** By which the age of signatures is told. Default: the clock of the machine. */
  readonly clock?: (() => number) | undefined
  /** In which region clients look for it. Default: `us-east-1`; it answers in all. */
  readonly region?: string | undefined
}

/** What to spread into the configuration of an AWS SDK v3 client of AWS STS. */
export interface StsConfig {
  readonly requestHandler: ServiceHandler
  readonly region: string
}

const version = "2011-06-15"
const namespace = `https://sts.amazonaws.com/doc/${version}/`

/** What can be empty in a form where there is nothing: lists have no other way to say it. */
const lists = ["PolicyArns", "Tags", "TransitiveTagKeys"]

interface Refusal {
  readonly code: string
  readonly status: number
  readonly message: string
}

/** The codes of AWS STS for what is wrong with a signature. Source: its "Common errors". */
const signatureCodes: Readonly<Record<SigV4Error["name"], string>> = {
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  IncompleteSignatureException: "IncompleteSignature",
  InvalidSignatureException: "SignatureDoesNotMatch",
  UnrecognizedClientException: "InvalidClientTokenId",
}

/** What is no refusal is a mistake of the host, and nothing of it is told to the caller. */
function refusalOf(thrown: unknown): Refusal | undefined {
  if (thrown instanceof SigV4Error) {
    return { code: signatureCodes[thrown.name], status: 403, message: thrown.message }
  }
  if (thrown instanceof ProtocolError) {
    return { code: "ValidationError", status: thrown.status, message: thrown.message }
  }
  if (!isIdentityRefusal(thrown)) return undefined
  return { code: thrown.name, status: thrown.status, message: thrown.message }
}

const response = (statusCode: number, requestId: string, xml: string): HttpResponse => {
  const body = utf8(xml)
  return {
    statusCode,
    headers: {
      // A GET is what others keep, and a reply may hold credentials.
      "cache-control": "no-store",
      "content-length": String(body.length),
      "content-type": "text/xml",
      "x-amzn-requestid": requestId,
    },
    body,
  }
}

const failed = ({ code, status, message }: Refusal, requestId: string): HttpResponse =>
  response(
    status,
    requestId,
    `<ErrorResponse xmlns="${namespace}"><Error>` +
      `<Type>${status < 500 ? "Sender" : "Receiver"}</Type><Code>${escaped(code)}</Code>` +
      `<Message>${escaped(message)}</Message></Error>` +
      `<RequestId>${requestId}</RequestId></ErrorResponse>`,
  )

const answered = (action: string, reply: object, requestId: string): HttpResponse =>
  response(
    200,
    requestId,
    `<${action}Response xmlns="${namespace}"><${action}Result>${xmlOf(reply)}</${action}Result>` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>` +
      `</${action}Response>`,
  )

const formError = () => new ProtocolError("SerializationException", "The request is no form.")

/** The region that a request says it is signed for: this service is the same in all. */
function regionOf(request: HttpRequest): string {
  const header = headerOf(request, "authorization")
  const credential = header ?? targetOf(request.path, request.query).replaceAll(/%2F/gi, "/")
  return /\/\d{8}\/([a-z0-9-]{1,64})\/sts\/aws4_request/.exec(credential)?.[1] ?? "us-east-1"
}

/** The parameters of a request, in its body or, of a GET, in its query. */
function parametersOf(request: HttpRequest): Form {
  const text = request.method === "GET" ? undefined : textOf(request.body)
  const form =
    request.method === "GET"
      ? readTargetForm(targetOf(request.path, request.query))
      : text === undefined
        ? undefined
        : readForm(text)
  if (form === undefined) throw formError()
  return form
}

function readAction(form: Form, sts: TokenService) {
  const { Action: action, Version: asked, ...members } = form
  const isKnown = typeof action === "string" && sts.actions.includes(action)
  if (!isKnown || asked !== version) {
    throw Object.assign(new Error("Could not find operation for version"), {
      name: "InvalidAction",
      status: 400,
    })
  }
  const input = Object.fromEntries(
    Object.entries(members).filter(([name, value]) => value !== "" || !lists.includes(name)),
  )
  return { action: action as StsAction, input }
}

/** Of the way of a request nothing is known, and nothing that is known is lost. */
function unconnected({ connection }: HttpRequest): RequestFacts {
  if (connection === undefined) return {}
  throw new TypeError("`connection` needs `facts`: policies would not hear of it")
}

/**
 * Lets the unmodified client of AWS STS talk to a token service in the same process. Signatures are
 * verified: every access key and every session token is one of the token service's directory.
 *
 * ```ts
 * const client = new STSClient({ ...awsSdkStsHandler(sts), credentials })
 * ```
 *
 * Source: AWS query protocol (Smithy 2.0 documentation), AWS STS API 2011-06-15.
 */
export function awsSdkStsHandler(sts: TokenService, options: StsHandlerOptions = {}): StsConfig {
  const { facts = unconnected, region = "us-east-1", clock } = options
  const verify = createVerify(clock, "sts")
  const newRequestId = createRequestIds()

  const bearerOf = async (request: HttpRequest) => {
    const isSigned = headerOf(request, "authorization") !== undefined || isPresigned(request)
    if (!isSigned) return undefined
    const key = await verify(request, regionOf(request), sts.credentials)
    if (key.bearer.grant === undefined) sts.noteUse(key.accessKeyId)
    return key.bearer
  }

  const answer = async (incoming: HttpRequest): Promise<HttpResponse> => {
    const requestId = newRequestId()
    try {
      const request = { ...incoming, body: await readBody(incoming.body) }
      const { action, input } = readAction(parametersOf(request), sts)
      const bearer = await bearerOf(request)
      const userAgent = headerOf(request, "user-agent")
      const caller = { bearer, facts: { userAgent, ...facts(request) } }
      return answered(action, await sts.call(caller, action, input as never), requestId)
    } catch (thrown) {
      const refusal = refusalOf(thrown)
      if (refusal === undefined) throw thrown
      return failed(refusal, requestId)
    }
  }

  return { requestHandler: createServiceHandler(answer), region }
}
