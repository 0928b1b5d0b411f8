import { parseArgs } from "node:util"

/** What a drill is asked to do. */
export interface Plan {
  /** Default: every store that there is. */
  readonly stores: readonly string[] | undefined
  /** At the latest it ends then. */
  readonly seconds: number
  readonly hosts: number
  /** So many callers share the keys of a round, and so many rounds are played at once. */
  readonly callers: number
  readonly rounds: number
  /** Every other host is one of the previous version, and comes back as the other one. */
  readonly previous: boolean
  /** So many faults at once: with more than one, hosts may be killed while others are. */
  readonly strikes: number
  /** The faults that are played, by a part of their names; default: all. */
  readonly faults: readonly string[]
  /** It ends when all of these are reached; 0 where only the time counts. */
  readonly goals: Reached
}

/** How far a drill is. */
export interface Reached {
  readonly operations: number
  readonly hostKills: number
  readonly memberKills: number
}

export const usage =
  "usage: drill [--store etcd] [--store postgres] [--minutes 5 | --seconds 5…86400]\n" +
  "  [--hosts 2…16] [--callers 1…64] [--rounds 1…32] [--strikes 1…8] [--fault kill]\n" +
  "  [--previous] [--operations 1000000] [--host-kills 10000] [--member-kills 100]\n"

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max

const options = {
  help: { type: "boolean", short: "h", default: false },
  store: { type: "string", multiple: true },
  minutes: { type: "string", default: "5" },
  seconds: { type: "string" },
  hosts: { type: "string", default: "3" },
  callers: { type: "string", default: "6" },
  rounds: { type: "string", default: "1" },
  previous: { type: "boolean", default: false },
  strikes: { type: "string", default: "1" },
  fault: { type: "string", multiple: true },
  operations: { type: "string", default: "0" },
  "host-kills": { type: "string", default: "0" },
  "member-kills": { type: "string", default: "0" },
} as const

/** The arguments by name; `undefined` where one has no such name, or no value. */
function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch {
    return undefined
  }
}

/**
 * Reads the arguments of the program: `"help"` when they ask for it, `undefined` when they are
 * wrong.
 */
export function readPlan(
  args: readonly string[],
  stores: readonly string[],
): Plan | "help" | undefined {
  const values = valuesOf(args)
  if (values === undefined) return undefined
  if (values.help) return "help"
  const plan: Plan = {
    stores: values.store,
    seconds: Number(values.seconds ?? Number(values.minutes) * 60),
    hosts: Number(values.hosts),
    callers: Number(values.callers),
    rounds: Number(values.rounds),
    previous: values.previous,
    strikes: Number(values.strikes),
    faults: values.fault ?? [],
    goals: {
      operations: Number(values.operations),
      hostKills: Number(values["host-kills"]),
      memberKills: Number(values["member-kills"]),
    },
  }
  const isRight =
    plan.seconds >= 5 &&
    plan.seconds <= 86_400 &&
    isWhole(plan.hosts, 2, 16) &&
    isWhole(plan.callers, 1, 64) &&
    isWhole(plan.rounds, 1, 32) &&
    isWhole(plan.strikes, 1, 8) &&
    Object.values(plan.goals).every((goal) => isWhole(goal, 0, 1e9)) &&
    (plan.stores ?? []).every((name) => stores.includes(name))
  return isRight ? plan : undefined
}

/** What was asked for and is not reached yet; `undefined` where only the time counts. */
export function missing({ goals }: Plan, reached: Reached): readonly string[] | undefined {
  const names = Object.keys(goals) as readonly (keyof Reached)[]
  const asked = names.filter((name) => goals[name] > 0)
  if (asked.length === 0) return undefined
  return asked
    .filter((name) => reached[name] < goals[name])
    .map((name) => `${name}: ${reached[name]} of ${goals[name]} when the time was over`)
}
