/** The time of the machine: the one place where the kit asks it. */
export const systemTime = (): Date => new Date()
