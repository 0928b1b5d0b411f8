import type { HttpRequest, HttpResponse, RequestHandler } from "../../src/index.js"

export const hostname = "kms.us-east-1.amazonaws.com"

export const authorization =
  "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20310517/us-east-1/kms/aws4_request, " +
  "SignedHeaders=host;x-amz-date;x-amz-target, " +
  "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"

export const headersFor = (operation: string): Record<string, string> => ({
  host: hostname,
  "content-type": "application/x-amz-json-1.1",
  "x-amz-date": "20310517T083012Z",
  "x-amz-target": `TrentService.${operation}`,
  authorization,
})

/** A request for an operation as a client would sign it, with the parts that a test replaces. */
export const requestFor = (operation: string, body: unknown, more: object = {}): HttpRequest => ({
  method: "POST",
  protocol: "https:",
  hostname,
  path: "/",
  headers: headersFor(operation),
  body,
  ...more,
})

interface Body {
  readonly __type?: string
  readonly message?: string
  readonly CiphertextBlob?: string
}

export interface Reply {
  readonly status: number
  readonly type: string
  readonly requestId: string | undefined
  readonly body: Body
}

const readReply = ({ statusCode, headers, body }: HttpResponse): Reply => ({
  status: statusCode,
  type: headers["x-amzn-errortype"] ?? "",
  requestId: headers["x-amzn-requestid"],
  body: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)),
})

/** Sends a request to a handler and reads the reply. */
export async function send(handler: RequestHandler, request: HttpRequest): Promise<Reply> {
  return readReply((await handler.handle(request)).response)
}
