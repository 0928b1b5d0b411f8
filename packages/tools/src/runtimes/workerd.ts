import { writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { run } from "../run.js"
import { installPackage, reportIn } from "./packaged.js"
import type { Runtime } from "./report.js"

/** A Worker, in the words of Cap'n Proto: the export `worker` of a module. */
const configOf = (module: string, date: string): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .program)]);
const program :Workerd.Worker = (
  modules = [
    (name = "main", esModule = "export { worker as default } from '${module}'"),
    (name = "${module}", esModule = embed "${module}"),
  ],
  compatibilityDate = "${date}"
);
`

/** What Cloudflare runs Workers on, as it is without flags on the day of its version. */
export const workerd: Runtime = {
  name: "workerd",
  program: "worker",
  install: (folder) => installPackage(folder, "workerd@1"),
  async run(folder, program) {
    const command = join(folder, "node_modules", ".bin", "workerd")
    const told = await run(command, ["--version"])
    const version = told.stdout.trim().split(" ").at(-1) ?? ""
    const config = join(folder, "program.capnp")
    writeFileSync(config, configOf(basename(program), version))
    const ran = await run(command, ["test", config], { cwd: folder, timeoutMs: 600_000 })
    return { ...reportIn(ran), version }
  },
}
