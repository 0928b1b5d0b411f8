/*
 * An option that nobody reads is a wish that is not granted in silence: whoever writes `audits`
 * believes that there is an audit.
 */

/** The names of the options of a type, each once; the compiler asks for one that is missing. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>

/** In how many places two words differ: letters put in, left out or exchanged. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + Number(letter !== other)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

const nameLengthMax = 64

/** The name that was probably meant; none where everything is more than a third away. */
function nearest(given: string, names: readonly string[]): string | undefined {
  const folded = given.slice(0, nameLengthMax).toLowerCase()
  const ranked = names
    .map((name) => ({ name, away: distance(folded, name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)
  const [best] = ranked
  return best !== undefined && best.away * 3 <= best.name.length + 1 ? best.name : undefined
}

/**
 * Throws `TypeError` for options that are no object, or that have a member of another name; it
 * names the one that was probably meant. `parameter` says where they stand.
 */
export function requireKnownOptions<Options extends object>(
  options: Options,
  names: OptionNames<Options>,
  parameter = "options",
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`\`${parameter}\` must be an object`)
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name))
  if (unknown === undefined) return
  const known = Object.keys(names)
  const meant = nearest(unknown, known)
  const hint = meant === undefined ? `there are ${known.join(", ")}` : `is \`${meant}\` meant?`
  throw new TypeError(`\`${parameter}\` have no \`${unknown}\`; ${hint}`)
}
