import type { CloudHsmStore } from "../../formats/stored/key-store-records.js"
import { requireDistinct } from "../../model/key-stores.js"
import { isHsmError } from "../../ports/hsm.js"
import type { CloudHsmClusterStatus } from "../../ports/key-stores.js"
import {
  clusterNotActive,
  clusterNotRelated,
  incorrectTrustAnchor,
  noSuchCluster,
  tooFewHsms,
} from "../../vocabulary/refusals/key-stores.js"
import type { Cluster } from "../backings.js"
import type { Call } from "../call.js"
import { type CreateInput, requireWhole } from "./inputs.js"
import type { StoreKind } from "./kinds.js"
import { openSecret, passwordPlace, sealSecret } from "./secrets.js"

/** How many active HSMs it takes. Source: KMS API reference, the exceptions of the cluster. */
export const hsmsToCreate = 2
const hsmsToConnect = 1

export function requireActive(status: CloudHsmClusterStatus, hsmsMin: number): void {
  if (!status.isActive) throw clusterNotActive()
  if (status.activeHsms < hsmsMin) throw tooFewHsms({ least: hsmsMin })
}

/** The cluster of that id, fit to be connected to; throws the refusal. */
async function fitCluster(call: Call<unknown>, clusterId: string): Promise<Cluster> {
  const cluster = call.backings.cluster(call.caller.account, clusterId)
  if (cluster === undefined) throw noSuchCluster()
  requireActive(await cluster.status(), hsmsToCreate)
  return cluster
}

/** The same certificate, however its lines are broken. */
const isCertificate = (cluster: Cluster, certificate: string): boolean =>
  cluster.trustAnchorCertificate === certificate.replace(/\s+/g, "")

/** Members that {@link requireWhole} has found. */
type Whole = CreateInput &
  Record<"CloudHsmClusterId" | "TrustAnchorCertificate" | "KeyStorePassword", string>

export const cloudHsmStores: StoreKind<CloudHsmStore> = {
  create: async (call, base, input, record) => {
    requireWhole("AWS_CLOUDHSM", input)
    const { CloudHsmClusterId, TrustAnchorCertificate, KeyStorePassword } = input as Whole
    const draft = {
      ...base,
      type: "AWS_CLOUDHSM" as const,
      clusterId: CloudHsmClusterId,
      trustAnchorCertificate: TrustAnchorCertificate,
    }
    const place = passwordPlace(record.account, draft)
    const store = { ...draft, password: await sealSecret(call, place, KeyStorePassword) }
    requireDistinct(record, store)
    const cluster = await fitCluster(call, CloudHsmClusterId)
    if (!isCertificate(cluster, TrustAnchorCertificate)) throw incorrectTrustAnchor()
    return store
  },

  update: async (call, before, input, record) => {
    const { CloudHsmClusterId, KeyStorePassword } = input
    const password =
      KeyStorePassword === undefined
        ? before.password
        : await sealSecret(call, passwordPlace(record.account, before), KeyStorePassword)
    const store = { ...before, password, clusterId: CloudHsmClusterId ?? before.clusterId }
    requireDistinct(record, store)
    if (CloudHsmClusterId === undefined) return store
    const cluster = await fitCluster(call, CloudHsmClusterId)
    if (isCertificate(cluster, before.trustAnchorCertificate)) return store
    throw clusterNotRelated()
  },

  connect: async (call, store, account) => {
    const cluster = call.backings.cluster(account, store.clusterId)
    if (cluster === undefined) return "CLUSTER_NOT_FOUND"
    const status = await cluster.status()
    requireActive(status, hsmsToConnect)
    if (status.connectionErrorCode !== undefined) return status.connectionErrorCode
    const password = await openSecret(call, passwordPlace(account, store), store.password)
    if (!cluster.acceptsPassword(password)) return "INVALID_CREDENTIALS"
    try {
      await cluster.open(account, store)
      return undefined
    } catch (error) {
      if (!isHsmError(error)) throw error
      return error.code === "unavailable" ? "NETWORK_ERRORS" : "INTERNAL_ERROR"
    }
  },

  entry: ({ clusterId, trustAnchorCertificate }) => ({
    CloudHsmClusterId: clusterId,
    TrustAnchorCertificate: trustAnchorCertificate,
  }),
}
