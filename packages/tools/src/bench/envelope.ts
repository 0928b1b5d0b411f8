import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import { type EnvelopeName, streamBytes } from "./envelope-names.js"
import { type Figures, type Goal, median } from "./figures.js"
import { loadedSize } from "./loaded-size.js"
import { type Contest, contest } from "./slices.js"

interface Comparison {
  readonly name: string
  readonly first: EnvelopeName
  readonly second: EnvelopeName
  readonly goal?: number
  readonly atLeast?: true
  /** Of one turn, in bytes: printed as a rate; else in µs. */
  readonly bytes?: number
}

const atLeast = true
const bytes = streamBytes

/** A ratio is the time of the first over that of the second. */
const comparisons: readonly Comparison[] = [
  { name: "Node pipeline", first: "node, bare", second: "node, ours", goal: 0.75, atLeast, bytes },
  { name: "Web Streams", first: "web, bare", second: "web, ours", goal: 0.75, atLeast, bytes },
  { name: "stream, 64 KiB", first: "node, AWS", second: "node, ours", goal: 4, atLeast, bytes },
  { name: "stream, 64 KiB, bare", first: "node, AWS", second: "node, bare", bytes },
  { name: "stream, 4 KiB", first: "4 KiB, AWS", second: "4 KiB, ours", bytes },
  { name: "1 KiB, warm cache", first: "1 KiB, AWS", second: "1 KiB, ours", goal: 8, atLeast },
  {
    name: "1 KiB, decrypted",
    first: "1 KiB back, AWS",
    second: "1 KiB back, ours",
    goal: 8,
    atLeast,
  },
  { name: "1 KiB, by hand", first: "1 KiB, ours", second: "1 KiB, bare", goal: 3 },
]

const cell = (name: EnvelopeName, us: number, length: number | undefined): string =>
  length === undefined ? `${name} ${us.toFixed(1)} µs` : `${name} ${Math.round(length / us)} MB/s`

/** Three pairs of processes, because how one lays out its memory stays with it. */
async function contestThrice({ first, second, bytes: length }: Comparison): Promise<Contest> {
  const script = (one: EnvelopeName) => ["./envelope-contestant.js", one] as const
  const found: Contest[] = []
  for (let pair = 0; pair < 3; pair += 1) {
    // A turn of a stream is long; the engine makes short ones faster for a long time.
    const options = { rounds: 5, sliceMs: 120, warmUpMs: length === undefined ? 10_000 : 360 }
    found.push(await contest(script(first), script(second), options))
  }
  return {
    firstUs: median(found.map(({ firstUs }) => firstUs)),
    secondUs: median(found.map(({ secondUs }) => secondUs)),
    ratio: median(found.map(({ ratio }) => ratio)),
  }
}

async function measureRates(): Promise<Pick<Figures, "rows" | "goals">> {
  const rows: string[][] = []
  const goals: Goal[] = []
  for (const comparison of comparisons) {
    const { name, first, second, bytes: length, goal, ...bound } = comparison
    const { firstUs, secondUs, ratio } = await contestThrice(comparison)
    const cells = [cell(first, firstUs, length), cell(second, secondUs, length)]
    rows.push([name, ...cells, ratio.toFixed(2)])
    if (goal !== undefined) goals.push({ name, is: ratio, goal, unit: " ×", ...bound })
  }
  return { rows, goals }
}

async function measurePeak(): Promise<number> {
  const program = fileURLToPath(new URL("envelope-memory.js", import.meta.url))
  const { ok, stdout, output } = await runNode(["--expose-gc", program, String(streamBytes)])
  if (!ok) throw new Error(output)
  return JSON.parse(stdout).aboveBytes
}

const envelopeSource = "core/src/envelope/index.ts"

/** What an envelope costs over the bare cipher, and what it gains over the library of AWS. */
export async function measureEnvelope(): Promise<Figures> {
  const { rows, goals } = await measureRates()
  const peakMib = (await measurePeak()) / 2 ** 20
  const [loadedKb, allKb] = [
    (await loadedSize(envelopeSource, "createEnvelope", "kmsKeys")).all / 1000,
    (await loadedSize(envelopeSource)).all / 1000,
  ]
  return {
    title: "Envelopes",
    about:
      "Streams of 256 MiB in frames of 64 KiB, or of 4 KiB where it says so, and messages of " +
      "1 KiB, in the suite `ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY`, under a raw AES key. Bare " +
      "is `node:crypto` AES-256-GCM over the same frames in the same kind of stream; by hand is " +
      "a fresh data key, wrapped by AES-GCM, and the payload under it; AWS is " +
      "`@aws-crypto/client-node` with the same suite and frame length, with its caching manager " +
      "for messages. No stream is quicker than the bare one, whose row says how many times the " +
      "library of AWS can be had at the most. Processor time in slices that take turns; the " +
      "median of three pairs of processes. Memory is of a process that encrypts a stream of " +
      "256 MiB and decrypts it; size is minified and zipped, with everything that is imported.",
    head: ["what", "first", "second", "ratio"],
    rows: [
      ...rows,
      ["memory at the most, above idle", `${peakMib.toFixed(0)} MiB`, "", ""],
      ["size of `createEnvelope` and `kmsKeys`", `${loadedKb.toFixed(1)} KB`, "", ""],
      ["size of all of `./envelope`", `${allKb.toFixed(1)} KB`, "", ""],
    ],
    goals: [
      ...goals,
      { name: "memory of a stream, above idle", is: peakMib, goal: 64, unit: " MiB" },
      { name: "size of all of `./envelope`", is: allKb, goal: 40, unit: " KB" },
    ],
  }
}
