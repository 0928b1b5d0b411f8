import type { Duplex } from "node:stream"
import type { Link, LinkEvents } from "./link.js"

/** A link on any stream of bytes: a socket between processes, a vsock of an enclave. */
export function streamLink(stream: Duplex, events: LinkEvents): Link {
  const held = stream as { ref?: () => unknown; unref?: () => unknown }
  // A `Buffer` of Node cuts views where a `Uint8Array` copies.
  stream.on("data", ({ buffer, byteOffset, length }: Uint8Array) =>
    events.bytes(new Uint8Array(buffer, byteOffset, length)),
  )
  // What failed is closed, too.
  stream.on("error", () => undefined)
  stream.once("end", () => stream.destroy())
  stream.once("close", () => events.over())
  return {
    send(bytes) {
      if (stream.destroyed) bytes.fill(0)
      else stream.write(bytes, () => bytes.fill(0))
    },
    end: () => void stream.destroy(),
    hold: (isAwaited) => void (isAwaited ? held.ref?.() : held.unref?.()),
    // A stream reads into the same bytes again.
    bytesStay: false,
  }
}
