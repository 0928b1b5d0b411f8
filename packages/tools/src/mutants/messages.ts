import type { Mistake } from "./mistakes.js"

/*
 * What the process that counts asks of those that run tests, and what they answer: a line of JSON
 * each.
 */

/** How often each mistake was run over, by its id. */
export type Hits = Readonly<Record<string, number>>

/** Some tests of a file; without names all of them. */
export interface TestsOfFile {
  readonly file: string
  readonly tests?: readonly string[] | undefined
}

/** Runs all tests of a file twice, without a mistake. */
export interface Measurement {
  readonly kind: "measure"
  readonly file: string
}

/** Runs tests with a mistake until one of them notices. */
export interface Trial {
  readonly kind: "try"
  readonly id: string
  /** In which the mistake is. */
  readonly source: string
  readonly files: readonly TestsOfFile[]
  /** Whether the modules around it are loaded anew, with the mistake in them. */
  readonly isFresh: boolean
  /** So often the mistake may be run over: a loop without end ends. */
  readonly hitsMax: number
}

export type Request = Measurement | Trial

export interface MeasuredTest {
  readonly id: string
  readonly ms: number
  readonly hits: Hits
}

export interface Measured {
  readonly kind: "measured"
  /** A file whose tests fail, or cannot be run twice in one process, proves nothing. */
  readonly isPassing: boolean
  /** Mistakes in what is done once in a process, when the file ran first. */
  readonly once: readonly string[]
  /** What is run over whenever the file runs, outside of its tests. */
  readonly outside: Hits
  readonly outsideMs: number
  readonly tests: readonly MeasuredTest[]
}

export interface TriedOnce {
  readonly kind: "tried"
  /** `spoiled`: the tests fail without the mistake, too, however they are run. */
  readonly outcome: "noticed" | "unnoticed" | "spoiled"
  /** The file that noticed. */
  readonly by?: string | undefined
}

export type Reply = (Measured | TriedOnce) & {
  /** What the process takes of the memory. */
  readonly residentBytes: number
}

/** A mistake, and whether a test noticed it. */
export interface Tried extends Omit<Mistake, "id" | "name"> {
  /** `unclear` of one that could not be tried. */
  readonly outcome: "noticed" | "unnoticed" | "unclear"
}
