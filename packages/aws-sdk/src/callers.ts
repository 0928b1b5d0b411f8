import type { Caller, Kms } from "@keywright/core"
import { type HttpRequest, headerOf } from "./http.js"
import { ProtocolError } from "./protocol-errors.js"

/**
 * Says who an access key id stands for: a caller, the ARN of a principal, or nobody. It sees the
 * whole request, with its body read, and may verify the signature if it knows the secret.
 */
export type FindCaller = (
  accessKeyId: string,
  request: HttpRequest,
) => Caller | string | undefined | Promise<Caller | string | undefined>

/** Who each access key id stands for. */
export type Callers = Readonly<Record<string, Caller | string>> | FindCaller

const callerOf = (caller: Caller | string): Caller =>
  typeof caller === "string" ? { principal: caller } : caller

/** Throws `TypeError` at once for a principal that the engine would not understand later. */
function readTable(callers: Readonly<Record<string, Caller | string>>, kms: Kms): FindCaller {
  const table = new Map<string, Caller>()
  for (const [accessKeyId, named] of Object.entries(callers)) {
    const caller = callerOf(named)
    kms.as(caller.principal, caller.context)
    table.set(accessKeyId, caller)
  }
  return (accessKeyId) => table.get(accessKeyId)
}

/** Finds the caller of a request to an engine, or refuses the access key id as AWS does. */
export type Identify = (accessKeyId: string, request: HttpRequest, kms: Kms) => Promise<Caller>

/** A caller with what its request says about itself, unless the host has said so. */
function withRequest({ principal, context }: Caller, request: HttpRequest): Caller {
  return { principal, context: { userAgent: headerOf(request, "user-agent"), ...context } }
}

/** Without `callers`, every access key id is the administrator of the engine's account. */
export function readCallers(callers: Callers | undefined, kms: Kms): Identify {
  if (callers === undefined) {
    return async (_accessKeyId, request, { administrator }) =>
      withRequest({ principal: administrator }, request)
  }
  const find = typeof callers === "function" ? callers : readTable(callers, kms)
  return async (accessKeyId, request) => {
    const caller = await find(accessKeyId, request)
    if (caller !== undefined) return withRequest(callerOf(caller), request)
    throw new ProtocolError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    )
  }
}
