import type { Operation } from "./history.js"
import type { HistoryVerdict } from "./verdict.js"

/** More is nothing that anyone reads. */
const shownMax = 12

const show = (value: unknown): string => {
  const text = JSON.stringify(value, (_, member) => (isBytes(member) ? showBytes(member) : member))
  return text === undefined ? "" : text.length > 300 ? `${text.slice(0, 300)} …` : text
}

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
const showBytes = ({ length }: Uint8Array): string => `${length} bytes`

function line<Call, Reply>({ call, start, answer }: Operation<Call, Reply>): string {
  const end = answer === undefined ? "no answer" : String(answer.end)
  return `  ${start} to ${end}: ${show(call)} ${answer === undefined ? "" : show(answer.reply)}`
}

/** A verdict for people: where the calls stop making sense. */
export function renderVerdict<Call, Reply>(verdict: HistoryVerdict<Call, Reply>): string {
  if (verdict.verdict === "linearizable") return `linearizable, in ${verdict.steps} steps`
  const { operations, things, steps } = verdict
  const what = `${operations.length} calls about ${things.slice(0, 5).join(", ")}`
  if (verdict.verdict === "undecided") return `undecided after ${steps} steps: ${what}`
  const { order, next, state } = verdict
  const last = order.slice(-shownMax)
  return [
    `not linearizable: ${what}`,
    `${order.length} of them can be put in order, the last of which are`,
    ...last.map(line),
    `and lead to ${state.length > 600 ? `${state.slice(0, 600)} …` : state}`,
    "but none of these can come next with its reply:",
    ...next.slice(0, shownMax).map(line),
  ].join("\n")
}
