import { systemClock } from "@keywright/core"
import {
  createSigV4Verifier,
  SigV4Error,
  type SigV4Verifier,
  targetOf,
} from "@keywright/identity/sigv4"
import { utf8 } from "./body.js"
import type { HttpRequest } from "./http.js"
import { ProtocolError } from "./protocol-errors.js"

/** Verifies the signature of a request and answers what `find` knows of its access key. */
export type Verify = <Key extends AccessKey>(
  request: HttpRequest,
  region: string,
  find: (accessKeyId: string) => Key | undefined | Promise<Key | undefined>,
) => Promise<Key>

/** What a request must be signed with. */
export interface AccessKey {
  readonly secretAccessKey: string
  /** That came with the access key, where it is a temporary one. */
  readonly sessionToken?: string | undefined
}

/** The body has been read: it is text or bytes. */
const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : utf8(typeof body === "string" ? body : "")

/** Ages are told by `clock`: that of the machine, by which clients sign, unless it is given. */
export function createVerify(clock: () => number = systemClock): Verify {
  const verifiers = new Map<string, SigV4Verifier>()
  const verifierFor = (region: string): SigV4Verifier => {
    const verifier = verifiers.get(region) ?? createSigV4Verifier({ region, clock })
    verifiers.set(region, verifier)
    return verifier
  }

  return async (request, region, find) => {
    const { method, path, query, headers, body } = request
    const signed = { method, target: targetOf(path, query), headers, body: bytesOf(body) }
    try {
      const { key } = await verifierFor(region).verify(signed, async (accessKeyId, token) => {
        const known = await find(accessKeyId)
        return known?.sessionToken === token ? known : undefined
      })
      return key
    } catch (error) {
      if (error instanceof SigV4Error) throw new ProtocolError(error.name, error.message)
      throw error
    }
  }
}
