/** Walked again from the first when another host has changed what was read. */
export const attemptSteps = [
  "locate",
  "authorize",
  "admit",
  "prepare",
  "perform",
  "dry run",
  "commit",
] as const

/** The steps of every call, in their order. The docs print this list, and a call walks it. */
export const callSteps = ["parse", ...attemptSteps, "record", "reply"] as const

export type AttemptStep = (typeof attemptSteps)[number]
