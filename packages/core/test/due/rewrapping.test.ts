import { commitBytesMax, createMemoryStorage, type Entry, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { isOfRecord, isSuspect, type Renewal, renewPage } from "../../src/engine/due/rewrap-page.js"
import { tokenHolder } from "../../src/engine/due/rewrap-record.js"
import type { Host } from "../../src/engine/host/host.js"
import { encodeRecordHeader, encodeSealedRecord } from "../../src/formats/opaque/sealed-record.js"
import { keyRecordFormat } from "../../src/formats/stored/key-records.js"
import {
  type KeyStoresRecord,
  keyStoresFormat,
} from "../../src/formats/stored/key-store-records.js"
import { RecordError } from "../../src/formats/stored/record-format.js"
import {
  knownRegionFormat,
  offerFormat,
  replicationKeyFormat,
} from "../../src/formats/stored/region-records.js"
import { HsmError } from "../../src/ports/hsm.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account } from "../support/accounts.js"
import {
  keyRecord,
  keyStores,
  material,
  multiRegionId,
  storeId,
} from "../support/example-records.js"

const place = { partition: "aws", region: "us-east-1" }
const keys = { currentId: "c".repeat(16), formerIds: ["a".repeat(16), "b".repeat(16)] }
const sealedUnder = (id: string, key: string): Entry => ({
  key,
  value: encodeSealedRecord(encodeRecordHeader(id), new Uint8Array(60)),
  revision: 1,
})

describe("a record that may be under a former domain key", () => {
  const [former = ""] = keys.formerIds
  it.each<[string, Entry, boolean]>([
    ["is one that is sealed under it", sealedUnder(former, "alias/1"), true],
    [
      "is one that holds tokens, under the current one as well",
      sealedUnder(keys.currentId, "key/1"),
      true,
    ],
    [
      "is none that holds no tokens under the current one",
      sealedUnder(keys.currentId, "alias/1"),
      false,
    ],
    ["is none under a key of no domain", sealedUnder("d".repeat(16), "key/1"), false],
    ["is none that is not sealed", { key: "key/1", value: Uint8Array.of(1), revision: 1 }, false],
    ["is not the domain", sealedUnder(former, "domain"), false],
  ])("%s", (_, entry, is) => {
    expect(isSuspect(keys, entry)).toBe(is)
  })

  it("holds tokens in five places", () => {
    const holds = ["key/1/2", "key-stores/1", "replication", "region/eu-west-1", "offer/1/2"]
    const others = [
      "keys/1",
      "alias/1",
      "key-store-key/1",
      "grant/1",
      "listed/1",
      "domain/1",
      "gone/1",
    ]
    expect([...holds, ...others].filter((key) => tokenHolder(key) !== undefined)).toEqual(holds)
  })

  it("is wrong by itself when it does not parse, or its token is refused", () => {
    for (const [error, is] of [
      [new RecordError("key/1", "no"), true],
      [new HsmError("token-refused", "no"), true],
      [new HsmError("unknown-domain-key", "no"), true],
      [new HsmError("unavailable", "no"), false],
      [new Error("token-refused"), false],
    ] as const) {
      expect([error.message, isOfRecord(error)]).toEqual([error.message, is])
    }
  })
})

const old = Uint8Array.of(0, 7)
const renewed = Uint8Array.of(1, 7)

/** An HSM that takes tokens which begin with a one for current, and writes down what it wraps. */
function wrappingHsm() {
  const wrapped: Record<string, unknown>[] = []
  const wrap = async (bound: { token: Uint8Array }) => {
    const { token, ...rest } = bound
    wrapped.push(rest)
    if (token[0] === 8) throw new HsmError("token-refused", "no")
    if (token[0] === 9) throw new HsmError("unavailable", "no power")
    return Uint8Array.of(1, ...token.subarray(1))
  }
  const hsm = {
    isCurrent: async ([first]: Uint8Array) => first === 1,
    rewrap: wrap,
    rewrapReplication: wrap,
  } as unknown as RegionHsm
  return { hsm, wrapped }
}

async function rewrapped(key: string, bytes: Uint8Array) {
  const { hsm, wrapped } = wrappingHsm()
  const after = await tokenHolder(key)?.rewrap({ place, hsm }, bytes, key)
  return { after: after ?? new Uint8Array(), wrapped }
}

describe("tokens come under the current domain key", () => {
  it("each that a key has, but for those that are there and those of a cluster", async () => {
    const tokens = [old, renewed, undefined]
    const materials = tokens.map((token, i) => material({ id: `${i}`.repeat(64), token }))
    const key = keyRecord({ origin: "EXTERNAL", materials })
    const at = keyRecordFormat.keyOf(key)
    const { after, wrapped } = await rewrapped(at, keyRecordFormat.encode(key))
    const record = keyRecordFormat.decode(after, at)
    expect(record.materials.map(({ token }) => token)).toEqual([renewed, renewed, undefined])
    expect(wrapped).toMatchObject([{ binding: { keyId: key.keyId } }])
    expect({ ...record, materials: [] }).toEqual({ ...key, materials: [] })
    const inCluster = keyRecord({
      origin: "AWS_CLOUDHSM",
      keyStore: { id: storeId } as never,
      materials: [material({ token: old })],
    })
    const kept = await rewrapped(at, keyRecordFormat.encode(inCluster))
    expect(keyRecordFormat.decode(kept.after, at)).toEqual(inCluster)
  })

  it("those of the secrets of key stores, of both kinds", async () => {
    const secret = { keyMaterialId: "0a".repeat(32), token: old, ciphertext: Uint8Array.of(2) }
    const [inCluster] = keyStores(storeId).stores
    const {
      clusterId: _c,
      trustAnchorCertificate: _t,
      password: _p,
      ...common
    } = inCluster as unknown as Record<string, unknown>
    const external = {
      ...common,
      id: storeId.replace("0a", "0b"),
      type: "EXTERNAL_KEY_STORE",
      proxy: {
        connectivity: "PUBLIC_ENDPOINT",
        uriEndpoint: "https://xks.example.com",
        uriPath: "/kms/xks/v1",
        accessKeyId: "ABCDEFGHIJKLMNOPQRST",
      },
      secretAccessKey: secret,
    }
    const record = {
      account,
      stores: [{ ...inCluster, password: secret }, external],
    } as unknown as KeyStoresRecord
    const at = keyStoresFormat.keyOf(record)
    const { after, wrapped } = await rewrapped(at, keyStoresFormat.encode(record))
    const stores = keyStoresFormat.decode(after, at).stores as unknown as Record<string, unknown>[]
    expect(stores.map((store) => store["password"] ?? store["secretAccessKey"])).toEqual([
      { ...secret, token: renewed },
      { ...secret, token: renewed },
    ])
    expect(stores).toMatchObject([{ name: storeId }, { proxy: external.proxy }])
    expect(wrapped).toHaveLength(2)
    const again = await rewrapped(at, after)
    expect(again.wrapped).toEqual([])
    expect(again.after).toEqual(after)
  })

  it("those that regions are known by: what kind each is, and what it is bound to", async () => {
    const own = await rewrapped("replication", replicationKeyFormat.encode({ token: old }))
    expect(replicationKeyFormat.decode(own.after, "replication")).toEqual({ token: renewed })
    expect(own.wrapped).toEqual([{ kind: "replication key" }])
    const known = { region: "eu-west-1", endorsement: old }
    const region = await rewrapped("region/eu-west-1", knownRegionFormat.encode(known))
    expect(knownRegionFormat.decode(region.after, "region/eu-west-1")).toEqual({
      ...known,
      endorsement: renewed,
    })
    expect(region.wrapped).toEqual([{ kind: "endorsement", name: "aws:eu-west-1" }])
    const offer = {
      account,
      keyId: multiRegionId,
      source: "eu-west-1",
      offer: Uint8Array.of(5),
      offerToken: old,
    }
    const at = offerFormat.keyOf(offer)
    const offered = await rewrapped(at, offerFormat.encode(offer))
    expect(offerFormat.decode(offered.after, at)).toEqual({ ...offer, offerToken: renewed })
    expect(offered.wrapped).toEqual([{ kind: "offer", offer: offer.offer }])
  })

  it("but for an endorsement that is refused, from before trust was withdrawn", async () => {
    const rewrap = (endorsement: Uint8Array) =>
      rewrapped("region/eu-west-1", knownRegionFormat.encode({ region: "eu-west-1", endorsement }))
    const refused = Uint8Array.of(8)
    const { after } = await rewrap(refused)
    expect(knownRegionFormat.decode(after, "region/eu-west-1").endorsement).toEqual(refused)
    await expect(rewrap(Uint8Array.of(9))).rejects.toThrow("no power")
    await expect(
      rewrapped("replication", replicationKeyFormat.encode({ token: refused })),
    ).rejects.toThrow("no")
  })
})

/** A host with records that are sealed under a former domain key. */
async function hostWith(names: readonly string[], valueBytes = 10) {
  const inner = createMemoryStorage()
  const put = names.map((key) => ({ key, value: new Uint8Array(valueBytes) }))
  for (const one of put) await inner.commit({ expect: [], put: [one], remove: [] })
  const commits: number[] = []
  const state = { meanwhile: async (): Promise<unknown> => undefined }
  const storage: Storage = {
    ...inner,
    commit: async (change) => {
      commits.push(change.put.length)
      await state.meanwhile()
      return inner.commit(change)
    },
  }
  const { hsm } = wrappingHsm()
  const host = {
    storage,
    place,
    rest: () => undefined,
    domain: { use: <Result>(work: (member: RegionHsm) => Result) => work(hsm) },
  } as unknown as Host
  const renewal: Renewal = { host, unreadable: [], recordsRewrapped: 0 }
  const page = names.map((key) => sealedUnder(keys.formerIds[0] ?? "", key))
  return { inner, commits, renewal, page, state }
}

describe("a page of records under a former domain key", () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, i) => `alias/${String(i).padStart(3, "0")}`)

  it("is written again, so many in one commit", async () => {
    const { commits, renewal, page, inner } = await hostWith(names(100))
    const before = await inner.get([names(1)[0] ?? ""])
    expect(await renewPage(renewal, keys, page)).toBe(0)
    expect([renewal.recordsRewrapped, commits]).toEqual([100, [40, 40, 20]])
    const [after] = await inner.get([names(1)[0] ?? ""])
    expect(after?.revision).not.toBe(before[0]?.revision)
    expect(after?.value).toEqual(before[0]?.value)
  })

  it("is parted by bytes as well", async () => {
    const { commits, renewal, page } = await hostWith(names(9), commitBytesMax / 8)
    await renewPage(renewal, keys, page)
    expect(commits).toEqual([2, 2, 2, 2, 1])
  })

  it("is left where nothing is to be renewed, or nothing is there any more", async () => {
    const { commits, renewal, inner } = await hostWith(["alias/1"])
    const done = [
      sealedUnder(keys.currentId, "alias/1"),
      sealedUnder(keys.formerIds[0] ?? "", "alias/2"),
    ]
    expect(await renewPage(renewal, keys, done)).toBe(0)
    expect([renewal.recordsRewrapped, commits]).toEqual([0, []])
    const record = replicationKeyFormat.encode({ token: old })
    await inner.commit({ expect: [], put: [{ key: "replication", value: record }], remove: [] })
    for (const rewraps of [1, 1]) {
      await renewPage(renewal, keys, [sealedUnder(keys.currentId, "replication")])
      expect(renewal.recordsRewrapped).toBe(rewraps)
    }
  })

  it("names what cannot be read, and renews the others", async () => {
    const { renewal, page, inner, commits } = await hostWith(["alias/1", "key/1/2", "replication"])
    const refused = replicationKeyFormat.encode({ token: Uint8Array.of(8) })
    await inner.commit({ expect: [], put: [{ key: "replication", value: refused }], remove: [] })
    expect(await renewPage(renewal, keys, page)).toBe(2)
    expect(renewal.unreadable).toEqual([expect.stringContaining("key/1/2"), "no"])
    expect(commits).toEqual([1])
    const broken = replicationKeyFormat.encode({ token: Uint8Array.of(9) })
    await inner.commit({ expect: [], put: [{ key: "replication", value: broken }], remove: [] })
    await expect(renewPage(renewal, keys, page)).rejects.toThrow("no power")
  })

  it("is renewed one by one when somebody was quicker, and as often as that happens", async () => {
    const { renewal, page, inner, commits, state } = await hostWith(names(3))
    const touch = (key: string) =>
      inner.commit({ expect: [], put: [{ key, value: Uint8Array.of(4) }], remove: [] })
    let times = 1
    state.meanwhile = async () => {
      times -= 1
      if (times >= 0) await touch("alias/001")
    }
    expect(await renewPage(renewal, keys, page)).toBe(0)
    expect([renewal.recordsRewrapped, commits]).toEqual([3, [3, 1, 1, 1]])
    times = Number.POSITIVE_INFINITY
    renewal.recordsRewrapped = 0
    commits.length = 0
    expect(await renewPage(renewal, keys, page)).toBe(1)
    expect([renewal.recordsRewrapped, commits.length]).toEqual([
      2,
      1 + 1 + limits.commitAttemptsMax + 1,
    ])
  })
})
