import type { AwsSdkConfig } from "./handler.js"
import type { RequestHandler } from "./http.js"
import { type InProcess, inProcess } from "./http.js"

/*
 * Where a client goes that was made for somewhere else: its own region and endpoint are those of
 * the application, and of the engine only where it has them.
 */

/** What a handler says of itself, if it is one of ours. */
export const inProcessOf = (handler: unknown): InProcess | undefined =>
  (handler as Partial<RequestHandler> | undefined)?.[inProcess]

/** Throws `TypeError` for what does not come from `awsSdkHandler`. */
function requireConfig({ requestHandler }: AwsSdkConfig): InProcess {
  const found = inProcessOf(requestHandler)
  if (found !== undefined) return found
  throw new TypeError("`config` must come from awsSdkHandler(kms) or kit.sdk()")
}

/**
 * The region in which a client is served: the only one there is, or else its own, and the first
 * one where it names none. One that is not there is left to the handler to refuse.
 */
export function createRegionChoice(config: AwsSdkConfig): (own: unknown) => string {
  const { regions } = requireConfig(config)
  return (own) => (regions.length > 1 && typeof own === "string" ? own : config.region)
}

/** The host name by which a handler knows a region. */
export const hostOf = (region: string): string => `kms.${region}.amazonaws.com`
