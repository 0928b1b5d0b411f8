import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { root } from "./paths.js"

export interface Ran {
  readonly ok: boolean
  readonly stdout: string
  /** Both streams, in the order in which they came. */
  readonly output: string
}

export interface RunOptions {
  /** Default: the root of the repository. */
  readonly cwd?: string
  readonly timeoutMs?: number
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Runs a program to its end. Never rejects: a program that cannot be started has failed. */
export function run(
  command: string,
  args: readonly string[],
  { cwd = root, timeoutMs = 600_000, environment = {} }: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const shell = process.platform === "win32" && !command.endsWith(".exe")
    const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", ...environment }
    delete env.FORCE_COLOR
    const child = spawn(command, args, { cwd, env, shell, stdio: "pipe" })
    // spawn's own limit outlives a program that there is not, and this process would wait for it.
    const limit = setTimeout(() => child.kill(), timeoutMs)
    let stdout = ""
    let output = ""
    child.stdin.end()
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    child.on("error", (error) => {
      clearTimeout(limit)
      resolve({ ok: false, stdout, output: `${output}${error}` })
    })
    child.on("close", (code, signal) => {
      clearTimeout(limit)
      const ending = signal === null ? "" : `\nended by ${signal} (limit ${timeoutMs / 1000} s)`
      resolve({ ok: code === 0, stdout, output: output + ending })
    })
  })
}

export const runNode = (args: readonly string[], options?: RunOptions): Promise<Ran> =>
  run(process.execPath, args, options)

/** The file behind a program of a package that the root or this package depends on. */
export function programOf(packageName: string, program = packageName): string {
  const folders = [root, join(root, "packages", "tools")]
  const folder = folders
    .map((base) => join(base, "node_modules", packageName))
    .find((path) => existsSync(join(path, "package.json")))
  if (folder === undefined) throw new Error(`${packageName} is not installed: npm run setup`)
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  return join(folder, typeof bin === "string" ? bin : bin[program])
}

/** The package manager in the version that the root `package.json` names. */
export function runPnpm(args: readonly string[], options?: RunOptions): Promise<Ran> {
  const manifest = readFileSync(join(root, "package.json"), "utf8")
  const pnpm = /pnpm@\d+\.\d+\.\d+/.exec(manifest)?.[0]
  if (pnpm === undefined) throw new Error("package.json names no version of pnpm")
  return run("npx", ["--yes", pnpm, ...args], options)
}
