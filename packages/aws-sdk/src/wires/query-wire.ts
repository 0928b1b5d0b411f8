import { targetOf } from "@keywright/identity/sigv4"
import { type Form, readTargetForm } from "../form.js"
import type { HttpRequest, HttpResponse } from "../http.js"
import { ProtocolError } from "../protocol-errors.js"
import { isAtRoot, jsonWire, targetOperation } from "./json-wire.js"
import { operationName, type Wire } from "./wire.js"

/*
 * A call in the query of a GET, which is what a presigned URL is. What is answered is JSON.
 *
 * Source: AWS KMS API Reference, "Common Parameters"; Smithy 2.0 documentation, "AWS query
 * protocol".
 */

const version = "2014-11-01"
const action = new RegExp(`^${operationName}$`)

const formOf = ({ path, query }: HttpRequest): Form | undefined =>
  readTargetForm(targetOf(path, query))

/** By `Action` and `Version`, or by the target that a signer of JSON has put into the query. */
function operationOf(request: HttpRequest): string | undefined {
  if (request.method !== "GET" || !isAtRoot(request)) return undefined
  const { Action, Version } = formOf(request) ?? {}
  if (Action === undefined && Version === undefined) return targetOperation(request)
  const isOne = typeof Action === "string" && action.test(Action) && Version === version
  return isOne && targetOperation(request) === undefined ? Action : undefined
}

/** A GET is what others keep, and a reply may hold a key. */
function unkept(response: HttpResponse): HttpResponse {
  response.headers["cache-control"] = "no-store"
  return response
}

export const queryWire: Wire = {
  operationOf,
  reply: (...args) => unkept(jsonWire.reply(...args)),
  refusal: (...args) => unkept(jsonWire.refusal(...args)),
  read: (request, body, codecs) => {
    const form = formOf(request)
    if (form === undefined || body.length > 0) throw new ProtocolError("SerializationException")
    const { Action: _action, Version: _version, ...members } = form
    return () => codecs.form().decode(members)
  },
}
