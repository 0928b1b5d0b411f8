/*
 * Mistakes that no test need notice, each with its reason: they change nothing that anybody was
 * promised.
 */

/** A mistake, as it was tried: what stood there, and what stood there instead. */
export interface Mutant {
  /** From the root of the repository. */
  readonly file: string
  /** The first line that was changed, without the spaces around it. */
  readonly line: string
  readonly original: string
  readonly replacement: string
}

interface Kind {
  readonly why: string
  readonly is: (mutant: Mutant) => boolean
}

interface Equivalent extends Pick<Mutant, "file" | "line" | "replacement"> {
  readonly why: string
}

/** Errors that are not of AWS have a code, by which programs go; their sentences are for people. */
const sentence = /^(["'`])[^"'`]* [^"'`]*\1$/
const ownErrors = /\b(?:invariant|\w*Error)\(/

const kinds: readonly Kind[] = [
  {
    why: "the sentence of an error of ours is for people: programs go by its code",
    is: ({ line, original }) => sentence.test(original) && ownErrors.test(line),
  },
]

/** A function whose last statement catches answers `undefined` there, whether it says so or not. */
const caughtAtTheEnd = ["region-bodies", "region-message", "region-transfer"].map(
  (name): Equivalent => ({
    file: `packages/core/src/formats/regions/${name}.ts`,
    line: "} catch {",
    replacement: "{}",
    why: "it is the end of the function, which answers `undefined` then",
  }),
)

const equivalents: readonly Equivalent[] = [
  ...caughtAtTheEnd,
  {
    file: "packages/core/src/formats/regions/region-transfer.ts",
    line: 'const [from = "", to = "", ...rest] = texts',
    replacement: '"Stryker was here!"',
    why: "for the compiler alone: the fields were counted before",
  },
  {
    file: "packages/core/src/formats/stored/write-stamp.ts",
    line: "stamp.lane < lanesCount &&",
    replacement: "stamp.lane <= lanesCount",
    why: "the bit of a sixteenth lane is the flag of a restored store, which is taken off",
  },
]

/** Why nobody need notice a mistake; `undefined` when somebody must. */
export const reasonOf = (mutant: Mutant): string | undefined =>
  kinds.find(({ is }) => is(mutant))?.why ??
  equivalents.find(
    ({ file, line, replacement }) =>
      file === mutant.file && line === mutant.line && replacement === mutant.replacement,
  )?.why
