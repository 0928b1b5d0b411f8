import { KmsError, type KmsErrorName } from "../errors.js"

/** Where the words of a refusal come from. */
export const refusalSources = {
  recorded: "in an answer of AWS KMS that was recorded and published",
  reported: "in public reports of what AWS KMS answered",
  documented: "in the documentation of AWS KMS",
  supposed: "in other emulators of AWS KMS only",
  unknown: "nowhere: AWS's words are not known, and so there are none or our own",
} as const

type RefusalSource = keyof typeof refusalSources

/** The names between braces in a text. */
type Blank<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Blank<Rest>
  : never

type Filling<Text extends string> = Readonly<Record<Blank<Text>, string | number>>

/** Makes one refusal from what fills its blanks and, where there is one, the cause for the host. */
export interface Refusal<Name extends KmsErrorName, Text extends string> {
  (
    ...given: [Blank<Text>] extends [never]
      ? [cause?: unknown]
      : [filling: Filling<Text>, cause?: unknown]
  ): KmsError<Name>
  readonly error: Name
  /** What fills a blank stands here as `{name}`. */
  readonly text: string
  readonly source: RefusalSource
}

const blank = /\{(\w+)\}/g

/** Fills every blank once: what is filled in is not read again. */
const filled = (text: string, filling: Readonly<Record<string, string | number>>): string =>
  text.replace(blank, (_, name: string) => String(filling[name]))

const from =
  (source: RefusalSource) =>
  <Name extends KmsErrorName, const Texts extends readonly string[]>(
    error: Name,
    ...parts: Texts
  ): Refusal<Name, Texts[number]> => {
    const text = parts.join("")
    const hasBlanks = text.search(blank) >= 0
    const make = (...given: readonly unknown[]): KmsError<Name> => {
      const [filling, cause] = hasBlanks ? given : [{}, given[0]]
      const message = filled(text, filling as Filling<string>)
      return new KmsError(error, message, cause === undefined ? undefined : { cause })
    }
    return Object.freeze(Object.assign(make, { error, text, source }))
  }

/*
 * One refusal: its error; its words, in as many lines as they take, with blanks as `{name}`; and
 * in the name of the function where the words come from.
 */
export const recorded = from("recorded")
export const reported = from("reported")
export const documented = from("documented")
export const supposed = from("supposed")
export const ours = from("unknown")
export const wordless = <Name extends KmsErrorName>(error: Name): Refusal<Name, never> =>
  ours(error)

/**
 * A refusal in words that somebody else has found: the policy language, another region, the table
 * of the failures of a proxy.
 */
export const quoted = <Name extends KmsErrorName>(
  error: Name,
  words: string,
  cause?: unknown,
): KmsError<Name> => new KmsError(error, words, cause === undefined ? undefined : { cause })
