import { type Codec, flag, list, record, text, word } from "./codecs.js"

/** What a boundary may keep from whoever is outside, or from what goes wrong inside. */
export const measures = [
  /** The memory of the boundary is its own, and not that of the host's process. */
  "own-memory",
  /** Nothing of the host's environment variables is there. */
  "environment",
  /** It reads its own code and what it was told to read, and writes no file. */
  "files",
  /** It starts no process and no thread. */
  "processes",
  /** It loads no native code. */
  "addons",
  /** It opens no connection. */
  "network",
  /** It makes no code of texts. */
  "evaluation",
  /** Nobody can attach a debugger of JavaScript. */
  "inspector",
  /** A crash writes no memory to a disk. */
  "core-dumps",
  /** What it runs gains no privileges. */
  "privileges",
  /** Processes of the same user cannot read its memory. */
  "memory-reads",
] as const
export type Measure = (typeof measures)[number]

/** Whether a measure took, and by what, or why not. */
export interface MeasureState {
  readonly isEnforced: boolean
  readonly how: string
}

/** What was found of every measure when the boundary was started. */
export type Isolation = Readonly<Record<Measure, MeasureState>>

export const enforced = (how: string): MeasureState => ({ isEnforced: true, how })
export const notEnforced = (how: string): MeasureState => ({ isEnforced: false, how })

interface Found extends MeasureState {
  readonly measure: Measure
}

export const foundMeasures: Codec<readonly Found[]> = list(
  record<Found>({ measure: word(measures), isEnforced: flag, how: text }),
)

export const isolationOf = (
  ...sources: readonly Partial<Record<Measure, MeasureState>>[]
): Isolation => {
  const unknown = notEnforced("nothing is known of it")
  const rows = measures.map((measure) => {
    const known = sources.find((source) => source[measure] !== undefined)
    return [measure, known?.[measure] ?? unknown]
  })
  return Object.freeze(Object.fromEntries(rows))
}
