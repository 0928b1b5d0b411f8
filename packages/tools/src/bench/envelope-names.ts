/** The contestants of the benchmark of envelopes. */
export const envelopeNames = [
  "node, bare",
  "node, ours",
  "node, AWS",
  "4 KiB, ours",
  "4 KiB, AWS",
  "web, bare",
  "web, ours",
  "1 KiB, bare",
  "1 KiB, ours",
  "1 KiB, AWS",
  "1 KiB back, ours",
  "1 KiB back, AWS",
] as const

export type EnvelopeName = (typeof envelopeNames)[number]

/** Of one frame, where nothing else is said. */
export const frameBytes = 65_536
export const smallFrameBytes = 4096

/** What passes a stream in one turn. */
export const streamBytes = 268_435_456
