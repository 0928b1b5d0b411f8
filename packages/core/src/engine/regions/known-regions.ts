import { listLimitMax } from "@keywright/storage"
import {
  type KnownRegionRecord,
  knownRegionFormat,
  knownRegionKey,
  knownRegionPrefix,
  replicationKeyFormat,
  replicationKeyKey,
} from "../../formats/stored/region-records.js"
import { isHsmError } from "../../ports/hsm.js"
import type { PeerDomain } from "../../ports/region-hsm.js"
import { RegionError } from "../../ports/region-link.js"
import type { Place, Region } from "../../vocabulary/arns.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import type { BareHost } from "./bare-host.js"

/** The replication key of this region, and those of the regions that it trusts. */
export interface KnownRegions {
  /** Its token, made when it is asked for first; hosts that ask together agree on one. */
  ownKey(): Promise<Uint8Array>
  /** The domain of a region, as it was endorsed; `undefined` when it is not trusted now. */
  find(region: Region): Promise<PeerDomain | undefined>
  /**
   * Endorses the replication key of a region, once. Throws `RegionError` (`unknown-region`) when
   * the region is trusted under another one: nothing is changed then.
   */
  endorse(region: Region, publicKey: Uint8Array): Promise<void>
  /** Trusts a region no more, whatever is put into the storage. */
  withdraw(region: Region): Promise<void>
}

/** The name of the domain of a region. */
export const domainName = ({ partition }: Pick<Place, "partition">, region: Region): string =>
  `${partition}:${region}`

/** A region that is trusted, and by which key. */
interface Trusted {
  readonly region: Region
  readonly publicKey: Uint8Array
}

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

  const peerOf = ({ region, endorsement }: KnownRegionRecord): PeerDomain => ({
    name: domainName(place, region),
    endorsement,
  })

  /** The key by which a region is trusted, out of its endorsement; `undefined` when it is not. */
  const trustedKey = async (known: KnownRegionRecord): Promise<Uint8Array | undefined> => {
    try {
      return await domain.use((hsm) => hsm.endorsedKey(peerOf(known)))
    } catch (error) {
      const isRefused =
        isHsmError(error) && ["token-refused", "unknown-domain-key"].includes(error.code)
      if (isRefused) return undefined
      throw error
    }
  }

  const read = async (region: Region) => {
    // Another host may have withdrawn trust, and an old record may have been put back since.
    await domain.refresh()
    const reads = await reader.begin()
    return { reads, known: await reads.read(knownRegionFormat, knownRegionKey(region)) }
  }

  /** An endorsement by the domain as it is now. */
  const endorsed = async ({ region, publicKey }: Trusted) => {
    const name = domainName(place, region)
    const endorsement = await domain.use((hsm) => hsm.endorseDomain(name, publicKey))
    return { key: knownRegionKey(region), value: knownRegionFormat.encode({ region, endorsement }) }
  }

  const trustedRegions = async (): Promise<readonly Trusted[]> => {
    await domain.refresh()
    const { entries } = await storage.list({ prefix: knownRegionPrefix, limit: listLimitMax })
    const found = entries.map(async ({ key, value }) => {
      const known = knownRegionFormat.decode(value, key)
      const publicKey = await trustedKey(known)
      return publicKey === undefined ? [] : [{ region: known.region, publicKey }]
    })
    return (await Promise.all(found)).flat()
  }

  /** The own key goes under the new domain key, too: without it, nobody is spoken to. */
  const ownKeyAgain = async () => {
    const token = await ownKey()
    const kept = { kind: "replication key", token } as const
    const rewrapped = await domain.use((hsm) => hsm.rewrapReplication(kept))
    return { key: replicationKeyKey, value: replicationKeyFormat.encode({ token: rewrapped }) }
  }

  return {
    ownKey,
    find: async (region) => {
      const { known } = await read(region)
      const isTrusted = known !== undefined && (await trustedKey(known)) !== undefined
      return isTrusted ? peerOf(known) : undefined
    },
    endorse: async (region, publicKey) => {
      for (;;) {
        const { reads, known } = await read(region)
        const trusted = known && (await trustedKey(known))
        if (trusted !== undefined && equalBytes(trusted, publicKey)) return
        if (trusted !== undefined) {
          const message = `the region \`${region}\` is known under another replication key`
          throw new RegionError("unknown-region", message)
        }
        const put = [await endorsed({ region, publicKey })]
        await storage.commit({ expect: reads.expectations(), put, remove: [] })
      }
    },
    withdraw: async (region) => {
      const others = (await trustedRegions()).filter((one) => one.region !== region)
      // From here on nobody is trusted, until those who are to be are endorsed again.
      const ownName = domainName(place, place.region)
      await domain.change((hsm, state) => hsm.withdrawTrust(ownName, state))
      for (;;) {
        const { reads } = await read(region)
        const put = [await ownKeyAgain(), ...(await Promise.all(others.map(endorsed)))]
        const remove = [knownRegionKey(region)]
        if (await storage.commit({ expect: reads.expectations(), put, remove })) return
      }
    },
  }
}
