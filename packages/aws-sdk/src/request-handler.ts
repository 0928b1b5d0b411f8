import { createTurns } from "@keywright/core"
import { unlessAborted } from "./abort.js"
import type { HttpRequest, HttpResponse, inProcess, RequestHandler } from "./http.js"

/** What an AWS SDK v3 client calls, whatever service answers. */
export type ServiceHandler = Omit<RequestHandler, typeof inProcess>

/** A handler that answers in the same process. */
export function createServiceHandler(
  answer: (request: HttpRequest) => Promise<HttpResponse>,
): ServiceHandler {
  const turn = createTurns()
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request, { abortSignal } = {}) => {
      const response = await unlessAborted(abortSignal, () => answer(request))
      // As a reply from the network: the timers of the caller's process run beside its calls.
      await turn()
      return { response }
    },
    destroy: () => {},
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  }
}
