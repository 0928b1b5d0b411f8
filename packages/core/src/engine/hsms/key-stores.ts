import type { Storage } from "@keywright/storage"
import {
  type CloudHsmStore,
  type ExternalStore,
  type KeyStore,
  keyStoreDomainKey,
  keyStoreEntryPrefix,
} from "../../formats/stored/key-store-records.js"
import type { CallHead } from "../../model/caller.js"
import { refuseUse, XksError } from "../../model/xks-failures.js"
import type { Backings } from "../../operations/backings.js"
import type { LocatedKey, LocatedKeyStore } from "../../operations/call.js"
import { credentialPlace, openSecret } from "../../operations/key-stores/secrets.js"
import type { Binding } from "../../ports/bindings.js"
import { type Hsm, HsmError } from "../../ports/hsm.js"
import type { CloudHsmClusters } from "../../ports/key-stores.js"
import { isKeyId, type Place } from "../../vocabulary/arns.js"
import { equalBytes, utf8 } from "../../vocabulary/bytes.js"
import { pick } from "../../vocabulary/pick.js"
import { type Domain, openDomain } from "./domain.js"
import { bareHsm, type KeyHsm, routedHsm } from "./routed-hsm.js"

/** What a call is about, as far as it decides where key material is. */
export interface Workplaces {
  readonly call: CallHead
  readonly keys: readonly LocatedKey[]
  /** The store that the whole call works in. */
  readonly keyStore: LocatedKeyStore | undefined
}

/** The custom key stores of a host. */
export interface KeyStores {
  readonly backings: Backings
  /** The HSM that a call works with: that of the region, unless a key store has a part in it. */
  hsmFor(home: Hsm, workplaces: Workplaces): Hsm
  close(): Promise<void>
}

export interface KeyStoreParts {
  readonly place: Place
  readonly storage: Storage
  readonly account: string
  readonly clusters: CloudHsmClusters
  readonly proxy: Backings["proxy"]
}

/** The same certificate, however its lines are broken. */
const normalized = (certificate: string): string => certificate.replace(/\s+/g, "")

/** The clusters that this host was handed, each with the domains that it has opened there. */
function createClusters({ storage, place, account, clusters }: KeyStoreParts) {
  const known = new Map(Object.entries(clusters))
  const opened = new Map<string, Promise<Domain>>()

  const find = (owner: string, clusterId: string) => {
    const cluster = known.get(clusterId)
    return (cluster?.account ?? account) === owner ? cluster : undefined
  }

  const nameOf = (owner: string, { id, clusterId }: CloudHsmStore): string =>
    `${owner} ${id} ${clusterId}`

  /** Opens a domain once; a failure is not remembered. */
  const domainOf = (owner: string, store: CloudHsmStore): Promise<Domain> => {
    const { id, clusterId } = store
    const hsm = find(owner, clusterId)?.hsm
    if (hsm === undefined) throw new HsmError("unavailable", "this host has not that cluster")
    const name = nameOf(owner, store)
    const domain = opened.get(name)
    if (domain !== undefined) return domain
    const opening = openDomain(storage, hsm, {
      name: `${place.partition}:${place.region}:${owner}:${id}`,
      key: keyStoreDomainKey(owner, id),
      recordsPrefix: keyStoreEntryPrefix(owner, id),
    })
    opened.set(name, opening)
    opening.catch(() => opened.delete(name))
    return opening
  }

  const cluster: Backings["cluster"] = (owner, clusterId) => {
    const found = find(owner, clusterId)
    if (found === undefined) return undefined
    const { password, status, trustAnchorCertificate } = found
    return {
      trustAnchorCertificate: normalized(trustAnchorCertificate),
      status: async () => (await status?.()) ?? { isActive: true, activeHsms: 2 },
      acceptsPassword: (text) => password === undefined || equalBytes(utf8(password), utf8(text)),
      open: async (owner, store) => {
        // An HSM that was restarted since is locked again.
        opened.delete(nameOf(owner, store))
        await domainOf(owner, store)
      },
    }
  }

  const close = async () => {
    for (const { hsm } of known.values()) await hsm.close()
  }
  return { cluster, domainOf, close }
}

/** Where the HSM of the region is; stores have ids of their own. */
const regionSite = "region"

/** Refuses the use of a key in the words for what its proxy did. */
const inUse = async <Result>(work: Promise<Result>): Promise<Result> => work.catch(refuseUse)

type StoreHsm = (
  home: Hsm,
  call: CallHead,
  store: KeyStore,
  account: string,
  xksKeyId?: string,
) => KeyHsm

export function createKeyStores(parts: KeyStoreParts): KeyStores {
  const { place, proxy } = parts
  const clusters = createClusters(parts)

  /** Our HSM inside, an external key around it. */
  const externalHsm = (
    home: Hsm,
    call: CallHead,
    store: ExternalStore,
    account: string,
    xksKeyId: string | undefined,
  ): KeyHsm => {
    const open = async () => {
      const sealer = { place, hsm: home }
      const secretPlace = credentialPlace(account, store)
      const secretAccessKey = await openSecret(sealer, secretPlace, store.secretAccessKey)
      return proxy({ ...store.proxy, secretAccessKey }, call)
    }
    const use = (key: Binding, messageAad: Uint8Array) => {
      if (xksKeyId === undefined) throw new Error("a key in an external store has an external key")
      return { xksKeyId, key, messageAad }
    }
    return {
      site: regionSite,
      use: (work) => work(home),
      close: async (binding, aad, inner) => inUse((await open()).encrypt(use(binding, aad), inner)),
      open: async (binding, aad, outer) => inUse((await open()).decrypt(use(binding, aad), outer)),
      notGenuine: () => refuseUse(new XksError("plaintextRefused")),
    }
  }

  const storeHsm: StoreHsm = (home, call, store, account, xksKeyId) =>
    pick<StoreHsm>(storeHsms, store.type)(home, call, store, account, xksKeyId)

  const storeHsms = {
    AWS_CLOUDHSM: (_home: Hsm, _call: CallHead, store: CloudHsmStore, account: string) =>
      bareHsm(`${account} ${store.id}`, async (work) =>
        (await clusters.domainOf(account, store)).use(work),
      ),
    EXTERNAL_KEY_STORE: externalHsm,
  }

  return {
    backings: { cluster: clusters.cluster, proxy },

    hsmFor: (home, { call, keys, keyStore }) => {
      if (keyStore === undefined && keys.every(({ store }) => store === undefined)) return home
      const ofRegion = bareHsm(regionSite, (work) => work(home))
      const fallback =
        keyStore === undefined
          ? ofRegion
          : storeHsm(home, call, keyStore.store, keyStore.record.account)
      return routedHsm(home, fallback, ({ account, keyId }) => {
        // The secrets of stores are under keys of the region, which are those of no KMS key.
        if (!isKeyId(keyId)) return ofRegion
        const isThat = ({ record }: LocatedKey) =>
          record.account === account && record.keyId === keyId
        const key = keys.find(isThat)
        if (key === undefined) return fallback
        if (key.store === undefined) return ofRegion
        return storeHsm(home, call, key.store, account, key.record.keyStore?.xksKeyId)
      })
    },

    close: clusters.close,
  }
}
