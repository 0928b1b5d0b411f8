import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net"
import { parentPort } from "node:worker_threads"
import type { Link, LinkEvents } from "../links/link.js"
import { portLink } from "../links/port-link.js"
import { streamLink } from "../links/stream-link.js"
import { makeHsm } from "./make-hsm.js"
import { refuseMemoryReads } from "./memory-reads.js"
import { ownMeasures } from "./own-measures.js"
import { serve } from "./serve.js"

/** What the host hands to a process that it starts. */
const socketDescriptor = 3
/** Everything is read into these bytes, and wiped in them. */
const receivedBytes = 65_536

/** A link on the socket that the host handed over; what it receives is at one place only. */
function inheritedLink(events: LinkEvents): Link {
  const buffer = new Uint8Array(receivedBytes)
  const onread: OnReadOpts = {
    buffer,
    callback(length) {
      events.bytes(buffer.subarray(0, length))
      return true
    },
  }
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: socketDescriptor,
    readable: true,
    writable: true,
    onread,
  }
  return streamLink(new Socket(options), events)
}

/** What a process or a thread of ours runs, and all that it does. */
export function runProgram(): void {
  const port = parentPort
  // With a listener of ours, the signal no longer opens a debugger.
  if (port === null) process.on("SIGUSR1", () => undefined)
  const memoryReads = port === null ? { "memory-reads": refuseMemoryReads() } : {}
  const openLink = (events: LinkEvents): Link =>
    port === null
      ? inheritedLink(events)
      : portLink(port, events, () => {
          port.close()
          events.over()
        })
  const measures = { ...ownMeasures(), ...memoryReads }
  serve(openLink, { makeHsm, measures, over: () => process.exit(0) })
}
