import { awsSdkHandler, awsSdkStsHandler } from "@keywright/aws-sdk"
import { createKms, createSoftwareHsm, openSealedStorage, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import {
  createDirectory,
  createIdentify,
  createTokenService,
  factsOf,
  sigv4,
  type VpcEndpoint,
} from "@keywright/identity"
import type { Storage } from "@keywright/storage"

export interface ServicesOptions {
  readonly rootKey: Uint8Array
  /** One for keys, and one for accounts. */
  readonly keys: Storage
  readonly accounts: Storage
  readonly region: string
  readonly account: string
  /** Whatever `directory.fill` takes. */
  readonly fill: unknown
  readonly onMistake: (error: unknown) => void
  readonly endpoints?: readonly VpcEndpoint[]
}

/** AWS KMS and AWS STS over one directory, which says who calls and what they may do. */
export async function openServices(options: ServicesOptions) {
  const { region, account, onMistake, rootKey, endpoints = [] } = options
  const suite = opensslSuite()
  const hsm = () => createSoftwareHsm({ seal: rootKeySeal(rootKey), suite })
  const store = await openSealedStorage({ name: "identity", storage: options.accounts, hsm: hsm() })
  const directory = createDirectory({ store, clock: Date.now })
  await directory.fill(options.fill)
  const sts = createTokenService({ directory })
  const kms = await createKms({
    ...{ region, account, storage: options.keys, hsm: hsm() },
    identities: directory.identities,
    guardrails: {
      ...(await directory.guardrails()),
      vpcEndpointPolicies: Object.assign({}, ...endpoints.map(({ policies }) => policies)),
    },
  })
  const identify = createIdentify({
    ways: [sigv4({ sts, clock: Date.now, hashing: suite })],
    transport: {},
  })
  return {
    directory,
    /** For services in this process, which call as whoever has called them. */
    engine: kms,
    identify,
    kms: awsSdkHandler(kms, { identify, regionOf: () => region, onMistake }).requestHandler,
    sts: awsSdkStsHandler(sts, { facts: factsOf }).requestHandler,
    close: async () => {
      await kms.close()
      await store.close()
    },
  }
}

export type Services = Awaited<ReturnType<typeof openServices>>
