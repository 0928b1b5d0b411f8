import { type ChildProcess, fork, spawn } from "node:child_process"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Reply, Request } from "./host.js"

/** A member of etcd and a host beside it: what is lost when a zone is lost. */
export interface Zone {
  readonly name: string
  /** Asks the host of this zone. Rejects with an error that has the name which KMS gave it. */
  call(operation: string, input: object): Promise<Readonly<Record<string, unknown>>>
  /** Starts the member of etcd, on the disk as it was. It serves when most members do. */
  startStore(): Promise<void>
  /** Opens the host, when the store has been filled. */
  openHost(): Promise<void>
  /** The zone has no power any more. */
  lose(): void
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === "object" ? (address?.port ?? 0) : 0
}

const failure = (name: string, message = name): Error => Object.assign(new Error(message), { name })

/** Where members are reached: by hosts, and by each other. */
interface Plan {
  readonly folder: string
  readonly rootKey: string
  readonly clients: readonly string[]
  readonly peers: readonly string[]
}

function startMember({ folder, clients, peers }: Plan, i: number): ChildProcess {
  const settings = {
    name: `member-${i}`,
    "data-dir": join(folder, `member-${i}`),
    "listen-client-urls": clients[i],
    "advertise-client-urls": clients[i],
    "listen-peer-urls": peers[i],
    "initial-advertise-peer-urls": peers[i],
    "initial-cluster": peers.map((url, member) => `member-${member}=${url}`).join(","),
    "log-level": "error",
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value ?? ""])
  return spawn("etcd", args, { stdio: "ignore" })
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(1000)
    return (await (await fetch(`${endpoint}/health`, { signal })).text()).includes('"true"')
  } catch {
    return false
  }
}

/** Makes requests of a host that is a process of its own. */
function clientOf(host: ChildProcess): Zone["call"] {
  const asked = new Map<number, (reply: Reply) => void>()
  let count = 0
  host.on("message", (reply: Reply) => asked.get(reply.id)?.(reply))
  host.on("error", () => undefined)
  host.once("exit", () => {
    for (const [id, tell] of asked) tell({ id, error: failure("HostGone") })
  })
  return async (operation, input) => {
    if (!host.connected) throw failure("HostGone")
    count += 1
    const request: Request = { id: count, operation, input }
    const answered = new Promise<Reply>((resolve) => asked.set(request.id, resolve))
    host.send(request)
    const { output, error } = await answered
    asked.delete(request.id)
    if (error !== undefined) throw failure(error.name, error.message)
    return { ...output }
  }
}

async function startHost(rootKey: string, endpoints: readonly string[]): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("./host.js", import.meta.url))
  const host = fork(program, [rootKey, ...endpoints], {
    execArgv: ["--no-warnings"],
    serialization: "advanced",
  })
  await new Promise<void>((resolve, reject) => {
    host.once("message", () => resolve())
    host.once("exit", () => reject(new Error("the host did not open")))
  })
  return host
}

function createZone(plan: Plan, i: number): Zone {
  let member: ChildProcess | undefined
  let host: ChildProcess | undefined
  let client: Zone["call"] | undefined
  return {
    name: `zone ${"abc".charAt(i)}`,
    call: async (operation, input) => {
      if (client === undefined) throw failure("HostGone")
      return client(operation, input)
    },
    startStore: async () => {
      member = startMember(plan, i)
      while (!(await isHealthy(plan.clients[i] ?? ""))) await wait(100)
    },
    openHost: async () => {
      // A host asks the member of its own zone first.
      const near = [...plan.clients.slice(i), ...plan.clients.slice(0, i)]
      host = await startHost(plan.rootKey, near)
      client = clientOf(host)
    },
    lose: () => {
      member?.kill("SIGKILL")
      host?.kill("SIGKILL")
      client = undefined
    },
  }
}

/** Three zones, of which nothing runs yet. */
export async function planZones(
  folder: string,
  rootKey: string,
): Promise<{
  readonly zones: readonly Zone[]
  readonly endpoints: readonly string[]
}> {
  const urls: string[] = []
  while (urls.length < 6) urls.push(`http://127.0.0.1:${await freePort()}`)
  const plan: Plan = { folder, rootKey, clients: urls.slice(0, 3), peers: urls.slice(3) }
  return { zones: [0, 1, 2].map((i) => createZone(plan, i)), endpoints: plan.clients }
}
