import { callNames } from "./call-names.js"
import type { Figures } from "./figures.js"
import { contest } from "./slices.js"

const goal = 1.5

/** The engine with everything around the cryptography, against the cryptography alone. */
export async function measureCalls(): Promise<Figures> {
  const rows: string[][] = []
  const goals: { name: string; is: number; goal: number; unit: string }[] = []
  for (const name of callNames) {
    const contestant = (side: string) => ["call-contestant.js", side, name] as const
    const found = await contest(contestant("engine"), contestant("floor"))
    const { firstUs, secondUs, ratio } = found
    rows.push([name, firstUs.toFixed(1), secondUs.toFixed(1), ratio.toFixed(2)])
    goals.push({ name, is: ratio, goal, unit: " ×" })
  }
  return {
    title: "Calls",
    about:
      "`kms.as(…)` on the memory storage with the noble suite, policies on, against the bare " +
      "noble primitives doing the same cryptography on bytes of the same lengths: open the key " +
      "token (AES-GCM), derive the message key (one HMAC-SHA-256), encrypt or decrypt (AES-GCM). " +
      "A process for each, slices of 60 ms in turn, processor time; medians of 25 rounds, and " +
      "the ratio is the median of the ratios of the rounds.",
    head: ["call", "engine µs", "primitives µs", "ratio"],
    rows,
    goals,
  }
}
