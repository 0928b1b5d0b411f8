import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Ledger } from "./ledger.js"
import type { FromHost, HostOptions, Sample, ToHost } from "./messages.js"

/** The hosts of a soak, each a process of its own. */
export interface Fleet {
  tellAll(message: ToHost): void
  tell(index: number, message: ToHost): void
  /** Kills a host without warning, and opens another in its place. */
  kill(index: number): Promise<void>
  sample(index: number): Promise<Sample | undefined>
  /** Lets all hosts end by themselves; those that do not in time are killed, and named. */
  stop(timeoutMs: number): Promise<readonly string[]>
  /** Whatever is still there ends at once. */
  end(): void
  readonly unexpected: string[]
  readonly totals: { steps: number; refusals: number; killed: number }
}

type Shared = Pick<HostOptions, "path" | "beganMs" | "rootKey" | "shared" | "stores">

const program = fileURLToPath(new URL("./host.js", import.meta.url))
const sampleTimeoutMs = 60_000
/** More of the same tell nothing new. */
const unexpectedMax = 50

export async function openFleet(count: number, shared: Shared, ledger: Ledger): Promise<Fleet> {
  const hosts: { name: string; child: ChildProcess }[] = []
  const unexpected: string[] = []
  const totals = { steps: 0, refusals: 0, killed: 0 }
  let made = 0

  const hear = (name: string, message: FromHost): void => {
    ledger.note(name, message)
    if (message.kind === "unexpected" && unexpected.length < unexpectedMax) {
      unexpected.push(`${name}, ${message.step}: ${message.error}`)
    }
    if (message.kind === "stopped") {
      totals.steps += message.steps
      totals.refusals += message.refusals
    }
  }
  const send = ({ child }: { child: ChildProcess }, message: ToHost): void => {
    if (child.connected) child.send(message)
  }
  /** The first message of a kind; `undefined` when the host ends, or takes too long. */
  const next = <Kind extends FromHost["kind"]>(child: ChildProcess, kind: Kind, ms: number) =>
    new Promise<Extract<FromHost, { kind: Kind }> | undefined>((resolve) => {
      const timeout = setTimeout(() => resolve(undefined), ms)
      child.once("exit", () => resolve(undefined))
      child.on("message", (message: FromHost) => {
        if (message.kind !== kind) return
        clearTimeout(timeout)
        resolve(message as Extract<FromHost, { kind: Kind }>)
      })
    })

  const open = async (index: number, orphans: readonly string[]): Promise<void> => {
    made += 1
    const name = `host-${made}`
    const child = fork(program, [], { execArgv: ["--expose-gc", "--no-warnings"] })
    hosts[index] = { name, child }
    child.setMaxListeners(0)
    child.on("message", (message: FromHost) => hear(name, message))
    const opened = next(child, "opened", sampleTimeoutMs)
    child.send({ kind: "open", options: { ...shared, name, orphans } } satisfies ToHost)
    if ((await opened) === undefined) unexpected.push(`${name} did not open`)
  }
  for (let i = 0; i < count; i += 1) await open(i, [])

  return {
    unexpected,
    totals,
    tellAll: (message) => {
      for (const host of hosts) send(host, message)
    },
    tell: (index, message) => {
      const host = hosts[index]
      if (host !== undefined) send(host, message)
    },
    kill: async (index) => {
      const host = hosts[index]
      if (host === undefined) return
      const gone = new Promise((resolve) => host.child.once("exit", resolve))
      host.child.kill("SIGKILL")
      await gone
      totals.killed += 1
      await open(index, ledger.keysOf(host.name))
    },
    sample: async (index) => {
      const host = hosts[index]
      if (host === undefined) return undefined
      const sampled = next(host.child, "sample", sampleTimeoutMs)
      send(host, { kind: "sample" })
      return (await sampled)?.sample
    },
    stop: async (timeoutMs) => {
      const late: string[] = []
      const stopOne = async (host: { name: string; child: ChildProcess }): Promise<void> => {
        const { name, child } = host
        if (child.exitCode !== null) return void late.push(`${name} had ended by itself`)
        const stopped = next(child, "stopped", timeoutMs)
        send(host, { kind: "stop" })
        if ((await stopped) !== undefined) return
        child.kill("SIGKILL")
        late.push(`${name} did not stop within ${timeoutMs / 1000} s`)
      }
      await Promise.all(hosts.map(stopOne))
      return late
    },
    end: () => {
      for (const { child } of hosts) child.kill("SIGKILL")
    },
  }
}
