import { join } from "node:path"
import { root } from "../paths.js"
import { runNode } from "../run.js"
import type { Check } from "./check.js"

const soak = join(root, "packages", "tools", "dist", "soak.js")
const seconds = 15

/** Hosts that are killed, a lock that is held and a disk that fills, for a moment. */
export const soakCheck: Check = {
  name: "soak",
  async run() {
    const args = ["--no-warnings", soak, "--seconds", String(seconds)]
    const { ok, output } = await runNode(args, { timeoutMs: 300_000 })
    return { ok, summary: `${seconds} s, hosts killed, lock held, disk full`, details: output }
  },
}
