import type { AwsSdkConfig } from "./handler.js"
import type { HttpRequest } from "./http.js"
import { createRegionChoice, hostOf } from "./in-process.js"
import { named } from "./unsigned.js"

/*
 * The AWS SDK for JavaScript v2, as much of it as is used: a request is a list of listeners, and
 * those that look for credentials, sign and send are replaced.
 */

type Listener = (...args: never[]) => unknown

interface V2Request {
  readonly httpRequest: {
    readonly method: string
    readonly path: string
    readonly endpoint: { readonly protocol: string; hostname: string }
    headers: Record<string, string>
    readonly body: unknown
  }
  readonly service: { readonly config: { readonly region?: unknown } }
  removeListener(event: string, listener: unknown): unknown
  on(event: string, listener: Listener): unknown
  onAsync(event: string, listener: Listener): unknown
  emit(event: string, args: readonly unknown[], done?: () => void): unknown
}

interface V2Response {
  readonly request: V2Request
  readonly httpResponse: { _abortCallback?: unknown }
  error: unknown
  data: unknown
}

/** What `import AWS from "aws-sdk"` gives. */
export interface AwsSdkV2 {
  readonly KMS: abstract new (...args: never[]) => object
  readonly EventListeners: { readonly Core: object }
}

interface KmsPrototype {
  customRequestHandler?: ((request: V2Request) => void) | null
}

/** How v2 knows what was not answered; the codes of its own decide what is tried again. */
const unanswered = (thrown: unknown): object => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const isTimeout = error.name === "TimeoutError"
  const code = isTimeout ? error.name : "NetworkingError"
  return Object.assign(error, { code, retryable: error.name !== "EndpointError" })
}

/** Takes the place of the HTTP client for one request. */
async function answer(response: V2Response, config: AwsSdkConfig, region: string): Promise<void> {
  const { request } = response
  const { method, path, headers, body, endpoint } = request.httpRequest
  const sent: HttpRequest = {
    method,
    path,
    headers,
    body,
    protocol: endpoint.protocol,
    hostname: hostOf(region),
  }
  try {
    const { response: reply } = await config.requestHandler.handle(sent)
    request.emit("httpHeaders", [reply.statusCode, reply.headers, response, ""])
    request.emit("httpData", [reply.body, response])
    request.emit("httpDone", [response])
  } catch (thrown) {
    response.error = unanswered(thrown)
    await new Promise<void>((resolve) => {
      request.emit("httpError", [response.error, response], resolve)
    })
  }
}

/**
 * Leads every KMS client of the AWS SDK v2 to an engine, until the answer is called; clients of
 * other services are left alone. Needs no credentials, no region and no endpoint, and ignores them:
 * calls are made by the caller of `config`, in the client's region where `config` has several.
 *
 * Throws `TypeError` for what is not the SDK, or no configuration of `awsSdkHandler`.
 *
 * @example
 * import AWS from "aws-sdk"
 * const uninstall = installAwsSdkV2(AWS, awsSdkHandler(kms))
 * await new AWS.KMS().listKeys().promise()
 * uninstall()
 */
export function installAwsSdkV2(sdk: AwsSdkV2, config: AwsSdkConfig): () => void {
  const core = sdk?.EventListeners?.Core as Readonly<Record<string, unknown>> | undefined
  if (core === undefined || typeof sdk.KMS !== "function") {
    throw new TypeError('`sdk` must be the AWS SDK v2, all of it: import AWS from "aws-sdk"')
  }
  const choose = createRegionChoice(config)
  const prototype: KmsPrototype = sdk.KMS.prototype
  const before = prototype.customRequestHandler
  const lead = (request: V2Request): void => {
    before?.(request)
    const region = choose(request.service.config.region)
    request.removeListener("validate", core["VALIDATE_CREDENTIALS"])
    request.removeListener("validate", core["VALIDATE_REGION"])
    request.removeListener("sign", core["SIGN"])
    request.removeListener("send", core["SEND"])
    request.on("sign", ({ httpRequest }: V2Request) => {
      named(httpRequest, config.credentials, region)
    })
    request.onAsync("send", (response: V2Response, done: () => void) => {
      response.httpResponse._abortCallback = done
      response.error = null
      response.data = null
      answer(response, config, region).then(done)
    })
  }
  prototype.customRequestHandler = lead
  return () => {
    if (prototype.customRequestHandler === lead) prototype.customRequestHandler = before ?? null
  }
}
