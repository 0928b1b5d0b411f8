/** A way for bytes to the other side and back. Once it is over, it stays so. */
export interface Link {
  /** Takes the bytes over, and wipes them once they are on their way. */
  send(bytes: Uint8Array): void
  /** Ends the way at once, and what is at its other end if that was started for it. */
  end(): void
  /** Whether this process must live on for what is to come. */
  hold(isAwaited: boolean): void
  /** Whether bytes that came stand where they are until their listener wipes them. */
  readonly bytesStay: boolean
}

/** What the owner of a link is told. */
export interface LinkEvents {
  /** In their order. They are the listener's, who wipes them. */
  bytes(chunk: Uint8Array): void
  /** Told once, for whatever reason. */
  over(): void
}
