import type { Clock } from "./ports/clock.js"

/** The clock of the machine: the one place where the core asks it. */
export const systemClock: Clock = () => Date.now()
