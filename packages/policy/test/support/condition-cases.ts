import { readdirSync, readFileSync } from "node:fs"
import type { ContextValue } from "../../src/index.js"

export interface ConditionCase {
  readonly operator: string
  readonly values: readonly (string | boolean | number)[]
  /** Absent: the key is not in the request. */
  readonly request?: ContextValue
  /** More context, for variables. */
  readonly context?: Record<string, ContextValue>
  readonly version?: string
  /** The effect of the statement with the condition; `Allow` where nothing is said. */
  readonly effect?: "Allow" | "Deny"
  readonly holds: boolean
}

interface ConditionTopic {
  readonly topic: string
  readonly cases: readonly ConditionCase[]
}

const folder = new URL("../cases/", import.meta.url)

/** Every case file on conditions. */
export const conditionTopics: readonly ConditionTopic[] = readdirSync(folder)
  .filter((name) => name.startsWith("conditions-"))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")))
