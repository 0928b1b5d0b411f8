import { describe } from "vitest"
import { keyStoreEntryFormat, keyStoresFormat } from "../../src/formats/stored/key-store-records.js"
import {
  account,
  hash,
  isKept,
  keyId,
  noAccount,
  noBytes,
  noCount,
  noDigits,
  noName,
  row,
  storeId,
} from "./stored-rows.js"

const secret = { keyMaterialId: hash, token: "AQID", ciphertext: "BAUG" }
const noSecret = (path: string) => ({
  [`${path}.keyMaterialId`]: noDigits(64),
  [`${path}.token`]: noBytes,
  [`${path}.ciphertext`]: noBytes,
})
const anyStore = { id: storeId, name: "store", createdMs: 0, state: "FAILED" }
const noStore = {
  "stores.0.id": ["", `cks-${"0".repeat(16)}`, `cks-${"0".repeat(18)}`, `x${storeId}`, 1],
  "stores.0.name": [1],
  "stores.0.createdMs": noCount,
  "stores.0.state": ["", "other"],
  "stores.0.errorCode": ["", "OTHER"],
}

const ofKeyStores = [
  row(
    "key stores",
    keyStoresFormat,
    `key-stores/${account}`,
    {
      account,
      stores: [
        {
          ...anyStore,
          errorCode: "NETWORK_ERRORS",
          type: "AWS_CLOUDHSM",
          clusterId: "cluster-1",
          trustAnchorCertificate: "certificate",
          password: secret,
        },
      ],
    },
    {
      optional: ["stores.0.errorCode"],
      bytes: ["token", "ciphertext"],
      also: { stores: [[]], "stores.0.state": ["CONNECTED", "DISCONNECTED"] },
      never: {
        account: noAccount,
        ...noStore,
        "stores.0.type": ["", "OTHER"],
        "stores.0.clusterId": [1],
        "stores.0.trustAnchorCertificate": [1],
        ...noSecret("stores.0.password"),
      },
    },
  ),
  row(
    "key stores",
    keyStoresFormat,
    `key-stores/${account}`,
    {
      account,
      stores: [
        {
          ...anyStore,
          errorCode: "INVALID_CREDENTIALS",
          type: "EXTERNAL_KEY_STORE",
          proxy: {
            uriEndpoint: "https://proxy.example",
            uriPath: "/kms/xks/v1",
            connectivity: "VPC_ENDPOINT_SERVICE",
            vpcEndpointServiceName: "service",
            vpcEndpointServiceOwner: account,
            accessKeyId: "access",
          },
          secretAccessKey: secret,
        },
      ],
    },
    {
      optional: [
        "stores.0.errorCode",
        "stores.0.proxy.vpcEndpointServiceName",
        "stores.0.proxy.vpcEndpointServiceOwner",
      ],
      bytes: ["token", "ciphertext"],
      also: { "stores.0.proxy.connectivity": ["PUBLIC_ENDPOINT"] },
      never: {
        ...noStore,
        "stores.0.proxy.uriEndpoint": [1],
        "stores.0.proxy.uriPath": [1],
        "stores.0.proxy.connectivity": ["", "OTHER"],
        "stores.0.proxy.vpcEndpointServiceName": [1],
        "stores.0.proxy.vpcEndpointServiceOwner": [1],
        "stores.0.proxy.accessKeyId": [1],
        ...noSecret("stores.0.secretAccessKey"),
      },
    },
  ),
  row(
    "key store entry",
    keyStoreEntryFormat,
    `key-store-key/${account}/${storeId}/external`,
    { account, storeId, name: "external", keyId },
    { never: { ...noName, storeId: noStore["stores.0.id"], name: [1] } },
  ),
]

describe("a stored record", () => {
  for (const row of ofKeyStores) describe(`of key stores: ${row.kind}`, () => isKept(row))
})
