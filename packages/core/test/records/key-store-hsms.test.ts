import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createKeyStores } from "../../src/engine/hsms/key-stores.js"
import type { CloudHsmStore, KeyStore } from "../../src/formats/stored/key-store-records.js"
import type { LocatedKey } from "../../src/operations/call.js"
import type { Binding } from "../../src/ports/bindings.js"
import type { Hsm } from "../../src/ports/hsm.js"
import type { CloudHsmCluster } from "../../src/ports/key-stores.js"
import { account, otherAccount } from "../support/accounts.js"
import { keyId, keyRecord, storeId } from "../support/example-records.js"
import { certificate, clusterId, otherClusterId } from "../support/key-stores.js"

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)
const place = { partition: "aws", region: "us-east-1" }
const otherStoreId = storeId.replace("0a", "0b")
const call = {} as never

/** An HSM that says its name, and in which domains it was opened. */
function namedHsm(name: string) {
  const domains: string[] = []
  let isBroken = false
  const hsm = {
    createDomain: async () => bytes("state"),
    openDomain: async (of: string) => {
      if (isBroken) throw new Error("no power")
      domains.push(of)
    },
    encrypt: async () => bytes(name),
    decrypt: async () => bytes("plaintext"),
    reEncrypt: async () => bytes(`${name} again`),
    generateRandom: async () => bytes(`random of ${name}`),
    close: async () => void domains.push("closed"),
  } as unknown as Hsm
  return {
    hsm,
    domains,
    break: (broken: boolean) => {
      isBroken = broken
    },
  }
}

const storeOf = (id: string, cluster = clusterId): CloudHsmStore =>
  ({ id, type: "AWS_CLOUDHSM", clusterId: cluster, state: "CONNECTED" }) as CloudHsmStore
const keyIn = (store: KeyStore | undefined, id = keyId, owner = account): LocatedKey =>
  ({ record: keyRecord({ keyId: id, account: owner }), store }) as LocatedKey
const bindingOf = (id = keyId, owner = account) => ({ keyId: id, account: owner }) as Binding

function keyStoresWith(
  clusters: Readonly<Record<string, Partial<CloudHsmCluster>>>,
  storage: Storage = createMemoryStorage(),
) {
  const whole = Object.fromEntries(
    Object.entries(clusters).map(([id, members]) => [
      id,
      { trustAnchorCertificate: certificate, ...members } as CloudHsmCluster,
    ]),
  )
  const proxy = () => {
    throw new Error("no proxy")
  }
  return createKeyStores({ place, storage, account, clusters: whole, proxy: proxy as never })
}

const encryptedBy = async (hsm: Hsm, id = keyId, owner = account) =>
  textOf(await hsm.encrypt({ binding: bindingOf(id, owner) } as never))

describe("the HSM that a call works with", () => {
  it("is that of the region where no key store has a part in it", () => {
    const { hsm: home } = namedHsm("home")
    const stores = keyStoresWith({})
    expect(stores.hsmFor(home, { call, keys: [], keyStore: undefined })).toBe(home)
    expect(stores.hsmFor(home, { call, keys: [keyIn(undefined)], keyStore: undefined })).toBe(home)
  })

  it("is for each key that of its store, and for others that of the region", async () => {
    const [home, cluster] = [namedHsm("home"), namedHsm("cluster")]
    const stores = keyStoresWith({ [clusterId]: { hsm: cluster.hsm } })
    const otherId = keyId.replace("1234", "4321")
    const keys = [keyIn(storeOf(storeId)), keyIn(undefined, otherId)]
    const hsm = stores.hsmFor(home.hsm, { call, keys, keyStore: undefined })
    expect(await encryptedBy(hsm)).toBe("cluster")
    expect(await encryptedBy(hsm, otherId)).toBe("home")
    // The secrets of stores, and keys that the call is not about.
    expect(await encryptedBy(hsm, storeId)).toBe("home")
    expect(await encryptedBy(hsm, keyId, otherAccount)).toBe("home")
    expect(textOf(await hsm.generateRandom(1))).toBe("random of home")
  })

  it("is that of the store in which the whole call works, but for keys of the region", async () => {
    const [home, cluster] = [namedHsm("home"), namedHsm("cluster")]
    const stores = keyStoresWith({ [clusterId]: { hsm: cluster.hsm } })
    const keyStore = { store: storeOf(storeId), record: { account, stores: [] } } as never
    const hsm = stores.hsmFor(home.hsm, { call, keys: [], keyStore })
    expect([await encryptedBy(hsm), await encryptedBy(hsm, storeId)]).toEqual(["cluster", "home"])
    expect(textOf(await hsm.generateRandom(1))).toBe("random of cluster")
  })

  it("lets no plaintext out between keys of one store, and none stay between two stores", async () => {
    const [home, one, other] = [namedHsm("home"), namedHsm("one"), namedHsm("other")]
    const stores = keyStoresWith({
      [clusterId]: { hsm: one.hsm },
      [otherClusterId]: { hsm: other.hsm },
    })
    const [first, second, third] = [
      keyId,
      keyId.replace("1234", "4321"),
      keyId.replace("1234", "5678"),
    ]
    const keys = [
      keyIn(storeOf(storeId), first),
      keyIn(storeOf(storeId), second),
      keyIn(storeOf(otherStoreId, otherClusterId), third),
    ]
    const hsm = stores.hsmFor(home.hsm, { call, keys, keyStore: undefined })
    const again = async (from: string, to: string) =>
      textOf(
        await hsm.reEncrypt(
          { binding: bindingOf(from), ciphertext: bytes("x"), aad: bytes("") } as never,
          { binding: bindingOf(to), aad: bytes("") } as never,
        ),
      )
    expect(await again(first, second)).toBe("one again")
    expect(await again(first, third)).toBe("other")
  })
})

describe("a cluster", () => {
  it("is there for the account that has it", () => {
    const stores = keyStoresWith({
      [clusterId]: { hsm: namedHsm("a").hsm },
      [otherClusterId]: { hsm: namedHsm("b").hsm, account: otherAccount },
    })
    const { cluster } = stores.backings
    expect([cluster(account, clusterId), cluster(otherAccount, otherClusterId)]).not.toContain(
      undefined,
    )
    expect([
      cluster(otherAccount, clusterId),
      cluster(account, otherClusterId),
      cluster(account, "none"),
    ]).toEqual([undefined, undefined, undefined])
  })

  it("says what it was handed: its certificate without white space, its password, its status", async () => {
    const status = { isActive: false, activeHsms: 0 }
    const stores = keyStoresWith({
      [clusterId]: { hsm: namedHsm("a").hsm, password: "right", status: () => status },
      [otherClusterId]: { hsm: namedHsm("b").hsm },
    })
    const [one, other] = [clusterId, otherClusterId].map((id) =>
      stores.backings.cluster(account, id),
    )
    expect(one?.trustAnchorCertificate).toBe(
      "-----BEGINCERTIFICATE-----MIIBexample-----ENDCERTIFICATE-----",
    )
    expect(await one?.status()).toBe(status)
    expect(await other?.status()).toEqual({ isActive: true, activeHsms: 2 })
    expect(["right", "wrong", "righ", ""].map((text) => one?.acceptsPassword(text))).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect(other?.acceptsPassword("whatever")).toBe(true)
  })

  it("is opened in the domain of each store once, which is made where there is none", async () => {
    const storage = createMemoryStorage()
    const { hsm, domains } = namedHsm("cluster")
    const stores = keyStoresWith({ [clusterId]: { hsm } }, storage)
    const home = namedHsm("home").hsm
    const use = (id: string) =>
      encryptedBy(stores.hsmFor(home, { call, keys: [keyIn(storeOf(id))], keyStore: undefined }))
    await use(storeId)
    await use(storeId)
    await use(otherStoreId)
    const { entries } = await storage.list({ prefix: "", limit: 9 })
    expect(entries.map(({ key }) => key)).toEqual([
      `domain/${account}/${storeId}`,
      `domain/${account}/${otherStoreId}`,
    ])
    expect(domains).toEqual([])
    const again = keyStoresWith({ [clusterId]: { hsm } }, storage)
    const reopened = again.hsmFor(home, {
      call,
      keys: [keyIn(storeOf(storeId))],
      keyStore: undefined,
    })
    await encryptedBy(reopened)
    await encryptedBy(reopened)
    expect(domains).toEqual([`aws:us-east-1:${account}:${storeId}`])
  })

  it("is opened anew when its store is connected, and when it could not be opened", async () => {
    const storage = createMemoryStorage()
    const cluster = namedHsm("cluster")
    const first = keyStoresWith({ [clusterId]: { hsm: cluster.hsm } }, storage)
    await first.backings.cluster(account, clusterId)?.open(account, storeOf(storeId))
    const stores = keyStoresWith({ [clusterId]: { hsm: cluster.hsm } }, storage)
    const hsm = stores.hsmFor(namedHsm("home").hsm, {
      call,
      keys: [keyIn(storeOf(storeId))],
      keyStore: undefined,
    })
    cluster.break(true)
    await expect(encryptedBy(hsm)).rejects.toThrow("no power")
    cluster.break(false)
    expect(await encryptedBy(hsm)).toBe("cluster")
    const opens = cluster.domains.length
    await stores.backings.cluster(account, clusterId)?.open(account, storeOf(storeId))
    expect(cluster.domains).toHaveLength(opens + 1)
  })

  it("that this host has not been handed is unavailable", async () => {
    const stores = keyStoresWith({})
    const keys = [keyIn(storeOf(storeId))]
    const hsm = stores.hsmFor(namedHsm("home").hsm, { call, keys, keyStore: undefined })
    await expect(encryptedBy(hsm)).rejects.toMatchObject({ name: "HsmError", code: "unavailable" })
  })

  it("is closed with its host", async () => {
    const [one, other] = [namedHsm("a"), namedHsm("b")]
    const stores = keyStoresWith({
      [clusterId]: { hsm: one.hsm },
      [otherClusterId]: { hsm: other.hsm },
    })
    await stores.close()
    expect([one.domains, other.domains]).toEqual([["closed"], ["closed"]])
  })
})
