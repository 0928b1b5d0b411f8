import type { Eventually } from "../../vocabulary/eventually.js"

/**
 * One end of a message while it passes: bytes in, and out what may leave because of them. Calls
 * come one after the other. After a call has thrown there is no other but `close`.
 */
export interface Stage {
  /** Takes the next bytes. Whoever gives them may change them when this is done. */
  push(chunk: Uint8Array): Eventually<readonly Uint8Array[]>
  /** There are no more. */
  end(): Eventually<readonly Uint8Array[]>
  /** Wipes what is held. May come at any time, also during a call, and more than once. */
  close(): void
}
