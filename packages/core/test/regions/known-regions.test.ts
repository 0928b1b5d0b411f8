import { describe, expect, it } from "vitest"
import { createKnownRegions, domainName } from "../../src/engine/regions/known-regions.js"
import {
  knownRegionFormat,
  knownRegionKey,
  replicationKeyFormat,
  replicationKeyKey,
} from "../../src/formats/stored/region-records.js"
import { HsmError } from "../../src/ports/hsm.js"
import type { PeerDomain } from "../../src/ports/region-hsm.js"
import { bareHost, type HostOptions, peer } from "../support/bare-host.js"

/*
 * Which regions a region trusts, by what its HSM has endorsed: here that says what a test wants.
 */

const [us, eu, ap] = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const known = (region: string) => ({ region, endorsement: Uint8Array.of(7) })
const keyOf = (region: string) => Uint8Array.from(Buffer.from(region))
const ownToken = Uint8Array.of(1)
const own = { [replicationKeyKey]: { token: ownToken } }

/** An HSM that has endorsed each region under its name. */
const endorsing = {
  endorsedKey: ({ name }: PeerDomain) => keyOf(name.slice("aws:".length)),
  endorseDomain: (name: string, publicKey: Uint8Array) =>
    Uint8Array.from([...Buffer.from(name), ...publicKey]),
}

function scene(options: HostOptions = {}) {
  const made = bareHost({ ...options, hsm: { ...endorsing, ...options.hsm } })
  return { ...made, regions: createKnownRegions(made.host) }
}

it("the domain of a region is named by its partition and by itself", () => {
  expect(domainName({ partition: "aws-cn" }, "cn-north-1")).toBe("aws-cn:cn-north-1")
})

describe("the replication key of a region", () => {
  it("is the one that is there", async () => {
    const { regions, committed } = scene({ records: own })
    expect(await regions.ownKey()).toBe(ownToken)
    expect(committed).toEqual([])
  })

  it("is made when it is asked for first, and is then what was written first", async () => {
    let made = 0
    const generateReplicationKey = () => Uint8Array.of(50 + made++)
    const { regions, records, committed, unexpected } = scene({
      hsm: { generateReplicationKey },
      commits: [false, false],
      onRead: (all) => {
        if (made === 2) Object.assign(all, own)
      },
    })
    expect(await regions.ownKey()).toBe(ownToken)
    expect(committed).toHaveLength(2)
    const [{ put, remove } = { put: [] }] = committed
    expect(remove).toEqual([])
    expect(put.map(({ key }) => key)).toEqual([replicationKeyKey])
    expect(replicationKeyFormat.decode(put[0]?.value as never, replicationKeyKey)).toEqual({
      token: Uint8Array.of(50),
    })
    expect(unexpected).toEqual([])
    expect(records[replicationKeyKey]).toBeDefined()
  })
})

describe("a region that is looked for", () => {
  const records = { [knownRegionKey(eu)]: known(eu) }

  it("is what was endorsed, after the newest state of the domain was opened", async () => {
    const { regions, refreshes } = scene({ records })
    expect(await regions.find(eu)).toEqual(peer(eu))
    expect(refreshes()).toBe(1)
  })

  it("is not known when there is nothing of it", async () => {
    expect(await scene().regions.find(eu)).toBeUndefined()
  })

  it.each(["token-refused", "unknown-domain-key"] as const)(
    "is not trusted when its endorsement does not count: %s",
    async (code) => {
      const endorsedKey = () => {
        throw new HsmError(code, "no more")
      }
      expect(await scene({ records, hsm: { endorsedKey } }).regions.find(eu)).toBeUndefined()
    },
  )

  it.each([
    new HsmError("unavailable", "not now"),
    Object.assign(new Error("no HSM says that"), { code: "token-refused" }),
  ])("is neither, when the HSM fails: $message", async (failure) => {
    const endorsedKey = () => {
      throw failure
    }
    await expect(scene({ records, hsm: { endorsedKey } }).regions.find(eu)).rejects.toBe(failure)
  })
})

describe("a region that is to be trusted", () => {
  it("is endorsed under its name, and read again", async () => {
    const asked: unknown[] = []
    const { regions, committed, unexpected } = scene({
      hsm: {
        endorseDomain: (...args) => {
          asked.push(args)
          return Uint8Array.of(7)
        },
      },
      onRead: (all) => {
        if (asked.length > 0) all[knownRegionKey(eu)] = known(eu)
      },
    })
    await regions.endorse(eu, keyOf(eu))
    expect(asked).toEqual([["aws:eu-west-1", keyOf(eu)]])
    const [{ put, remove } = { put: [] }, ...others] = committed
    expect([remove, others, unexpected]).toEqual([[], [], []])
    expect(put.map(({ key }) => key)).toEqual([knownRegionKey(eu)])
    expect(knownRegionFormat.decode(put[0]?.value as never, knownRegionKey(eu))).toEqual(known(eu))
  })

  it("is endorsed once", async () => {
    const { regions, committed } = scene({ records: { [knownRegionKey(eu)]: known(eu) } })
    await regions.endorse(eu, keyOf(eu))
    expect(committed).toEqual([])
  })

  it("is not endorsed under another key than before, and nothing is changed", async () => {
    const { regions, committed } = scene({ records: { [knownRegionKey(eu)]: known(eu) } })
    await expect(regions.endorse(eu, keyOf(us))).rejects.toMatchObject({
      name: "RegionError",
      code: "unknown-region",
      message: "the region `eu-west-1` is known under another replication key",
    })
    expect(committed).toEqual([])
  })

  it("is endorsed anew where the old endorsement does not count any more", async () => {
    let isCounted = false
    const { regions, committed } = scene({
      records: { [knownRegionKey(eu)]: known(eu) },
      hsm: {
        endorsedKey: () => {
          if (!isCounted) throw new HsmError("token-refused", "no more")
          return keyOf(ap)
        },
        endorseDomain: () => {
          isCounted = true
          return Uint8Array.of(8)
        },
      },
    })
    await regions.endorse(eu, keyOf(ap))
    expect(committed).toHaveLength(1)
  })
})

describe("a region that is trusted no more", () => {
  const records = {
    ...Object.fromEntries([eu, ap].map((region) => [knownRegionKey(region), known(region)])),
  }

  /** Withdrawing changes the domain first; what is written then is for the new one. */
  function withdrawing(options: HostOptions = {}) {
    const acts: string[] = []
    const made = bareHost({
      records: { ...records, ...own },
      ...options,
      hsm: {
        ...endorsing,
        rewrapReplication: (kept) => {
          acts.push(`rewrap ${kept.kind} ${kept.token}`)
          return Uint8Array.of(2)
        },
        ...options.hsm,
      },
    })
    const { storage, domain } = made.host
    const listed = Object.entries(records).map(([key, { region, endorsement }]) => ({
      key,
      value: knownRegionFormat.encode({ region, endorsement }),
    }))
    const asked: unknown[] = []
    const list = (async (query: unknown) => {
      asked.push(query)
      return { entries: listed, more: false }
    }) as never
    const host = {
      ...made.host,
      storage: { ...storage, list },
      domain: {
        ...domain,
        change: async (make: (hsm: never, state: Uint8Array) => unknown) => {
          const withdrawTrust = (name: string, state: Uint8Array) => {
            acts.push(`withdraw ${name} ${state}`)
            return state
          }
          await make({ withdrawTrust } as never, Uint8Array.of(3))
        },
      } as never,
    }
    return { ...made, acts, asked, regions: createKnownRegions(host) }
  }

  it("is out of the domain, and the others are endorsed again by the new one", async () => {
    const { regions, acts, committed, unexpected, asked } = withdrawing()
    await regions.withdraw(eu)
    expect(acts).toEqual(["withdraw aws:us-east-1 3", "rewrap replication key 1"])
    expect(asked).toEqual([{ prefix: "region/", limit: 1000 }])
    const [{ put, remove } = { put: [] }, ...others] = committed
    expect([remove, others, unexpected]).toEqual([[knownRegionKey(eu)], [], []])
    expect(put.map(({ key }) => key)).toEqual([replicationKeyKey, knownRegionKey(ap)])
    const [replication, other] = put.map(({ value }) => value) as [never, never]
    expect(replicationKeyFormat.decode(replication, replicationKeyKey)).toEqual({
      token: Uint8Array.of(2),
    })
    const endorsement = endorsing.endorseDomain(`aws:${ap}`, keyOf(ap))
    expect(knownRegionFormat.decode(other, knownRegionKey(ap))).toEqual({ region: ap, endorsement })
  })

  it("is written again when something changed meanwhile", async () => {
    const { regions, committed } = withdrawing({ commits: [false, false] })
    await regions.withdraw(eu)
    expect(committed).toHaveLength(3)
  })

  it("does not bring back one whose endorsement did not count", async () => {
    const endorsedKey = ({ name }: PeerDomain) => {
      if (name === `aws:${ap}`) throw new HsmError("token-refused", "no more")
      return keyOf(name)
    }
    const { regions, committed } = withdrawing({ hsm: { endorsedKey } })
    await regions.withdraw(eu)
    expect(committed[0]?.put.map(({ key }) => key)).toEqual([replicationKeyKey])
  })
})
