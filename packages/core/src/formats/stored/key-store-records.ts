import * as z from "zod/mini"
import { isAccountId, isKeyId } from "../../vocabulary/arns.js"
import {
  type ConnectionErrorCode,
  type ConnectionState,
  connectionErrorCodes,
  connectionStates,
  type XksConnectivity,
  xksConnectivities,
} from "../../vocabulary/key-stores.js"
import { base64 } from "../base64-shape.js"
import { ms, type RecordFormat, recordFormat } from "./record-format.js"

/** A secret of a key store, encrypted under a key that the HSM made for it alone. */
export interface SealedSecret {
  /** 64 hexadecimal digits. */
  readonly keyMaterialId: string
  /** The key, wrapped. */
  readonly token: Uint8Array
  readonly ciphertext: Uint8Array
}

interface AnyKeyStore {
  /** `cks-` and 17 hexadecimal digits. */
  readonly id: string
  readonly name: string
  readonly createdMs: number
  readonly state: ConnectionState
  /** Present exactly in state `FAILED`. */
  readonly errorCode?: ConnectionErrorCode | undefined
}

/** A key store that is a CloudHSM cluster. */
export interface CloudHsmStore extends AnyKeyStore {
  readonly type: "AWS_CLOUDHSM"
  readonly clusterId: string
  readonly trustAnchorCertificate: string
  readonly password: SealedSecret
}

/** Where a proxy is and as whom KMS speaks to it. The secret key is bound to all of it. */
export interface ProxyRecord {
  readonly uriEndpoint: string
  readonly uriPath: string
  readonly connectivity: XksConnectivity
  readonly vpcEndpointServiceName?: string | undefined
  readonly vpcEndpointServiceOwner?: string | undefined
  readonly accessKeyId: string
}

/** A key store behind an external key store proxy. */
export interface ExternalStore extends AnyKeyStore {
  readonly type: "EXTERNAL_KEY_STORE"
  readonly proxy: ProxyRecord
  readonly secretAccessKey: SealedSecret
}

export type KeyStore = CloudHsmStore | ExternalStore

/**
 * All custom key stores of an account, oldest first: a handful, which must differ in name and in
 * what is behind them, so one record and one revision guard them all.
 */
export interface KeyStoresRecord {
  readonly account: string
  readonly stores: readonly KeyStore[]
}

/**
 * A KMS key in a key store. In an external key store the name is the id of the external key, of
 * which there can be but one; in any other it is the id of the KMS key.
 */
export interface KeyStoreEntry {
  readonly account: string
  readonly storeId: string
  readonly name: string
  readonly keyId: string
}

export const keyStoresKey = (account: string): string => `key-stores/${account}`
export const keyStoreEntryPrefix = (account: string, storeId: string): string =>
  `key-store-key/${account}/${storeId}/`
export const keyStoreEntryKey = (entry: Omit<KeyStoreEntry, "keyId">): string =>
  keyStoreEntryPrefix(entry.account, entry.storeId) + entry.name
/** The domain of the HSM behind a key store. */
export const keyStoreDomainKey = (account: string, storeId: string): string =>
  `domain/${account}/${storeId}`

const account = () => z.string().check(z.refine(isAccountId))
const storeId = () => z.string().check(z.regex(/^cks-[0-9a-f]{17}$/))

const sealedSecret = () =>
  z.strictObject({
    keyMaterialId: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    token: base64(),
    ciphertext: base64(),
  })

const anyStore = () => ({
  id: storeId(),
  name: z.string(),
  createdMs: ms(),
  state: z.enum(connectionStates),
  errorCode: z.optional(z.enum(connectionErrorCodes)),
})

export const keyStoresFormat: RecordFormat<KeyStoresRecord> = recordFormat(
  "key stores",
  ({ account }) => keyStoresKey(account),
  () =>
    z.strictObject({
      account: account(),
      stores: z.array(
        z.discriminatedUnion("type", [
          z.strictObject({
            ...anyStore(),
            type: z.literal("AWS_CLOUDHSM"),
            clusterId: z.string(),
            trustAnchorCertificate: z.string(),
            password: sealedSecret(),
          }),
          z.strictObject({
            ...anyStore(),
            type: z.literal("EXTERNAL_KEY_STORE"),
            proxy: z.strictObject({
              uriEndpoint: z.string(),
              uriPath: z.string(),
              connectivity: z.enum(xksConnectivities),
              vpcEndpointServiceName: z.optional(z.string()),
              vpcEndpointServiceOwner: z.optional(z.string()),
              accessKeyId: z.string(),
            }),
            secretAccessKey: sealedSecret(),
          }),
        ]),
      ),
    }),
)

export const keyStoreEntryFormat: RecordFormat<KeyStoreEntry> = recordFormat(
  "key store entry",
  keyStoreEntryKey,
  () =>
    z.strictObject({
      account: account(),
      storeId: storeId(),
      name: z.string(),
      keyId: z.string().check(z.refine(isKeyId)),
    }),
)
