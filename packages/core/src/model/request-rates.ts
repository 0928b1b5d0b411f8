/*
 * How requests are counted: as many at once as may come in a second, and then as many as time
 * brings back.
 */

/** What is left to be taken, and until when time has added to it. */
export interface Bucket {
  readonly requests: number
  readonly filledMs: number
}

export const fullBucket = (perSecond: number, nowMs: number): Bucket => ({
  requests: perSecond,
  filledMs: nowMs,
})

/**
 * A bucket as time has filled it. A clock that goes backward takes nothing away, and one that was
 * ahead by more than `aheadMsMax` is not believed.
 */
export function filled(
  { requests, filledMs }: Bucket,
  perSecond: number,
  nowMs: number,
  aheadMsMax: number,
): Bucket {
  const fromMs = filledMs - nowMs > aheadMsMax ? nowMs : filledMs
  const passedMs = Math.max(0, nowMs - fromMs)
  return {
    requests: Math.min(perSecond, requests + (passedMs * perSecond) / 1000),
    filledMs: Math.max(fromMs, nowMs),
  }
}
