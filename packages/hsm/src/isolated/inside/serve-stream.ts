import type { Duplex } from "node:stream"
import { streamLink } from "../links/stream-link.js"
import { makeHsm } from "./make-hsm.js"
import { ownMeasures } from "./own-measures.js"
import { serve } from "./serve.js"

/**
 * Serves one HSM to the host at the other end of a stream, which says by its plan what it is. For
 * a boundary that was started by others, such as an enclave. Resolves when the stream has ended and
 * the HSM is closed.
 */
export const serveHsm = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    serve((events) => streamLink(stream, events), {
      makeHsm,
      measures: ownMeasures(),
      over: resolve,
    })
  })
