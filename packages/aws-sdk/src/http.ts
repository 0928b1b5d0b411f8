import type { Connection } from "@keywright/identity"
import { type DecodedQuery, targetOf } from "@keywright/identity/sigv4"

/*
 * What AWS SDK v3 clients say to a request handler, and what they expect back: as much of it as
 * this package uses, so that no version of the SDK has to be imported.
 */

/** A request as an AWS SDK v3 client hands it to its request handler. */
export interface HttpRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  /** Decoded, as the SDK has it. */
  readonly query?: DecodedQuery | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  /**
   * What a host knows of the way on which the request came; clients in-process have none. It is a
   * mistake to give it to a handler that nobody has told what to make of it: `identify` of AWS KMS
   * and `facts` of AWS STS do, and so may a function in `callers`.
   */
  readonly connection?: Connection | undefined
}

/** A reply as AWS SDK v3 clients read it. Fresh for every call: clients write to it. */
export interface HttpResponse {
  statusCode: number
  headers: Record<string, string>
  body: Uint8Array
}

/** The part of an `AbortSignal` that is used; the oldest clients know only `onabort`. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener?(type: "abort", listener: () => void): void
  removeEventListener?(type: "abort", listener: () => void): void
  onabort?: unknown
}

export interface HandlerOptions {
  readonly abortSignal?: AbortSignalLike | undefined
  /** Ignored: nothing is sent anywhere, and an engine has its own deadlines. */
  readonly requestTimeout?: number | undefined
}

/** Marks the handlers of this package, and says what is behind one. */
export const inProcess: unique symbol = Symbol.for("keywright.in-process") as typeof inProcess

export interface InProcess {
  readonly regions: readonly string[]
}

/** The `requestHandler` of an AWS SDK v3 client. */
export interface RequestHandler {
  readonly [inProcess]: InProcess
  readonly metadata: { readonly handlerProtocol: string }
  handle(
    request: HttpRequest,
    options?: HandlerOptions,
  ): Promise<{ readonly response: HttpResponse }>
  /** Does nothing: the engine outlives the clients that use it. */
  destroy(): void
  /** There is nothing to configure: timeouts, agents and loggers have no meaning in-process. */
  updateHttpClientConfig(key: unknown, value: unknown): void
  httpHandlerConfigs(): object
}

/**
 * The value of a header, whatever the case of its name. One that is there twice is joined as
 * HTTP joins it, which makes it malformed wherever one value is expected.
 */
export function headerOf({ headers }: HttpRequest, lowerCaseName: string): string | undefined {
  let value: string | undefined
  for (const name of Object.keys(headers)) {
    if (name.length !== lowerCaseName.length || name.toLowerCase() !== lowerCaseName) continue
    const text = String(headers[name])
    value = value === undefined ? text : `${value}, ${text}`
  }
  return value
}

/**
 * The value of a parameter of the query, whatever the case of its name; empty for one that is there
 * twice or is not encoded as it should be.
 */
export function parameterOf({ path, query }: HttpRequest, lowerCaseName: string) {
  const target = targetOf(path, query)
  const start = target.indexOf("?")
  if (start < 0) return undefined
  let value: string | undefined
  for (const part of target.slice(start + 1).split("&")) {
    const end = part.indexOf("=")
    const name = decoded(end < 0 ? part : part.slice(0, end))
    if (name.toLowerCase() !== lowerCaseName) continue
    value = value === undefined && end >= 0 ? decoded(part.slice(end + 1)) : ""
  }
  return value
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}
