import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { runNode } from "../run.js"
import type { Check } from "./check.js"

/** The examples: packages below `examples/` whose `start` script runs a file on Node. */
function examplePrograms(): readonly { readonly name: string; readonly program: string }[] {
  const folder = join(root, "examples")
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "package.json")))
    .map((name) => {
      const { scripts } = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"))
      const file = /^node (\S+)$/.exec(scripts?.start ?? "")?.[1]
      if (file === undefined) throw new Error(`examples/${name} has no "start": "node <file>"`)
      return { name, program: join(folder, name, file) }
    })
}

/** Every example, run as a user would run it. */
export const examplesCheck: Check = {
  name: "examples",
  async run(workbench) {
    const examples = examplePrograms()
    const failures: string[] = []
    for (const { name, program } of examples) {
      const cwd = workbench.folder(`examples/${name}`)
      const ran = await runNode([program], { cwd, timeoutMs: 120_000 })
      if (!ran.ok) failures.push(`${name}\n${ran.output}`)
    }
    const summary = examples.map(({ name }) => name).join(", ")
    return { ok: failures.length === 0, summary, details: failures.join("\n\n") }
  },
}
