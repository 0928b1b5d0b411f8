import { readFileSync } from "node:fs"
import base from "./vitest.config.js"

/*
 * The same, on sources with switches, and with a runner that takes its orders from the process that
 * tries mistakes: `src/mutants/worker.ts` says where both are.
 */

const sources: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(process.env["MUTANTS_SOURCES"] ?? "", "utf8"),
)

export default {
  ...base,
  plugins: [
    { name: "switches", enforce: "pre" as const, load: (id: string) => sources[id] ?? null },
  ],
  test: {
    ...base.test,
    projects: undefined,
    runner: new URL("dist/mutants/inside/runner.js", import.meta.url).pathname,
    include: [process.env["MUTANTS_BEGIN"] ?? ""],
    isolate: false,
    reporters: [{}],
  },
}
