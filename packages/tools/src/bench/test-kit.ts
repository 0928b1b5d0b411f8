import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { root } from "../paths.js"
import { runNode } from "../run.js"
import { type Figures, type Goal, median } from "./figures.js"
import { type SdkCallName, sdkCallNames } from "./sdk-call-names.js"
import { contest } from "./slices.js"
import { floorProgram } from "./start-up.js"

const importRounds = 21

/** From start to end of a fresh process, in ms. */
async function runMs(program: string, packageFolder: string): Promise<number> {
  const start = performance.now()
  const cwd = join(root, "packages", packageFolder)
  const { ok, output } = await runNode(["--input-type=module", "--eval", program], { cwd })
  if (!ok) throw new Error(output)
  return performance.now() - start
}

/** Importing the kit, against importing what it stands on. */
async function measureImport(): Promise<Goal> {
  const ratios: number[] = []
  for (let round = 0; round <= importRounds; round += 1) {
    const kitMs = await runMs('import "@keywright/testing"', "testing")
    const floorMs = await runMs(floorProgram, "core")
    // The first round fills the caches of the file system.
    if (round > 0) ratios.push(kitMs / floorMs)
  }
  return { name: "import / imports of zod and noble", is: median(ratios), goal: 1.3, unit: " ×" }
}

interface Times {
  readonly firstMs: number
  readonly createMs: number
  readonly seededMs: number
  readonly forkMs: number
  readonly backMs: number
}

async function measureTimes(): Promise<Times> {
  const program = fileURLToPath(new URL("test-kit-times.js", import.meta.url))
  const { ok, stdout, output } = await runNode([program])
  if (!ok) throw new Error(output)
  return JSON.parse(stdout)
}

const ms = (value: number): string => `${value.toFixed(3)} ms`

function timeRows(times: Times): readonly (readonly string[])[] {
  return [
    ["createTestKms, the first in a process", ms(times.firstMs), "", "", ""],
    ["createTestKms, after the first", ms(times.createMs), "", "", ""],
    ["createTestKms with a seed, after the first", ms(times.seededMs), "", "", ""],
    ["snapshot and restore, 1,000 keys", ms(times.backMs), "", "", ""],
    ["fork, 1,000 keys", ms(times.forkMs), "", "", ""],
  ]
}

const us = (value: number, ratio: number): string => `${value.toFixed(0)} µs, ${ratio.toFixed(2)} ×`

/** The AWS SDK is much code, and compiled long after its first call. */
const warmUpMs = 10_000

/** At most so many times a canned reply, as the kit and with its protocol, and a server's. */
const sdkGoals: Readonly<Record<SdkCallName, { canned: number; protocol: number }>> = {
  DescribeKey: { canned: 1, protocol: 0.6 },
  "GenerateDataKey, AES_256": { canned: 1.25, protocol: 0.8 },
  "Decrypt, 32 bytes": { canned: 1.25, protocol: 0.6 },
}

/** Calls through the AWS SDK client, answered by the kit, by a canned reply and by a server. */
async function measureSdk() {
  const rows: string[][] = []
  const goals: Goal[] = []
  for (const call of sdkCallNames) {
    const script = (side: string) => ["sdk-contestant.js", side, call] as const
    const canned = await contest(script("kit"), script("canned"), { warmUpMs })
    const protocol = await contest(script("protocol"), script("canned"), { warmUpMs })
    const loopback = await contest(script("kit"), script("loopback"), { warmUpMs })
    rows.push([
      `${call}, through the AWS SDK client`,
      `${canned.firstUs.toFixed(0)} µs`,
      us(protocol.firstUs, protocol.ratio),
      us(canned.secondUs, canned.ratio),
      us(loopback.secondUs, loopback.ratio),
    ])
    const goal = sdkGoals[call]
    goals.push(
      { name: `${call} / canned reply`, is: canned.ratio, goal: goal.canned, unit: " ×" },
      {
        name: `${call}, protocol / canned reply`,
        is: protocol.ratio,
        goal: goal.protocol,
        unit: " ×",
      },
      { name: `${call} / loopback server`, is: loopback.ratio, goal: 0.7, unit: " ×" },
    )
  }
  return { rows, goals }
}

/** What a test pays for `@keywright/testing`. */
export async function measureTestKit(): Promise<Figures> {
  const times = await measureTimes()
  const sdk = await measureSdk()
  return {
    title: "Test kit",
    about:
      "`@keywright/testing`. Times of the kit are wall time, medians of some hundred. Calls go " +
      "through the unmodified AWS SDK client: answered by the kit, by its engine through " +
      "`awsSdkProtocol`, by a request handler with one canned reply, and by an HTTP server on " +
      "the loopback interface with one canned reply. They " +
      "are measured like the calls above, in processor time, that of the server included, when " +
      "both sides have run for 10 s; each slice has a kit and a client of its own. " +
      `Imports are whole processes, medians of ${importRounds} rounds.`,
    head: ["what", "kit", "its own protocol / canned", "canned reply", "loopback server"],
    rows: [...timeRows(times), ...sdk.rows],
    goals: [
      { name: "createTestKms, after the first", is: times.createMs, goal: 5, unit: " ms" },
      { name: "snapshot and restore, 1,000 keys", is: times.backMs, goal: 2, unit: " ms" },
      { name: "fork, 1,000 keys", is: times.forkMs, goal: 0.2, unit: " ms" },
      await measureImport(),
      ...sdk.goals,
    ],
  }
}
