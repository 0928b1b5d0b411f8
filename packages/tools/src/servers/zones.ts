import { execFileSync } from "node:child_process"
import { randomInt } from "node:crypto"
import process from "node:process"

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

/**
 * So many zones, each a network of its own where this machine lets one make them (as root, with
 * `ip` of iproute2), and else all on the loopback address.
 */
export function createZones(count: number): Zones {
  const name = `kw${process.pid}`
  const network = `10.213.${randomInt(256)}`
  const address = `${network}.1`
  try {
    ip("link", "add", bridgeOf(name), "type", "bridge")
    ip("addr", "add", `${address}/24`, "dev", bridgeOf(name))
    ip("link", "set", bridgeOf(name), "up")
    const zones = Array.from({ length: count }, (_, i) => addZone(name, network, i))
    const remove = (): void => removeSpaces(name, count)
    return { kind: "network namespaces", zones, links: zones, address, remove }
  } catch {
    removeSpaces(name, count)
    return {
      kind: "loopback addresses",
      zones: Array.from({ length: count }, () => loopback),
      ...{ links: [], address: loopback.address, remove: () => undefined },
    }
  }
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
