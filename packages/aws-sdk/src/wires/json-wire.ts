import { parseJson, utf8 } from "../body.js"
import { type HttpRequest, type HttpResponse, headerOf, parameterOf } from "../http.js"
import { operationName, type Wire } from "./wire.js"

/*
 * AWS JSON 1.1, which every client of AWS KMS speaks.
 *
 * Source: Smithy 2.0 documentation, "AWS JSON 1.1 protocol".
 */

const target = new RegExp(`^TrentService\\.(${operationName})$`)

/** The operation of the header, or of the query of a presigned request; not of both. */
export function targetOperation(request: HttpRequest): string | undefined {
  const inHeader = headerOf(request, "x-amz-target")
  const inQuery = parameterOf(request, "x-amz-target")
  if (inHeader !== undefined && inQuery !== undefined) return undefined
  return target.exec(inHeader ?? inQuery ?? "")?.[1]
}

/** Whether a request goes where there is all but CBOR. */
export const isAtRoot = ({ path }: HttpRequest): boolean => path === "/" || path.startsWith("/?")

function jsonResponse(statusCode: number, requestId: string, json: string): HttpResponse {
  const body = utf8(json)
  const headers = {
    "content-length": String(body.length),
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": requestId,
  }
  return { statusCode, headers, body }
}

export const jsonWire: Wire = {
  operationOf: (request) =>
    request.method === "POST" && isAtRoot(request) ? targetOperation(request) : undefined,

  read: (_request, body, codecs) => {
    const json = parseJson(body)
    return () => codecs.json().decode(json)
  },

  reply: (requestId, reply, codecs) => jsonResponse(200, requestId, codecs.reply().encode(reply)),

  refusal: (requestId, { status, name, message }) => {
    const json = JSON.stringify({ __type: name, ...(message !== "" && { message }) })
    const response = jsonResponse(status, requestId, json)
    response.headers["x-amzn-errortype"] = name
    return response
  },
}
