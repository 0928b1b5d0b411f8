import { type ChildProcess, fork } from "node:child_process"
import process from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { within, type Zone } from "../servers/zones.js"
import type { Address, FromHost, HostOptions, Members, ToHost } from "./messages.js"

/** The hosts of a drill, each a process of its own. */
export interface Fleet {
  readonly size: number
  /** Makes a call at a host. Rejects with an `Error` whose name says why. */
  call(host: number, operation: string, input: Members): Promise<Members>
  /** Kills a host without warning, and opens another in its place. */
  kill(host: number): Promise<void>
  signal(host: number, signal: "SIGSTOP" | "SIGCONT"): void
  setClock(host: number, aheadMs: number): void
  /** Whatever is still there ends at once. */
  end(): void
}

interface Asked {
  readonly resolve: (output: Members) => void
  readonly reject: (error: Error) => void
}

interface Host {
  readonly child: ChildProcess
  readonly asked: Map<number, Asked>
  readonly opened: Promise<string | undefined>
}

/** A host of this build. */
export const hostProgram = fileURLToPath(new URL("../../dist/drill/host.js", import.meta.url))

export interface FleetOptions {
  readonly rootKey: Uint8Array
  /**
   * What hosts are: each of these in turn. One that is killed comes back as the next, so that an
   * upgrade rolls on and on.
   */
  readonly programs: readonly string[]
  /** Hosts are in these zones in turn. */
  readonly zones: readonly Zone[]
  /** After so long a caller gives up; what was asked may still be done. */
  readonly callTimeoutMs: number
}

const failure = (name: string, message = name): Error => Object.assign(new Error(message), { name })

function spawn(program: string, zone: Zone, options: HostOptions): Host {
  const [execPath, execArgv] = within(zone, process.execPath, ["--no-warnings"])
  const child = fork(program, [], { execPath, execArgv, serialization: "advanced" })
  const asked = new Map<number, Asked>()
  const opened = new Promise<string | undefined>((resolve) => {
    child.once("exit", () => resolve("it ended"))
    child.on("message", (message: FromHost) => {
      if (message.kind === "opened") resolve(undefined)
      if (message.kind === "not opened") resolve(message.error)
      if (message.kind === "answer") asked.get(message.id)?.resolve(message.output)
      if (message.kind === "refusal") {
        asked.get(message.id)?.reject(failure(message.name, message.message))
      }
    })
  })
  child.once("exit", () => {
    for (const { reject } of asked.values()) reject(failure("HostGone"))
  })
  // It was killed with something on its way to it.
  child.on("error", () => undefined)
  child.send({ kind: "open", options } satisfies ToHost)
  return { child, asked, opened }
}

/** Opens a host for each address. */
export async function openFleet(
  addresses: readonly Address[],
  { rootKey, programs, zones, callTimeoutMs }: FleetOptions,
): Promise<Fleet> {
  const hosts: Host[] = []
  const turns = addresses.map((_, i) => i)
  const starting = new Set<ChildProcess>()
  let isOver = false
  let callsCount = 0

  /** Until it opens: its store may be away at the moment. */
  const open = async (i: number): Promise<void> => {
    const address = addresses[i] as Address
    const turn = turns[i] ?? 0
    const zone = zones[i % zones.length] as Zone
    turns[i] = turn + 1
    while (!isOver) {
      const host = spawn(programs[turn % programs.length] as string, zone, { address, rootKey })
      starting.add(host.child)
      const failed = await host.opened
      starting.delete(host.child)
      if (failed === undefined) {
        hosts[i] = host
        return
      }
      host.child.kill("SIGKILL")
      await wait(200)
    }
  }
  await Promise.all(addresses.map((_, i) => open(i)))

  const send = (host: Host, message: ToHost): void => {
    if (!host.child.connected) throw failure("HostGone")
    host.child.send(message)
  }

  const call: Fleet["call"] = async (i, operation, input) => {
    const host = hosts[i] as Host
    callsCount += 1
    const id = callsCount
    const late = setTimeout(() => host.asked.get(id)?.reject(failure("Timeout")), callTimeoutMs)
    try {
      return await new Promise<Members>((resolve, reject) => {
        host.asked.set(id, { resolve, reject })
        send(host, { kind: "call", id, operation, input })
      })
    } finally {
      clearTimeout(late)
      host.asked.delete(id)
    }
  }

  /** Those that are killed and not back yet. */
  const away = new Map<number, Promise<void>>()
  const killOne = async (i: number): Promise<void> => {
    const { child } = hosts[i] as Host
    const gone = new Promise((resolve) => child.once("exit", resolve))
    child.kill("SIGKILL")
    await gone
    await open(i)
  }

  return {
    size: addresses.length,
    call,
    kill: async (i) => {
      while (away.has(i)) await away.get(i)
      const back = killOne(i)
      away.set(i, back)
      await back.finally(() => away.delete(i))
    },
    signal: (i, signal) => void hosts[i]?.child.kill(signal),
    setClock: (i, aheadMs) => {
      const host = hosts[i]
      if (host?.child.connected === true) send(host, { kind: "clock", aheadMs })
    },
    end: () => {
      isOver = true
      for (const child of [...starting, ...hosts.map((host) => host.child)]) child.kill("SIGKILL")
    },
  }
}
