import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import type { Duplex } from "node:stream"
import { fileURLToPath } from "node:url"
import { HsmError } from "@keywright/core/hsm"
import { streamLink } from "../links/stream-link.js"
import { enforced } from "../wire/measures.js"
import type { FullPlan, SealPlan } from "../wire/plan.js"
import type { StartBoundary } from "./boundary.js"
import { codeFolders } from "./code-folders.js"
import { programPath } from "./program-path.js"
import { seenMeasures } from "./seen-measures.js"

export interface ProcessOptions {
  /** What else the process may read: files, or folders that end with `*`. Absolute paths. */
  readonly readable: readonly string[]
  /** Native code, which the permission model cannot hold: for modules that need an add-on. */
  readonly addons: "allowed" | "refused"
  /** What starts the process, before what this starts it with; the first is an absolute path. */
  readonly launcher: readonly string[]
  /** The user that the process runs as; the host must have the right to that. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined
}

/** What makes a process promise more than Node can. Both are of util-linux. */
const launchers: readonly (readonly [string, ...string[]])[] = [
  ["/usr/bin/prlimit", "--core=0:0"],
  ["/usr/bin/setpriv", "--no-new-privs"],
]

const knows = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag)

const sealFiles = (seals: readonly SealPlan[]): readonly string[] =>
  seals.flatMap((seal) => ("rootKeyFile" in seal ? [seal.rootKeyFile] : []))

/** The files that only this plan needs. */
function filesOf(plan: FullPlan): readonly string[] {
  if (plan.kind === "software") {
    return sealFiles([plan.software.seal, ...plan.software.formerSeals])
  }
  if (plan.kind === "given") return []
  const { url } = plan
  return url.startsWith("file:") ? codeFolders(fileURLToPath(url)).map(inside) : []
}

const inside = (folder: string): string => `${folder}/*`

/** The flags of Node, which names the permission model differently from 20 to 22. */
function flagsFor(plan: FullPlan, { readable, addons }: ProcessOptions): readonly string[] {
  const files = [...codeFolders(programPath()).map(inside), ...filesOf(plan), ...readable]
  const wanted = ["--disable-sigusr1", ...(addons === "refused" ? ["--no-addons"] : [])]
  return [
    knows("--permission") ? "--permission" : "--experimental-permission",
    ...[...new Set(files)].map((file) => `--allow-fs-read=${file}`),
    ...(addons === "allowed" && knows("--allow-addons") ? ["--allow-addons"] : []),
    // For one system call: the program gives it up before anything else.
    ...(knows("--allow-ffi") ? ["--allow-ffi"] : []),
    ...wanted.filter(knows),
    "--disallow-code-generation-from-strings",
    "--no-warnings",
  ]
}

/** The other end of what the child has as its descriptor 3. */
const socketOf = (child: ChildProcess): Duplex => child.stdio[3] as Duplex

/** A process that runs our program and nothing else, and inherits nothing but a socket. */
export const processBoundary =
  (options: ProcessOptions): StartBoundary =>
  async (plan) => {
    const [first = process.execPath, ...args] = [
      ...options.launcher,
      ...launchers.filter(([path]) => existsSync(path)).flat(),
      process.execPath,
      ...flagsFor(plan, options),
      programPath(),
    ]
    const child = spawn(first, args, {
      cwd: "/",
      env: {},
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      serialization: "json",
      ...options.user,
    })
    const gone = new Promise<void>((resolve) => {
      child.once("exit", () => resolve())
      child.once("error", () => resolve())
    })
    const { pid } = child
    if (pid === undefined) {
      throw new HsmError("unavailable", "the process of the HSM cannot be started")
    }
    child.unref()
    return {
      gone() {
        child.ref()
        return gone
      },
      openLink(events) {
        const link = streamLink(socketOf(child), events)
        return {
          ...link,
          end() {
            child.kill("SIGKILL")
            link.end()
          },
        }
      },
      measures: async () => ({
        ...(await seenMeasures(pid)),
        inspector: enforced("no flag opens one, and the signal for it has another listener"),
      }),
    }
  }
