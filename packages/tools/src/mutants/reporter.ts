import { readFileSync } from "node:fs"
import { relative } from "node:path"
import process from "node:process"
import type { MutantResult } from "@stryker-mutator/api/core"
import { declareFactoryPlugin, PluginKind } from "@stryker-mutator/api/plugin"
import type { Reporter } from "@stryker-mutator/api/report"
import type { MutantMessage, Tried } from "./messages.js"

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

function triedOf(result: MutantResult): Tried {
  const { fileName, location, mutatorName: mutator, replacement = "", status } = result
  return {
    file: relative(process.cwd(), fileName),
    line: location.start.line,
    mutator,
    original: textAt(fileName, location),
    replacement,
    outcome: outcomes[status] ?? "unclear",
  }
}

/** Tells of each mistake as soon as it was tried, so that a run may end at any time. */
const tellingReporter = (): Reporter => ({
  onMutationTestingPlanReady: ({ mutantPlans }) =>
    tell({ kind: "planned", count: mutantPlans.length }),
  onMutantTested: (result) => tell({ kind: "tried", tried: triedOf(result) }),
})

/** Found by this name by what loads the plugin. */
export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.Reporter, "telling", tellingReporter),
]
