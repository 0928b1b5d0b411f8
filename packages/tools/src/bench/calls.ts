import { type CallName, callNames } from "./call-names.js"
import type { Figures } from "./figures.js"
import { contest } from "./slices.js"

/** What the engine may cost, as a multiple of the cryptography alone. */
const goals: Readonly<Record<string, { readonly [name in CallName]?: number }>> = {
  noble: {
    "GenerateDataKey, AES_256": 1.5,
    "Encrypt, 4 KiB": 1.5,
    "Decrypt, 32 bytes": 1.5,
  },
  openssl: {
    "GenerateDataKey, AES_256": 2,
    "Encrypt, 4 KiB": 2,
    "Decrypt, 32 bytes": 2,
    "GenerateMac, 32 bytes": 1.5,
  },
}

/** The engine with everything around the cryptography, against the cryptography alone. */
export async function measureCalls(): Promise<Figures> {
  const rows: string[][] = []
  const reached: { name: string; is: number; goal: number; unit: string }[] = []
  for (const [suite, goalOf] of Object.entries(goals)) {
    for (const call of callNames.filter((one) => goalOf[one] !== undefined)) {
      const script = (side: string) => ["call-contestant.js", side, suite, call] as const
      const { firstUs, secondUs, ratio } = await contest(script("engine"), script("floor"))
      const name = `${call} (${suite})`
      rows.push([name, firstUs.toFixed(1), secondUs.toFixed(1), ratio.toFixed(2)])
      reached.push({ name, is: ratio, goal: goalOf[call] as number, unit: " ×" })
    }
  }
  return {
    title: "Calls",
    about:
      "`kms.as(…)` on the memory storage, policies on, against the bare primitives of the same " +
      "suite doing the same cryptography on bytes of the same lengths: open the key token " +
      "(AES-GCM), derive the message key (one HMAC-SHA-256), encrypt or decrypt (AES-GCM); for a " +
      "MAC, open and HMAC. A process for each, slices of 120 ms in turn, processor time; medians " +
      "of 31 rounds, and the ratio is the median of the ratios of the rounds.",
    head: ["call", "engine µs", "primitives µs", "ratio"],
    rows,
    goals: reached,
  }
}
