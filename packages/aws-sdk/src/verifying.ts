import { systemClock } from "@keywright/core"
import {
  type AccessKeyLookup,
  createSigV4Verifier,
  type SigV4Verifier,
  targetOf,
} from "@keywright/identity/sigv4"
import { utf8 } from "./body.js"
import type { HttpRequest } from "./http.js"

/** Verifies the signature of a request and answers what `find` knows of its access key. */
export type Verify = <Key extends { readonly secretAccessKey: string }>(
  request: HttpRequest,
  region: string,
  find: AccessKeyLookup<Key>,
) => Promise<Key>

/** What a request must be signed with. */
export interface AccessKey {
  readonly secretAccessKey: string
  /** That came with the access key, where it is a temporary one. */
  readonly sessionToken?: string | undefined
}

/** Whether the signature of a request stands in its query. */
export const isPresigned = ({ path, query = {} }: HttpRequest): boolean =>
  [...Object.keys(query), path].some((text) => /x-amz-signature/i.test(text))

/** A request as it would have come over a wire; its body has been read. */
export const rawRequestOf = ({ method, path, query, headers, body, connection }: HttpRequest) => ({
  ...{ method, target: targetOf(path, query), headers, body: bytesOf(body), connection },
})

const verifiersMax = 64

/** The body has been read: it is text or bytes. */
const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : utf8(typeof body === "string" ? body : "")

/**
 * Ages are told by `clock`: that of the machine, by which clients sign, unless it is given. Throws
 * `SigV4Error`, and what `find` throws.
 */
export function createVerify(clock: () => number = systemClock, service = "kms"): Verify {
  const verifiers = new Map<string, SigV4Verifier>()
  const verifierFor = (region: string): SigV4Verifier => {
    const verifier = verifiers.get(region) ?? createSigV4Verifier({ region, service, clock })
    // Of AWS there are some forty; names that callers make up are not remembered.
    if (verifiers.size < verifiersMax) verifiers.set(region, verifier)
    return verifier
  }

  return async (request, region, find) =>
    (await verifierFor(region).verify(rawRequestOf(request), find)).key
}
