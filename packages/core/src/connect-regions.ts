import type { Kms } from "./kms.js"

/**
 * Makes regions of one process know each other, so that keys can be replicated between them: one
 * host of each, all of one partition. Returns the same hosts. What is learned is kept in their
 * storages; each host is connected again when it is opened again.
 *
 * For regions in different processes, call `kms.regions.connect` in each, with a link of your own.
 *
 * Throws `TypeError` for hosts that make no partition, and `RegionError` (`unknown-region`) when a
 * region is known under another replication key.
 *
 * @example
 * await connectRegions([europe, america])
 * await europe.as(europe.administrator).replicateKey({ KeyId, ReplicaRegion: america.region })
 */
export async function connectRegions<const Hosts extends readonly Kms[]>(
  hosts: Hosts,
): Promise<Hosts> {
  const [first] = hosts
  if (new Set(hosts.map(({ region }) => region)).size !== hosts.length) {
    throw new TypeError("`hosts` must be of different regions")
  }
  if (hosts.some(({ partition }) => partition !== first?.partition)) {
    throw new TypeError("`hosts` must be of one partition")
  }
  const keys = await Promise.all(hosts.map(({ regions }) => regions.replicationKey()))
  for (const host of hosts) {
    for (const [i, { region, regions }] of hosts.entries()) {
      if (region === host.region) continue
      const replicationKey = keys[i] as Uint8Array
      await host.regions.connect({ region, replicationKey, link: { deliver: regions.receive } })
    }
  }
  return hosts
}
