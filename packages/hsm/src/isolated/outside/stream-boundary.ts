import type { Duplex } from "node:stream"
import { streamLink } from "../links/stream-link.js"
import type { StartBoundary } from "./boundary.js"

/** A boundary that others have started: what is at the other end of a stream. */
export interface StreamBoundary {
  /** Opens a way to a boundary that has not begun yet: at first, and after each that ended. */
  connect(): Promise<Duplex>
}

export const streamBoundary =
  ({ connect }: StreamBoundary): StartBoundary =>
  async () => {
    const stream = await connect()
    const gone = new Promise<void>((resolve) => stream.once("close", () => resolve()))
    return {
      gone: () => gone,
      openLink: (events) => streamLink(stream, events),
      // Nothing can be seen from here: what it says of itself is all there is.
      measures: async () => ({}),
    }
  }
