import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { run } from "../run.js"
import { twoAtOnce } from "../two-at-once.js"
import type { Check } from "./check.js"

interface Example {
  readonly name: string
  /** The scripts to run, in this order. */
  readonly scripts: readonly string[]
}

/** What shows that an example works. One without any is there for others to import. */
const telling = ["start", "test"] as const

/** The packages below `examples/`. */
function findExamples(): readonly Example[] {
  const folder = join(root, "examples")
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "package.json")))
    .map((name) => {
      const manifest = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"))
      const scripts = telling.filter((script) => manifest.scripts?.[script] !== undefined)
      if (scripts.length === 0 && manifest.exports === undefined) {
        throw new Error(`examples/${name} has no script ${telling.join(" or ")}`)
      }
      return { name, scripts }
    })
}

/** Runs the scripts of an example, each with the tool that it names; answers what went wrong. */
async function failureOf({ name, scripts }: Example): Promise<string | undefined> {
  const cwd = join(root, "examples", name)
  for (const script of scripts) {
    const ran = await run("npm", ["run", "--silent", script], { cwd, timeoutMs: 120_000 })
    if (!ran.ok) return `${name}: npm run ${script}\n${ran.output}`
  }
  return undefined
}

/** Every example, run as a user would run it. */
export const examplesCheck: Check = {
  name: "examples",
  async run() {
    const examples = findExamples().filter(({ scripts }) => scripts.length > 0)
    const failures: string[] = []
    await twoAtOnce(examples, async (example) => {
      const failure = await failureOf(example)
      if (failure !== undefined) failures.push(failure)
    })
    const summary = `${examples.length} packages, ${failures.length} failed`
    return { ok: failures.length === 0, summary, details: failures.join("\n\n") }
  },
}
