import {
  knownRegionFormat,
  knownRegionKey,
  replicationKeyFormat,
  replicationKeyKey,
} from "../../formats/stored/region-records.js"
import type { PeerDomain } from "../../ports/region-hsm.js"
import { RegionError } from "../../ports/region-link.js"
import type { Place, Region } from "../../vocabulary/arns.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import type { BareHost } from "./bare-host.js"

/** The replication key of this region, and those of the regions that it knows. */
export interface KnownRegions {
  /** Its token, made when it is asked for first; hosts that ask together agree on one. */
  ownKey(): Promise<Uint8Array>
  /** The domain of a region, as it was endorsed; `undefined` when it was never connected. */
  find(region: Region): Promise<PeerDomain | undefined>
  /**
   * Endorses the replication key of a region, once. Throws `RegionError` (`unknown-region`) when
   * the region is known under another one: nothing is changed then.
   */
  endorse(region: Region, publicKey: Uint8Array): Promise<void>
}

/** The name of the domain of a region. */
export const domainName = ({ partition }: Pick<Place, "partition">, region: Region): string =>
  `${partition}:${region}`

export function createKnownRegions({ place, reader, storage, domain }: BareHost): KnownRegions {
  const ownKey = async (): Promise<Uint8Array> => {
    for (;;) {
      const reads = await reader.begin()
      const known = await reads.read(replicationKeyFormat, replicationKeyKey)
      if (known !== undefined) return known.token
      const token = await domain.use((hsm) => hsm.generateReplicationKey())
      const put = [{ key: replicationKeyKey, value: replicationKeyFormat.encode({ token }) }]
      await storage.commit({ expect: reads.expectations(), put, remove: [] })
    }
  }

  const read = async (region: Region) => {
    const reads = await reader.begin()
    return { reads, known: await reads.read(knownRegionFormat, knownRegionKey(region)) }
  }

  return {
    ownKey,
    find: async (region) => {
      const { known } = await read(region)
      return known && { name: domainName(place, region), endorsement: known.endorsement }
    },
    endorse: async (region, publicKey) => {
      for (;;) {
        const { reads, known } = await read(region)
        if (known !== undefined && equalBytes(known.publicKey, publicKey)) return
        if (known !== undefined) {
          const message = `the region \`${region}\` is known under another replication key`
          throw new RegionError("unknown-region", message)
        }
        const name = domainName(place, region)
        const endorsement = await domain.use((hsm) => hsm.endorseDomain(name, publicKey))
        const value = knownRegionFormat.encode({ region, publicKey, endorsement })
        const put = [{ key: knownRegionKey(region), value }]
        await storage.commit({ expect: reads.expectations(), put, remove: [] })
      }
    },
  }
}
