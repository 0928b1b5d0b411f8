import type { Sample } from "./messages.js"

/** One look at the host that nobody kills, and at the file. */
export interface Look extends Sample {
  readonly fileBytes: number
}

const mb = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

const least = (looks: readonly Look[], of: (look: Look) => number): number =>
  Math.min(...looks.map(of))

/** What may grow from the second third to the last, and by how much: the least of each counts. */
const bounds: readonly {
  readonly what: string
  readonly of: (look: Look) => number
  readonly factor: number
  readonly more: number
  readonly show: (value: number) => string
}[] = [
  { what: "heap", of: ({ heapBytes }) => heapBytes, factor: 1.2, more: 4_000_000, show: mb },
  { what: "memory", of: ({ residentBytes }) => residentBytes, factor: 1.25, more: 2e7, show: mb },
  { what: "file", of: ({ fileBytes }) => fileBytes, factor: 1.5, more: 4_000_000, show: mb },
  { what: "handles", of: ({ handles }) => handles, factor: 1, more: 3, show: String },
  { what: "open files", of: ({ files }) => files, factor: 1, more: 3, show: String },
  {
    what: "processor time of a step",
    of: ({ stepUs }) => stepUs,
    factor: 2,
    more: 0,
    show: (us) => `${us.toFixed(0)} µs`,
  },
]

/** What grew that should not. */
export function driftOf(looks: readonly Look[]): readonly string[] {
  const third = Math.floor(looks.length / 3)
  const [middle, last] = [looks.slice(third, 2 * third), looks.slice(-third)]
  return bounds.flatMap(({ what, of, factor, more, show }) => {
    const [before, after] = [least(middle, of), least(last, of)]
    return after > before * factor + more ? [`${what}: ${show(before)}, then ${show(after)}`] : []
  })
}

/** One line of progress. */
export const lineOf = (seconds: number, look: Look, more: string): string =>
  [
    `${String(seconds).padStart(5)} s`,
    `${look.steps} steps`,
    `${look.stepUs.toFixed(0)} µs CPU each`,
    `heap ${mb(look.heapBytes)}`,
    `memory ${mb(look.residentBytes)}`,
    `file ${mb(look.fileBytes)}`,
    `${look.handles} handles`,
    `${look.files} files`,
    more,
  ].join(", ")
