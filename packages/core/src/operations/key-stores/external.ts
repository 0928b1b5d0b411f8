import type { ExternalStore, ProxyRecord } from "../../formats/stored/key-store-records.js"
import { requireDistinct } from "../../model/key-stores.js"
import { refuseKeyStore, XksError, xksFailures } from "../../model/xks-failures.js"
import type { XksConnectivity } from "../../vocabulary/key-stores.js"
import {
  endpointServiceMissing,
  endpointServiceNeedless,
} from "../../vocabulary/refusals/key-stores.js"
import type { XksProxy } from "../backings.js"
import type { Call } from "../call.js"
import { type CreateInput, requireWhole, type UpdateInput } from "./inputs.js"
import type { StoreKind } from "./kinds.js"
import { credentialPlace, openSecret, sealSecret } from "./secrets.js"

type ProxyInput = Pick<CreateInput | UpdateInput, `XksProxy${string}` & keyof CreateInput>

/** The proxy as the input says, and otherwise as it was. */
function proxyAs(input: ProxyInput, before: Partial<ProxyRecord>): ProxyRecord {
  const connectivity = input.XksProxyConnectivity ?? before.connectivity
  const vpcEndpointServiceName =
    input.XksProxyVpcEndpointServiceName ?? before.vpcEndpointServiceName
  const vpcEndpointServiceOwner =
    input.XksProxyVpcEndpointServiceOwner ?? before.vpcEndpointServiceOwner
  const common = {
    uriEndpoint: input.XksProxyUriEndpoint ?? before.uriEndpoint ?? "",
    uriPath: input.XksProxyUriPath ?? before.uriPath ?? "",
    connectivity: connectivity as XksConnectivity,
    accessKeyId: input.XksProxyAuthenticationCredential?.AccessKeyId ?? before.accessKeyId ?? "",
  }
  if (connectivity === "VPC_ENDPOINT_SERVICE") {
    if (vpcEndpointServiceName === undefined) throw endpointServiceMissing()
    return { ...common, vpcEndpointServiceName, vpcEndpointServiceOwner }
  }
  const { XksProxyVpcEndpointServiceName, XksProxyVpcEndpointServiceOwner } = input
  if ((XksProxyVpcEndpointServiceName ?? XksProxyVpcEndpointServiceOwner) !== undefined) {
    throw endpointServiceNeedless()
  }
  return common
}

/** A client of the proxy of a store, with the credential open. */
export async function proxyOf(
  call: Call<unknown>,
  store: ExternalStore,
  account: string,
): Promise<XksProxy> {
  const place = credentialPlace(account, store)
  const secretAccessKey = await openSecret(call, place, store.secretAccessKey)
  return call.backings.proxy({ ...store.proxy, secretAccessKey }, call)
}

/** Refuses a proxy that does not answer, does not know us, or has no key manager to turn to. */
async function requireHealthy(call: Call<unknown>, proxy: ProxyRecord, secretAccessKey: string) {
  await call.backings
    .proxy({ ...proxy, secretAccessKey }, call)
    .health()
    .catch(refuseKeyStore)
}

/** Members that {@link requireWhole} has found. */
type Whole = CreateInput & {
  readonly XksProxyAuthenticationCredential: { readonly RawSecretAccessKey: string }
}

export const externalStores: StoreKind<ExternalStore> = {
  create: async (call, base, input, record) => {
    requireWhole("EXTERNAL_KEY_STORE", input)
    const { RawSecretAccessKey } = (input as Whole).XksProxyAuthenticationCredential
    const proxy = proxyAs(input, {})
    const draft = { ...base, type: "EXTERNAL_KEY_STORE" as const, proxy }
    const place = credentialPlace(record.account, draft)
    const store = { ...draft, secretAccessKey: await sealSecret(call, place, RawSecretAccessKey) }
    requireDistinct(record, store)
    await requireHealthy(call, proxy, RawSecretAccessKey)
    return store
  },

  update: async (call, before, input, record) => {
    const proxy = proxyAs(input, before.proxy)
    const { account } = record
    const secret =
      input.XksProxyAuthenticationCredential?.RawSecretAccessKey ??
      (await openSecret(call, credentialPlace(account, before), before.secretAccessKey))
    const place = credentialPlace(account, { id: before.id, proxy })
    const store = { ...before, proxy, secretAccessKey: await sealSecret(call, place, secret) }
    requireDistinct(record, store)
    const isAboutProxy = Object.entries(input).some(
      ([member, value]) => member.startsWith("XksProxy") && value !== undefined,
    )
    if (isAboutProxy) await requireHealthy(call, proxy, secret)
    return store
  },

  connect: async (call, store, account) => {
    try {
      await (await proxyOf(call, store, account)).health()
      return undefined
    } catch (error) {
      if (error instanceof XksError) return xksFailures[error.failure].connection
      throw error
    }
  },

  entry: ({ proxy }) => ({
    XksProxyConfiguration: {
      Connectivity: proxy.connectivity,
      AccessKeyId: proxy.accessKeyId,
      UriEndpoint: proxy.uriEndpoint,
      UriPath: proxy.uriPath,
      ...(proxy.vpcEndpointServiceName !== undefined && {
        VpcEndpointServiceName: proxy.vpcEndpointServiceName,
      }),
      ...(proxy.vpcEndpointServiceOwner !== undefined && {
        VpcEndpointServiceOwner: proxy.vpcEndpointServiceOwner,
      }),
    },
  }),
}
