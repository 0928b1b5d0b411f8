import type { Answered, Model, Operation } from "./history.js"

/*
 * The search for one order of calls that explains what all callers saw: each call somewhere
 * between its start and its end, and each reply what the model says at that place.
 *
 * Sources: J. M. Wing and C. Gong, "Testing and Verifying Concurrent Objects", 1993; G. Lowe,
 * "Testing for Linearizability", 2017, for remembering what was tried.
 */

/** So much of what is remembered costs as much as a step: also the memory has an end. */
const charactersOfStep = 256

/** What is left of the steps that a check may take. */
export interface Budget {
  stepsLeft: number
}

export type Found<Call, Reply> =
  | { readonly found: "an order" }
  | { readonly found: "nothing in time" }
  | ({ readonly found: "no order" } & Dead<Call, Reply>)

/** How far it went. */
export interface Dead<Call, Reply> {
  /** As many of the calls as any order explains. */
  readonly order: readonly Operation<Call, Reply>[]
  /** The state that they lead to, as text. */
  readonly state: string
  /** The calls that may come next, and have replies that this state does not give. */
  readonly next: readonly Operation<Call, Reply>[]
}

type Ended<Call, Reply> = Operation<Call, Reply> & { readonly answer: Answered<Reply> }

/** A place in the search: some calls have their places, and led to a state. */
interface Place<State, Call, Reply> {
  readonly state: State
  readonly text: string
  /** Of the calls with an answer, by their start: all before this one have their places. */
  readonly low: number
  /** And these behind it, in their order. */
  readonly ahead: readonly number[]
  /** The calls without an answer that have taken effect, in their order. */
  readonly lost: readonly number[]
  readonly before: Place<State, Call, Reply> | undefined
  /** The calls that led here from the place before. */
  readonly by: readonly Operation<Call, Reply>[]
  readonly choices: Iterator<Choice>
  /** Calls with an answer that might be next, and have replies that this state does not give. */
  readonly impossible: number[]
}

/** Calls without an answer that take effect now, and the call with an answer behind them. */
interface Choice {
  readonly lost: readonly number[]
  readonly ended: number | undefined
}

/**
 * How many calls without an answer may take effect in a row, and only so that a call behind them
 * is possible. Most histories are explained that way, and the search for it is short.
 */
const shortWays = [1, 2] as const
/** Any of them at any place: what is not explained so is not explained. */
const everyWay = Number.POSITIVE_INFINITY

const withIndex = (sorted: readonly number[], index: number): readonly number[] => {
  const at = sorted.findIndex((other) => other > index)
  return at < 0 ? [...sorted, index] : [...sorted.slice(0, at), index, ...sorted.slice(at)]
}

/** The calls with an answer of which each may be the next: none of the others ended before. */
function nextEnded<Call, Reply>(
  ended: readonly Ended<Call, Reply>[],
  low: number,
  ahead: readonly number[],
): { readonly next: readonly number[]; readonly firstEnd: number } {
  const done = new Set(ahead)
  let firstEnd = Number.POSITIVE_INFINITY
  const open: number[] = []
  for (let i = low; i < ended.length; i += 1) {
    const { start, answer } = ended[i] as Ended<Call, Reply>
    if (start > firstEnd) break
    if (done.has(i)) continue
    open.push(i)
    firstEnd = Math.min(firstEnd, answer.end)
  }
  const next = open.filter((i) => (ended[i]?.start ?? 0) <= firstEnd)
  return { next, firstEnd }
}

/** Behind the calls that have their places without a gap. */
function pastDone(low: number, ahead: readonly number[]) {
  let skipped = 0
  while (ahead[skipped] === low + skipped) skipped += 1
  return { low: low + skipped, ahead: ahead.slice(skipped) }
}

/** The calls of a history as the search sees them. */
function groundOf<State, Call, Reply>(
  operations: readonly Operation<Call, Reply>[],
  model: Model<State, Call, Reply>,
) {
  const byStart = operations.toSorted((a, b) => a.start - b.start)
  const ended = byStart.filter((one): one is Ended<Call, Reply> => one.answer !== undefined)
  // A read that nobody has heard of tells nothing.
  const lost = byStart.filter(
    ({ call, answer }) => answer === undefined && !model.isRead(call, undefined),
  )
  const likeness = lost.map(({ call }) => JSON.stringify(call))

  /** Calls without an answer that may take effect now; of those that are alike, the first. */
  const nextLost = (taken: readonly number[], firstEnd: number): readonly number[] => {
    const done = new Set(taken)
    const shown = new Set<string>()
    return lost.flatMap(({ start }, i) => {
      const text = likeness[i] ?? ""
      if (start > firstEnd || done.has(i) || shown.has(text)) return []
      shown.add(text)
      return i
    })
  }
  return { ended, lost, nextLost }
}

/** What may come next at a place. Calls with an answer must have one, and are tried first. */
function* choicesAt<State, Call, Reply>(
  { low, ahead, lost: taken, impossible }: Omit<Place<State, Call, Reply>, "choices">,
  { ended, nextLost }: ReturnType<typeof groundOf<unknown, Call, Reply>>,
  lostInRowMax: number,
): Generator<Choice, void> {
  const { next, firstEnd } = nextEnded(ended, low, ahead)
  for (const index of next) yield { lost: [], ended: index }
  function* rowsOf(length: number, row: readonly number[]): Generator<readonly number[], void> {
    if (row.length === length) return yield row
    for (const i of nextLost([...taken, ...row], firstEnd)) yield* rowsOf(length, [...row, i])
  }
  if (lostInRowMax === everyWay) {
    for (const lost of rowsOf(1, [])) yield { lost, ended: undefined }
    return
  }
  for (let length = 1; length <= lostInRowMax; length += 1) {
    for (const lost of rowsOf(length, [])) {
      for (const index of impossible) yield { lost, ended: index }
    }
  }
}

/** One search, in which so many calls without an answer may take effect in a row. */
function searchWith<State, Call, Reply>(
  operations: readonly Operation<Call, Reply>[],
  model: Model<State, Call, Reply>,
  budget: Budget,
  lostInRowMax: number,
): Found<Call, Reply> {
  type Here = Place<State, Call, Reply>
  const ground = groundOf(operations, model)
  const { ended, lost } = ground
  const seen = new Set<string>()
  /** Each state that was met, by a number: many places have the same. */
  const numbers = new Map<string, number>()

  const open = (place: Omit<Here, "choices" | "impossible">): Here => {
    const begun = { ...place, impossible: [] }
    return { ...begun, choices: choicesAt(begun, ground, lostInRowMax) }
  }

  const step = (from: Here, choice: Choice): Here | undefined => {
    let { state, text, lost: taken } = from
    const by: Operation<Call, Reply>[] = []
    const take = (one: Operation<Call, Reply>): "changed" | "the same" | undefined => {
      budget.stepsLeft -= 1
      const after = model.after(state, one.call, one.answer?.reply)
      if (after === undefined) return undefined
      const textAfter = after === state ? text : model.textOf(after)
      const isSame = textAfter === text
      by.push(one)
      state = after
      text = textAfter
      return isSame ? "the same" : "changed"
    }
    for (const index of choice.lost) {
      // What changes nothing may as well never have happened.
      if (take(lost[index] as Operation<Call, Reply>) !== "changed") return undefined
      taken = withIndex(taken, index)
    }
    const reached = { state, text, lost: taken, before: from, by }
    if (choice.ended === undefined) {
      return open({ ...reached, low: from.low, ahead: from.ahead })
    }
    const one = ended[choice.ended] as Ended<Call, Reply>
    const taking = take(one)
    if (taking === undefined) {
      if (choice.lost.length === 0) from.impossible.push(choice.ended)
      return undefined
    }
    // What only reads, and may be here, is nowhere better: the others are not tried.
    const isRead = taking === "the same" && model.isRead(one.call, one.answer.reply)
    if (isRead && choice.lost.length === 0) from.choices.return?.()
    const done = pastDone(from.low, withIndex(from.ahead, choice.ended))
    return open({ ...reached, ...done, state, text })
  }

  const numberOf = (text: string): number => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    budget.stepsLeft -= Math.floor(text.length / charactersOfStep)
    numbers.set(text, numbers.size)
    return numbers.size - 1
  }
  const isNew = ({ low, ahead, lost: taken, text }: Here): boolean => {
    const name = `${low};${ahead};${taken};${numberOf(text)}`
    return seen.size < seen.add(name).size
  }

  const { initial } = model
  const start = { state: initial, text: model.textOf(initial), low: 0, ahead: [], lost: [] }
  let here: Here | undefined = open({ ...start, before: undefined, by: [] })
  let furthest = here
  while (here !== undefined) {
    if (here.low === ended.length) return { found: "an order" }
    if (budget.stepsLeft <= 0) return { found: "nothing in time" }
    const choice: IteratorResult<Choice> = here.choices.next()
    if (choice.done === true) {
      here = here.before
      continue
    }
    const next: Here | undefined = step(here, choice.value)
    if (next === undefined || !isNew(next)) continue
    if (next.low + next.ahead.length > furthest.low + furthest.ahead.length) furthest = next
    here = next
  }
  return { found: "no order", ...deadEnd(furthest, ended) }
}

/** The short ways first: they find an order soon, or say nothing. */
export function searchOrder<State, Call, Reply>(
  operations: readonly Operation<Call, Reply>[],
  model: Model<State, Call, Reply>,
  budget: Budget,
): Found<Call, Reply> {
  const hasLost = operations.some(({ answer }) => answer === undefined)
  for (const lostInRowMax of hasLost ? shortWays : []) {
    const share = { stepsLeft: Math.floor(budget.stepsLeft / 4) }
    const stepsBefore = share.stepsLeft
    const found = searchWith(operations, model, share, lostInRowMax)
    budget.stepsLeft -= stepsBefore - share.stepsLeft
    if (found.found === "an order") return found
  }
  return searchWith(operations, model, budget, everyWay)
}

function deadEnd<State, Call, Reply>(
  furthest: Place<State, Call, Reply>,
  ended: readonly Ended<Call, Reply>[],
): Dead<Call, Reply> {
  const order: Operation<Call, Reply>[] = []
  for (let at: typeof furthest | undefined = furthest; at !== undefined; at = at.before) {
    order.push(...at.by.toReversed())
  }
  const { next } = nextEnded(ended, furthest.low, furthest.ahead)
  return {
    order: order.reverse(),
    state: furthest.text,
    next: next.map((i) => ended[i] as Ended<Call, Reply>),
  }
}
