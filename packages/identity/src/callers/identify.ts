import type { ContextValue } from "@keywright/policy"
import type { VerifiedCaller } from "../sessions/caller.js"
import { accessDenied, IdentityError } from "../vocabulary/identity-error.js"
import {
  belowFloor,
  besideEndpoint,
  factsOf,
  type RawRequest,
  type TransportFloor,
} from "./request.js"
import type { Wanted, Way } from "./way.js"

export interface IdentifyOptions {
  /** Asked in turn; the first that knows what a request brings decides. */
  readonly ways: readonly Way[]
  /** What TLS must have agreed on. Default: the host sees to that. */
  readonly transport?: TransportFloor | undefined
  /** Condition keys that the host knows of a request besides. */
  readonly factsOf?: ((request: RawRequest) => Readonly<Record<string, ContextValue>>) | undefined
}

/** A caller that was verified, with what is known of its request. */
export interface IdentifiedCaller {
  readonly principal: string
  readonly context: VerifiedCaller["context"] & ReturnType<typeof factsOf>
}

/**
 * Says who makes a request. Throws `SigV4Error` or `IdentityError` for one that brings what is not
 * genuine, comes below the floor, or brings nothing.
 */
export type Identify = (request: RawRequest, wanted: Wanted) => Promise<IdentifiedCaller>

/**
 * Makes verified callers of raw requests.
 *
 * ```ts
 * const identify = createIdentify({ ways: [sigv4({ sts, clock: Date.now })], transport: {} })
 * ```
 */
export function createIdentify({ ways, transport, ...options }: IdentifyOptions): Identify {
  if (ways.length === 0) throw new TypeError("`ways` must have at least one")
  return async (request, wanted) => {
    const problem = (transport && belowFloor(request, transport)) ?? besideEndpoint(request)
    if (problem !== undefined) throw accessDenied(problem)
    for (const way of ways) {
      const caller = await way(request, wanted)
      if (caller === undefined) continue
      const facts = factsOf(request)
      const { principal, context } = caller
      return {
        principal,
        context: {
          ...facts,
          ...context,
          // What was verified of the caller stands above what anybody says of the request.
          conditionKeys: {
            ...options.factsOf?.(request),
            ...facts.conditionKeys,
            ...context.conditionKeys,
          },
        },
      }
    }
    throw new IdentityError("MissingAuthenticationToken", "Missing Authentication Token")
  }
}
