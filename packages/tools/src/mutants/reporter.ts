import { readFileSync } from "node:fs"
import { relative } from "node:path"
import { performance } from "node:perf_hooks"
import process from "node:process"
import { type MutantResult, PlanKind } from "@stryker-mutator/api/core"
import { declareFactoryPlugin, PluginKind } from "@stryker-mutator/api/plugin"
import type { MutationTestingPlanReadyEvent, Reporter } from "@stryker-mutator/api/report"
import type { MutantMessage, Tried } from "./messages.js"
import { type Draw, drawn } from "./sample.js"

const tell = (message: MutantMessage): void => void process.send?.(message)

/** A test that hangs notices, too. */
const outcomes: Readonly<Record<string, Tried["outcome"]>> = {
  Killed: "noticed",
  Timeout: "noticed",
  Survived: "unnoticed",
  NoCoverage: "unnoticed",
}

/** The text between two places of a file, whose lines and columns count from 1. */
function textAt(file: string, { start, end }: MutantResult["location"]): string {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .slice(start.line - 1, end.line)
  const last = lines.length - 1
  lines[last] = lines[last]?.slice(0, end.column - 1) ?? ""
  lines[0] = lines[0]?.slice(start.column - 1) ?? ""
  return lines.join("\n")
}

function triedOf(result: MutantResult, isTrusted: boolean): Tried {
  const { fileName, location, mutatorName: mutator, replacement = "", status } = result
  const isUnclear = status === "Timeout" && !isTrusted
  return {
    file: relative(process.cwd(), fileName),
    line: location.start.line,
    mutator,
    original: textAt(fileName, location),
    replacement,
    outcome: isUnclear ? "unclear" : (outcomes[status] ?? "unclear"),
  }
}

const tickMs = 1000
const stillMs = 5000

/**
 * Answers whether time passed as it should: not just after this process stood still for a while,
 * which ends tests for their time that did not hang.
 */
function watchTime(): () => boolean {
  let tickedMs = performance.now()
  let stoodStillMs = Number.NEGATIVE_INFINITY
  const look = (): void => {
    const nowMs = performance.now()
    if (nowMs - tickedMs > stillMs) stoodStillMs = nowMs
    tickedMs = nowMs
  }
  setInterval(look, tickMs).unref()
  return () => {
    look()
    return performance.now() - stoodStillMs > stillMs
  }
}

type Plan = MutationTestingPlanReadyEvent["mutantPlans"][number]

/** Of a mistake among all. */
const nameOf = ({ mutant }: Plan): string => {
  const { start, end } = mutant.location
  const place = [start.line, start.column, end.line, end.column].join(":")
  return `${relative(process.cwd(), mutant.fileName)}:${place} ${mutant.replacement}`
}

/**
 * What one test alone ran may be remembered for those behind it, as a schema is: such a mistake is
 * tried against all of them.
 */
function againstAll(plans: readonly Plan[]): readonly Plan[] {
  const timeouts = plans.map((one) => (one.plan === PlanKind.Run ? one.runOptions.timeout : 0))
  const timeout = Math.max(0, ...timeouts)
  return plans.map((one) => {
    if (one.plan !== PlanKind.Run || one.runOptions.testFilter?.length !== 1) return one
    const { testFilter: _, ...others } = one.runOptions
    const all = { timeout, mutantActivation: "static", reloadEnvironment: true } as const
    return { ...one, runOptions: { ...others, ...all } }
  })
}

/** Tells of each mistake as soon as it was tried, so that a run may end at any time. */
function tellingReporter(): Reporter {
  const isTrusted = watchTime()
  const draw: Draw | undefined = JSON.parse(process.env["MUTANTS_DRAW"] ?? "null") ?? undefined
  return {
    onMutationTestingPlanReady({ mutantPlans }) {
      const all = mutantPlans.length
      // The list is the one that is gone through afterwards: nothing else can be told to.
      const plans = mutantPlans as Plan[]
      const wanted = draw === undefined ? [...plans] : drawn(plans, draw, nameOf)
      plans.splice(0, all, ...againstAll(wanted))
      tell({ kind: "planned", all, count: mutantPlans.length })
    },
    onMutantTested: (result) => tell({ kind: "tried", tried: triedOf(result, isTrusted()) }),
  }
}

/** Found by this name by what loads the plugin. */
export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.Reporter, "telling", tellingReporter),
]
