import { join } from "node:path"
import { root } from "../paths.js"
import { runNode } from "../run.js"
import type { Check } from "./check.js"

const drill = join(root, "packages", "tools", "dist", "drill.js")
const seconds = 6

/**
 * Hosts of this version and of the previous one on etcd and on PostgreSQL, while members, hosts and
 * links are harmed, for a moment.
 */
export const drillCheck: Check = {
  name: "drill",
  async run() {
    const args = ["--no-warnings", drill, "--seconds", String(seconds), "--previous"]
    const { ok, output } = await runNode(args, { timeoutMs: 400_000 })
    const served = [...output.matchAll(/^(?:SKIPPED {2})?(etcd|PostgreSQL|postgres)\b.*$/gm)]
    const skipped = served.filter(([line]) => line.startsWith("SKIPPED")).map(([, name]) => name)
    const without = skipped.length === 0 ? "" : `, without ${skipped.join(" and ")}`
    return {
      ok,
      summary: `${seconds} s on each store${without}, all linearizable`,
      details: output,
    }
  },
}
