// A process that starts another one, prints its id, and lives until it is killed: started by
// processes.test.ts with the name of a script and its arguments.
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import "./end-with-parent.mjs"

const [script, ...args] = process.argv.slice(2)
const path = fileURLToPath(new URL(script, import.meta.url))
const child = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] })
child.stdout.resume()
process.stdout.write(`${child.pid}\n`)
