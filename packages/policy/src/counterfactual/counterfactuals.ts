import type { Bundle } from "../compile/bundle.js"
import { decideSituation } from "../decide/decide.js"
import { situationOf } from "../decide/situation.js"
import type { Decision } from "../vocabulary/decision.js"
import { lowerAscii } from "../vocabulary/fold.js"
import type { PolicyRequest } from "../vocabulary/types.js"
import { applyChanges } from "./apply-changes.js"
import { candidateChanges } from "./candidate-changes.js"
import { type Change, describeChange, isPolicyChange } from "./change.js"

/** A set of changes, none of them superfluous, that turns the answer. */
export interface Counterfactual {
  readonly changes: readonly Change[]
  /** What the evaluator answers after the changes. */
  readonly decision: Decision
  /** The same for a reader. */
  readonly sentence: string
}

export interface CounterfactualOptions {
  /** How many to return; default 3. */
  readonly max?: number | undefined
}

const defaultMax = 3
/** Layers that one suggestion may have to mend: key policy, identity, boundary, session, levels. */
const roundsMax = 8
const evaluationsMax = 400

/**
 * The smallest changes of the request or of a policy that would turn an allow into a denial or a
 * denial into an allow. Every one was applied and evaluated; fewer changes come first, changes of
 * the request before changes of a policy.
 */
export function counterfactuals(
  bundle: Bundle,
  request: PolicyRequest,
  { max = defaultMax }: CounterfactualOptions = {},
): readonly Counterfactual[] {
  let evaluations = 0
  const start = { bundle, request }
  const evaluate = (changes: readonly Change[]) => {
    evaluations += 1
    const applied = applyChanges(start, changes)
    const situation = situationOf(applied.bundle, applied.request)
    return { situation, decision: decideSituation(situation) }
  }
  const isAllowed = (changes: readonly Change[]) => evaluate(changes).decision.effect === "allow"
  const before = isAllowed([])
  const turns = (changes: readonly Change[]) => isAllowed(changes) !== before
  const found = new Map<string, readonly Change[]>()
  let round: (readonly Change[])[] = [[]]
  for (let count = 0; count < roundsMax && round.length > 0; count += 1) {
    const next: (readonly Change[])[] = []
    for (const changes of round) {
      if (evaluations >= evaluationsMax) break
      const { situation, decision } = evaluate(changes)
      if ((decision.effect === "allow") !== before) {
        const minimal = withoutSuperfluous(changes, turns)
        found.set(JSON.stringify(minimal), minimal)
        continue
      }
      for (const more of candidateChanges(decision, situation)) {
        if (!repeats(changes, more)) next.push([...changes, ...more])
      }
    }
    round = next
    if (found.size >= max) break
  }
  return [...found.values()]
    .sort((left, right) => cost(left) - cost(right))
    .slice(0, max)
    .map((changes) => {
      const { decision } = evaluate(changes)
      return Object.freeze({ changes, decision, sentence: sentenceOf(changes, decision) })
    })
}

/** A second change of the same thing leads in circles. */
function repeats(changes: readonly Change[], more: readonly Change[]): boolean {
  const subjects = new Set(changes.map(subjectOf))
  return more.some((change) => subjects.has(subjectOf(change)))
}

function subjectOf(change: Change): string {
  if (change.change === "setContext" || change.change === "removeContext") {
    return `context ${lowerAscii(change.key)}`
  }
  return change.change === "setEncryptionContext" ? change.change : JSON.stringify(change)
}

/** What is left can spare none: a change may become idle when another one has gone. */
function withoutSuperfluous(
  changes: readonly Change[],
  turns: (changes: readonly Change[]) => boolean,
): readonly Change[] {
  for (const change of changes) {
    const fewer = changes.filter((candidate) => candidate !== change)
    if (turns(fewer)) return withoutSuperfluous(fewer, turns)
  }
  return changes
}

const policyChangeCost = 0.1

const cost = (changes: readonly Change[]): number =>
  changes.length + changes.filter(isPolicyChange).length * policyChangeCost

function sentenceOf(changes: readonly Change[], decision: Decision): string {
  const outcome = decision.effect === "allow" ? "would be allowed" : "would be denied"
  return `The request ${outcome} if you ${changes.map(describeChange).join(" and ")}.`
}
