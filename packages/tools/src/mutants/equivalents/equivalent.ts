/** A mistake in one line of a file that nobody need notice. */
export interface Equivalent {
  /** From the root of the repository. */
  readonly file: string
  /** The first line that was changed, without the spaces around it. */
  readonly line: string
  readonly replacement: string
  readonly why: string
}

/** A line, and what stood there instead of a part of it: one mistake for each. */
type Place = readonly [line: string, ...replacements: readonly string[]]

/** Mistakes of one file that nobody need notice for the same reason. */
export const alike = (
  file: string,
  why: string,
  ...places: readonly Place[]
): readonly Equivalent[] =>
  places.flatMap(([line, ...replacements]) =>
    replacements.map((replacement) => ({ file, line, replacement, why })),
  )
