import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort } from "./ports.js"
import { loopback, within, type Zone } from "./zones.js"

/** Members of etcd: real ones, with data of their own. */
export interface EtcdCluster {
  readonly endpoints: readonly string[]
  readonly addresses: readonly string[]
  readonly ports: readonly number[]
  kill(member: number): Promise<void>
  start(member: number): Promise<void>
  /** A member stands still, or goes on. */
  signal(member: number, signal: "SIGSTOP" | "SIGCONT"): void
  /** The member that leads, as far as one of them knows. */
  leader(): Promise<number | undefined>
  /** All members refuse to write, as they do when their space is used up; or no longer do. */
  setFull(isFull: boolean): Promise<void>
  remove(): void
}

export function hasEtcd(): boolean {
  try {
    execFileSync("etcd", ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Makes members, each in its zone; by default all are on the loopback address. */
export async function createEtcdCluster(
  size: number,
  zones: readonly Zone[] = [],
): Promise<EtcdCluster> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-etcd-"))
  const places = Array.from({ length: size }, (_, i) => zones[i] ?? loopback)
  const addresses = places.map(({ address }) => address)
  const ports: number[] = []
  const peers: string[] = []
  for (const address of addresses) {
    ports.push(await freePort())
    peers.push(`http://${address}:${await freePort()}`)
  }
  const endpoints = ports.map((port, i) => `http://${addresses[i]}:${port}`)
  const children: (ChildProcess | undefined)[] = []

  const spawnMember = (i: number): void => {
    const endpoint = endpoints[i] ?? ""
    const peer = peers[i] ?? ""
    const settings = {
      name: `m${i}`,
      "data-dir": join(folder, `m${i}`),
      "listen-client-urls": endpoint,
      "advertise-client-urls": endpoint,
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": peers.map((url, member) => `m${member}=${url}`).join(","),
      "log-level": "error",
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    children[i] = spawn(...within(places[i] ?? loopback, "etcd", args), { stdio: "ignore" })
  }

  const isHealthy = async (i: number): Promise<boolean> => {
    try {
      const response = await fetch(`${endpoints[i]}/health`, { signal: AbortSignal.timeout(2000) })
      return (await response.text()).includes('"true"')
    } catch {
      return false
    }
  }

  /** Waits until a member serves; one that has ended never will. */
  const wait = async (i: number): Promise<void> => {
    while (!(await isHealthy(i))) {
      const { exitCode } = children[i] ?? {}
      if (typeof exitCode === "number") throw new Error(`etcd has ended with ${exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  const maintain = async (i: number, what: string, input: object): Promise<unknown> => {
    const signal = AbortSignal.timeout(2000)
    const request = { method: "POST", body: JSON.stringify(input), signal }
    const response = await fetch(`${endpoints[i]}/v3/maintenance/${what}`, request)
    if (!response.ok) throw new Error(`etcd does not take ${what}: ${response.status}`)
    return response.json()
  }

  /** A member tells its own id, and that of the leader. */
  const statusOf = async (i: number) => {
    const { leader, header } = (await maintain(i, "status", {})) as {
      readonly leader?: string
      readonly header?: { readonly member_id?: string }
    }
    return { leader, id: header?.member_id }
  }

  const remove = (): void => {
    for (const child of children) child?.kill("SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  }

  for (let i = 0; i < size; i += 1) spawnMember(i)
  try {
    for (let i = 0; i < size; i += 1) await wait(i)
  } catch (error) {
    remove()
    throw error
  }
  return {
    endpoints,
    addresses,
    ports,
    kill: async (i) => {
      const child = children[i]
      if (child === undefined) return
      const ended = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGKILL")
      await ended
    },
    start: async (i) => {
      spawnMember(i)
      await wait(i)
    },
    signal: (i, signal) => void children[i]?.kill(signal),
    leader: async () => {
      const all = endpoints.map((_, i) => statusOf(i).catch(() => undefined))
      const known = await Promise.all(all)
      const at = known.findIndex((one) => one?.id !== undefined && one.id === one.leader)
      return at < 0 ? undefined : at
    },
    setFull: async (isFull) => {
      const { id } = await statusOf(0)
      const action = isFull ? "ACTIVATE" : "DEACTIVATE"
      await maintain(0, "alarm", { action, memberID: id, alarm: "NOSPACE" })
    },
    remove,
  }
}
