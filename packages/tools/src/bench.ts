import { writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { measureBoundaries } from "./bench/boundaries.js"
import { measureBounds } from "./bench/bounds.js"
import { measureCalls } from "./bench/calls.js"
import { measureEnvelope } from "./bench/envelope.js"
import { type Figures, machineWords, printFigures, shortfall } from "./bench/figures.js"
import { measureFleets } from "./bench/fleets.js"
import { measureMemory } from "./bench/memory.js"
import { measurePolicy } from "./bench/policy.js"
import { measureReads } from "./bench/reads.js"
import { measureScale } from "./bench/scale.js"
import { measureSealing } from "./bench/sealing.js"
import { measureStartUp } from "./bench/start-up.js"
import { measureStretches } from "./bench/stretches.js"
import { measureSuites } from "./bench/suites.js"
import { measureTestKit } from "./bench/test-kit.js"
import { measureTokens } from "./bench/tokens.js"
import { measureWrites } from "./bench/writes.js"
import { root } from "./paths.js"

const benches = {
  calls: measureCalls,
  suites: measureSuites,
  "start-up": measureStartUp,
  memory: measureMemory,
  sealing: measureSealing,
  scale: measureScale,
  bounds: measureBounds,
  reads: measureReads,
  stretches: measureStretches,
  policy: measurePolicy,
  "test-kit": measureTestKit,
  writes: measureWrites,
  envelope: measureEnvelope,
  fleets: measureFleets,
  boundaries: measureBoundaries,
  tokens: measureTokens,
} as const satisfies Readonly<Record<string, () => Promise<Figures | undefined>>>

type Name = keyof typeof benches

/** A busy machine may add this much to a ratio before `--check` says no. */
const slack = 1.25

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    /** Prints `docs/performance.md`. */
    write: { type: "boolean", default: false },
    /** Fails when a goal is missed by more than the slack. */
    check: { type: "boolean", default: false },
  },
})

const heading = `# Performance

Measured with \`npm run bench -- --write\` on ${machineWords()}. Microseconds are of that machine; \
ratios are what to look at.`

const parts = [heading]
const missed: string[] = []
const chosen = (Object.keys(benches) as Name[]).filter(
  (name) => values.only?.includes(name) ?? true,
)
for (const name of chosen) {
  const figures = await benches[name]()
  if (figures === undefined) continue
  const text = printFigures(figures)
  process.stdout.write(`${text}\n\n`)
  parts.push(text)
  const late = figures.goals.filter((goal) => shortfall(goal) > slack)
  missed.push(...late.map((goal) => `${goal.name}: ${goal.is.toFixed(2)}, goal ${goal.goal}`))
}

if (values.write && values.only === undefined) {
  writeFileSync(join(root, "docs", "performance.md"), `${parts.join("\n\n")}\n`)
}
if (values.check && missed.length > 0) {
  process.stderr.write(`missed by more than ${(slack - 1) * 100} %\n${missed.join("\n")}\n`)
  process.exitCode = 1
}
