import type { Caller, Kms } from "@keywright/core"
import type { Identify as IdentifyRaw } from "@keywright/identity"
import { readAuthorization } from "./authorization.js"
import { type HttpRequest, headerOf } from "./http.js"
import { ProtocolError } from "./protocol-errors.js"
import { type AccessKey, rawRequestOf, type Verify } from "./verifying.js"

/** Whom an access key id stands for, and where signatures are verified, what they are made with. */
export interface KeyedCaller extends Caller, Partial<AccessKey> {}

/**
 * Says who an access key id stands for: a caller, the ARN of a principal, or nobody. It sees the
 * whole request, with its body read, and may verify the signature if it knows the secret.
 */
export type FindCaller = (
  accessKeyId: string,
  request: HttpRequest,
) => KeyedCaller | string | undefined | Promise<KeyedCaller | string | undefined>

/** Who each access key id stands for. */
export type Callers = Readonly<Record<string, KeyedCaller | string>> | FindCaller

const callerOf = (caller: KeyedCaller | string): KeyedCaller =>
  typeof caller === "string" ? { principal: caller } : caller

const hasSecret = (caller: KeyedCaller): caller is Caller & AccessKey =>
  typeof caller.secretAccessKey === "string" && caller.secretAccessKey !== ""

const noSecret = (accessKeyId: string): TypeError =>
  new TypeError(`\`callers\` must say the \`secretAccessKey\` of ${accessKeyId}: \`verify\` is on`)

/** Throws `TypeError` at once for a principal that the engine would not understand later. */
function readTable(callers: Exclude<Callers, FindCaller>, kms: Kms, isVerified: boolean) {
  const table = new Map<string, KeyedCaller>()
  for (const [accessKeyId, named] of Object.entries(callers)) {
    const caller = callerOf(named)
    kms.as(caller.principal, caller.context)
    if (isVerified && !hasSecret(caller)) throw noSecret(accessKeyId)
    table.set(accessKeyId, caller)
  }
  const find: FindCaller = (accessKeyId) => table.get(accessKeyId)
  return find
}

/** Finds the caller of a request to an engine, or refuses it as AWS does. */
export type Identify = (request: HttpRequest, kms: Kms) => Promise<Caller>

/** A caller with what its request says about itself, unless the host has said so. */
function withRequest({ principal, context }: Caller, request: HttpRequest): Caller {
  return { principal, context: { userAgent: headerOf(request, "user-agent"), ...context } }
}

/** The access key that stands for the administrator, where signatures are verified. */
export interface OwnKey extends AccessKey {
  readonly accessKeyId: string
}

interface CallerParts {
  readonly callers: Callers | undefined
  readonly kms: Kms
  readonly ownKey: OwnKey
  /** Absent where signatures are not verified. */
  readonly verify: Verify | undefined
  /** Takes the place of all the others. */
  readonly identify: IdentifyRaw | undefined
}

/** Without `callers`, every access key id is the administrator of the engine's account. */
function finderOf({ callers, kms, ownKey, verify }: CallerParts) {
  if (typeof callers === "function") return callers
  if (callers !== undefined) return readTable(callers, kms, verify !== undefined)
  const { accessKeyId: ownId, secretAccessKey } = ownKey
  const find = (accessKeyId: string, _request: HttpRequest, { administrator }: Kms) =>
    verify === undefined || accessKeyId === ownId
      ? { principal: administrator, secretAccessKey }
      : undefined
  return find
}

/** A function may look at the connection; a table knows nothing of it, and so would no policy. */
function checkConnection({ callers }: CallerParts, { connection }: HttpRequest): void {
  if (connection === undefined || typeof callers === "function") return
  throw new TypeError("`connection` needs `identify`: policies would not hear of it")
}

export function readCallers(parts: CallerParts): Identify {
  const { verify, identify } = parts
  if (identify !== undefined) {
    return (request, { region }) => identify(rawRequestOf(request), { region })
  }
  const find = finderOf(parts)

  if (verify === undefined) {
    return async (request, kms) => {
      checkConnection(parts, request)
      const { accessKeyId } = readAuthorization(request, kms.region)
      const caller = await find(accessKeyId, request, kms)
      if (caller !== undefined) return withRequest(callerOf(caller), request)
      throw new ProtocolError(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
      )
    }
  }
  return async (request, kms) => {
    checkConnection(parts, request)
    const caller = await verify(request, kms.region, async (accessKeyId, sessionToken) => {
      const named = await find(accessKeyId, request, kms)
      if (named === undefined) return undefined
      const known = callerOf(named)
      if (!hasSecret(known)) throw noSecret(accessKeyId)
      return known.sessionToken === sessionToken ? known : undefined
    })
    return withRequest(caller, request)
  }
}
