import type { Link, LinkEvents } from "./link.js"

/** Of a `Worker` and of a `MessagePort` what a link uses. */
interface Port {
  postMessage(value: Uint8Array, transferred: readonly ArrayBuffer[]): void
  on(event: "message", listener: (value: unknown) => void): unknown
  ref(): void
  unref(): void
}

/**
 * A link between threads: the bytes change hands, so that none are left behind. What is no bytes,
 * or could still change, ends it.
 */
export function portLink(port: Port, events: LinkEvents, end: () => void): Link {
  port.on("message", (value) => {
    const isOurs = value instanceof Uint8Array && value.buffer instanceof ArrayBuffer
    if (isOurs) events.bytes(value)
    else end()
  })
  return {
    send: (bytes) => port.postMessage(bytes, [bytes.buffer as ArrayBuffer]),
    end,
    hold: (isAwaited) => (isAwaited ? port.ref() : port.unref()),
    bytesStay: true,
  }
}
