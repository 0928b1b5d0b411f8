import { randomInt } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { createEtcdCluster, type EtcdCluster, hasEtcd } from "../servers/etcd-cluster.js"
import { createWire, type Wire } from "../servers/wire.js"
import type { Zones } from "../servers/zones.js"
import type { Fault } from "./fault.js"
import type { MakeStore, Store } from "./store.js"

const membersCount = 3

const faultsOf = (cluster: EtcdCluster): readonly Fault[] => {
  const restart = async (member: number): Promise<void> => {
    await cluster.kill(member)
    await wait(500)
    await cluster.start(member)
  }
  return [
    {
      name: "kill -9 of a member",
      kills: "a member",
      strike: () => restart(randomInt(membersCount)),
    },
    {
      name: "a change of the primary",
      kills: "a member",
      strike: async () => restart((await cluster.leader()) ?? 0),
    },
    {
      name: "a full disk",
      kills: "nothing",
      strike: async () => {
        await cluster.setFull(true)
        await wait(500)
        await cluster.setFull(false)
      },
    },
    {
      name: "a member that stands still",
      kills: "nothing",
      strike: async () => {
        const member = (await cluster.leader()) ?? 0
        cluster.signal(member, "SIGSTOP")
        await wait(2500)
        cluster.signal(member, "SIGCONT")
      },
    },
  ]
}

async function make(hostsCount: number, { zones, address }: Zones): Promise<Store> {
  const cluster = await createEtcdCluster(membersCount, zones)
  const wireTo = (port: number, i: number): Promise<Wire> =>
    createWire(port, { target: cluster.addresses[i], near: address })
  const links: Wire[][] = []
  for (let i = 0; i < hostsCount; i += 1) links.push(await Promise.all(cluster.ports.map(wireTo)))
  return {
    name: "etcd",
    links,
    addresses: links.map((wires) => ({
      store: "etcd",
      endpoints: wires.map(({ port }) => `http://${address}:${port}`),
    })),
    faults: faultsOf(cluster),
    remove: () => {
      for (const wire of links.flat()) wire.cut()
      cluster.remove()
    },
  }
}

/** Three members of etcd. */
export const makeEtcdStore: MakeStore = (hostsCount, zones) =>
  hasEtcd() ? make(hostsCount, zones) : undefined
