/** Whether there is time for everything: `SLOW=1`. */
export const isSlow = process.env["SLOW"] === "1"

/** How often a property is tried. */
export const runs = (quick: number, slow: number): number => (isSlow ? slow : quick)
