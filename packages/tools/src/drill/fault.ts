import { randomInt } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import type { Wire } from "../servers/wire.js"
import type { Link, Zones } from "../servers/zones.js"
import type { Fleet } from "./fleet.js"

/** What is done to hosts or to their store, and is over when it resolves. */
export interface Fault {
  readonly name: string
  /** What it kills; a long drill counts them. */
  readonly kills: "a host" | "a member" | "nothing"
  readonly strike: () => Promise<void>
}

const hourMs = 3_600_000

/** What can befall a host, whatever its store is. `links` are its wires to the store. */
export function hostFaults(fleet: Fleet, links: readonly (readonly Wire[])[]): readonly Fault[] {
  const anyHost = (): number => randomInt(fleet.size)
  const onLinks = async (harm: (wire: Wire) => void, ms: number): Promise<void> => {
    const wires = links[anyHost()] ?? []
    for (const wire of wires) harm(wire)
    await wait(ms)
    for (const wire of wires) wire.mend()
  }
  return [
    { name: "kill -9 of a host", kills: "a host", strike: () => fleet.kill(anyHost()) },
    {
      name: "a host that stands still",
      kills: "nothing",
      strike: async () => {
        const host = anyHost()
        fleet.signal(host, "SIGSTOP")
        await wait(1500)
        fleet.signal(host, "SIGCONT")
      },
    },
    { name: "a cut link", kills: "nothing", strike: () => onLinks((wire) => wire.cut(), 1000) },
    {
      name: "a slow link",
      kills: "nothing",
      strike: () => onLinks((wire) => wire.slow(100), 1500),
    },
    {
      name: "a link that says nothing",
      kills: "nothing",
      strike: () => onLinks((wire) => wire.silence(), 1500),
    },
    {
      name: "a jump of a clock",
      kills: "nothing",
      strike: async () => {
        const host = anyHost()
        fleet.setClock(host, randomInt(2) === 0 ? hourMs : -hourMs)
        await wait(1000)
        fleet.setClock(host, 0)
      },
    },
  ]
}

/** What can befall a whole zone, with all hosts and members there. */
export function zoneFaults({ links }: Zones): readonly Fault[] {
  const onLink = async (harm: (link: Link) => void, ms: number): Promise<void> => {
    const link = links[randomInt(links.length)]
    if (link === undefined) return
    harm(link)
    await wait(ms)
    link.mend()
  }
  if (links.length === 0) return []
  return [
    {
      name: "a zone that is cut off",
      kills: "nothing",
      strike: () => onLink((link) => link.cut(), 2000),
    },
    {
      name: "a zone behind a narrow link",
      kills: "nothing",
      strike: () => onLink((link) => link.narrow(), 2000),
    },
  ]
}
