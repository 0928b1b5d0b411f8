/** A time that runs until it is over or stopped. */
export interface Running {
  readonly over: Promise<void>
  /** Lets go of it: `over` may then stay open for ever. */
  stop(): void
}

/**
 * How long to wait. Nothing becomes true because a timer fired: it only ends the waiting for an
 * answer, and wipes what is not to be used any more.
 */
export type Timer = (timeoutMs: number) => Running
