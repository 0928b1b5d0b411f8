import type { Duplex } from "node:stream"
import { HsmError, type RegionHsm } from "@keywright/core/hsm"
import { streamLink } from "../links/stream-link.js"
import { ownMeasures } from "./own-measures.js"
import { serve } from "./serve.js"

/** Makes the HSM of a boundary. What the host sends for it is wiped once this has returned. */
export type HsmMaker = (setup: Uint8Array) => RegionHsm | Promise<RegionHsm>

const noPlans = (): HsmError =>
  new HsmError("unavailable", "what stands behind this boundary is not for its host to say")

/**
 * Serves one HSM to the host at the other end of a stream: for a boundary that was started by
 * others, such as an enclave. What the HSM is, is said here: a host can send its maker a setup (a
 * plan `{ setup }`), and nothing that is run. Resolves when the stream has ended and the HSM is
 * closed.
 *
 * @example
 * await serveHsm(vsock, () => createSoftwareHsm({ seal: kmsSeal(client, keyArn) }))
 */
export const serveHsm = (stream: Duplex, makeHsm: HsmMaker): Promise<void> =>
  new Promise((resolve) => {
    serve((events) => streamLink(stream, events), {
      makeHsm: async (plan) => {
        if (plan.kind !== "given") throw noPlans()
        return makeHsm(plan.setup)
      },
      measures: ownMeasures(),
      over: resolve,
    })
  })
