import { execFile, execFileSync, spawn } from "node:child_process"
import { randomInt } from "node:crypto"
import process from "node:process"
import { promisify } from "node:util"

/** Where the servers and hosts of one zone run. */
export interface Zone {
  /** Where its servers are reached. */
  readonly address: string
  /** What a program is started with so that it runs there. */
  readonly launcher: readonly string[]
}

/** The one network between a zone and all others. */
export interface Link {
  /** Nothing goes in or out, and nobody is told. */
  cut(): void
  /** Little goes in. */
  narrow(): void
  mend(): void
}

export interface Zones {
  readonly kind: "network namespaces" | "loopback addresses"
  readonly zones: readonly Zone[]
  /** Where this process is reached from the zones. */
  readonly address: string
  /** None where zones share one network. */
  readonly links: readonly Link[]
  remove(): void
}

export const loopback: Zone = { address: "127.0.0.1", launcher: [] }

const ip = (...args: readonly string[]): void => {
  execFileSync("ip", args, { stdio: "pipe" })
}

/** Names of devices have at most 15 characters. */
const bridgeOf = (name: string): string => `${name}b`

function addZone(name: string, network: string, i: number): Zone & Link {
  const [space, near, far] = [`${name}z${i}`, `${name}n${i}`, `${name}f${i}`]
  const address = `${network}.${10 + i}`
  ip("netns", "add", space)
  ip("link", "add", near, "type", "veth", "peer", "name", far)
  ip("link", "set", near, "master", bridgeOf(name), "up")
  ip("link", "set", far, "netns", space)
  ip("-n", space, "addr", "add", `${address}/24`, "dev", far)
  ip("-n", space, "link", "set", far, "up")
  ip("-n", space, "link", "set", "lo", "up")
  const shape = (...args: readonly string[]): void => {
    execFileSync("tc", ["qdisc", ...args], { stdio: "pipe" })
  }
  return {
    address,
    launcher: ["ip", "netns", "exec", space],
    cut: () => ip("link", "set", near, "down"),
    narrow: () => {
      const bucket = ["rate", "512kbit", "burst", "16kbit", "latency", "400ms"]
      shape("add", "dev", near, "root", "tbf", ...bucket)
    },
    mend: () => {
      ip("link", "set", near, "up")
      try {
        shape("del", "dev", near, "root")
      } catch {
        // It was not narrow.
      }
    },
  }
}

function removeSpaces(name: string, count: number): void {
  const leave = (...args: readonly string[]): void => {
    try {
      ip(...args)
    } catch {
      // It was not made.
    }
  }
  for (let i = 0; i < count; i += 1) {
    leave("link", "del", `${name}n${i}`)
    leave("netns", "del", `${name}z${i}`)
  }
  leave("link", "del", bridgeOf(name))
}

/** A program that answers at an address, and one that is content when it is answered. */
const greet = (address: string): string =>
  `const s = require("net").createServer((c) => c.end("hello"));` +
  `s.listen(0, "${address}", () => console.log(s.address().port))`
const hear = (address: string, port: string): string =>
  `require("net").connect(${port}, "${address}").once("data", () => process.exit(0))`

/** Whether one zone hears another: what a machine lets through is not only ours to say. */
async function areJoined([first, second]: readonly Zone[]): Promise<boolean> {
  if (first === undefined || second === undefined) return true
  const run = promisify(execFile)
  const asked = within(first, process.execPath, ["-e", greet(first.address)])
  const server = spawn(...asked, { stdio: ["ignore", "pipe", "ignore"] })
  try {
    const port = await new Promise<string>((resolve, reject) => {
      server.stdout.once("data", (text) => resolve(String(text).trim()))
      server.once("exit", reject)
    })
    const program = hear(first.address, port)
    await run(...within(second, process.execPath, ["-e", program]), { timeout: 10_000 })
    return true
  } catch {
    return false
  } finally {
    server.kill("SIGKILL")
  }
}

const loopbackZones = (count: number): Zones => ({
  kind: "loopback addresses",
  zones: Array.from({ length: count }, () => loopback),
  ...{ links: [], address: loopback.address, remove: () => undefined },
})

/**
 * So many zones, each a network of its own where this machine lets one make them (as root, with
 * `ip` of iproute2), and else all on the loopback address.
 */
export async function createZones(count: number): Promise<Zones> {
  const name = `kw${process.pid}`
  const network = `10.213.${randomInt(256)}`
  const address = `${network}.1`
  const remove = (): void => removeSpaces(name, count)
  try {
    ip("link", "add", bridgeOf(name), "type", "bridge")
    ip("addr", "add", `${address}/24`, "dev", bridgeOf(name))
    ip("link", "set", bridgeOf(name), "up")
    const zones = Array.from({ length: count }, (_, i) => addZone(name, network, i))
    if (await areJoined(zones)) {
      return { kind: "network namespaces", zones, links: zones, address, remove }
    }
  } catch {
    // It may not, or has no such program.
  }
  remove()
  return loopbackZones(count)
}

/** A program and its arguments, as they are started in a zone. */
export function within(
  { launcher }: Zone,
  program: string,
  args: readonly string[],
): readonly [program: string, args: string[]] {
  const [first = program, ...rest] = [...launcher, program, ...args]
  return [first, rest]
}
