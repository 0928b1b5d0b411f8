import { sourceRule } from "../rule.js"
import type { Token } from "../tokens.js"

/** What hangs ends at last; what only works on a busy machine has time. */
const leastMs = 300_000
/** Up to here a number behind a body may be anything that a helper of tests is given. */
const countMax = 10_000

const millisecondsOf = (token: Token | undefined): number =>
  token?.kind === "number" ? Number(token.text.replaceAll("_", "")) : Number.NaN

/** Where the limit of a test, or of a wait in one, stands: as an option, or behind its body. */
function limitAt(code: readonly Token[], i: number): number {
  const [first, second, third, fourth] = code.slice(i, i + 4)
  if (first?.text === "timeout" && second?.text === ":") return millisecondsOf(third)
  const isBehindBody = first?.text === "}" && second?.text === "," && fourth?.text === ")"
  const behind = isBehindBody ? millisecondsOf(third) : Number.NaN
  return behind > countMax ? behind : Number.NaN
}

export const wallClockRule = sourceRule(
  "wall-clock",
  "no test fails because its machine is busy",
  (source) => {
    if (source.part !== "test") return []
    return source.code.flatMap(({ line }, i) =>
      limitAt(source.code, i) < leastMs
        ? [{ line, message: "a limit under five minutes: leave it to the settings of all tests" }]
        : [],
    )
  },
)
