import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import {
  connectRegions,
  createKms,
  createSoftwareHsm,
  type Kms,
  rootKeySeal,
  type XksOptions,
} from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import type { Storage } from "@keywright/storage"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import Database from "libsql"

/*
 * Where the hosts of a soak are: two regions, a file for each, a cluster that is another HSM, and
 * a proxy of external keys in the process itself.
 */

export const regionNames = ["us-east-1", "eu-west-1"] as const

const suite = opensslSuite()

export interface Place {
  readonly kms: Kms
  readonly storage: Storage
  readonly database: InstanceType<typeof Database>
}

export interface Places {
  /** The region that is disturbed and looked at. */
  readonly east: Place
  readonly west: Place
  close(): Promise<void>
}

/** The file of the other region. */
export const westPath = (path: string): string => `${path}-west`

const clusterId = "cluster-abcdefg2345"
const trustAnchorCertificate = "-----BEGIN CERTIFICATE-----\nMIIBsoak\n-----END CERTIFICATE-----\n"

const clusterStoreInput = {
  CustomKeyStoreName: "cluster",
  CloudHsmClusterId: clusterId,
  TrustAnchorCertificate: trustAnchorCertificate,
  KeyStorePassword: "kmsuser-Passw0rd",
} as const

const externalStoreInput = {
  CustomKeyStoreName: "external",
  CustomKeyStoreType: "EXTERNAL_KEY_STORE",
  XksProxyConnectivity: "PUBLIC_ENDPOINT",
  XksProxyUriEndpoint: "https://xks.example.com",
  XksProxyUriPath: "/soak/kms/xks/v1",
  XksProxyAuthenticationCredential: {
    AccessKeyId: "ABCDEFGHIJKLMNOPQRST",
    RawSecretAccessKey: "secret/of+the/proxy0123456789012345678901234567",
  },
} as const

const bytesOf = (value: unknown): Buffer => Buffer.from(String(value ?? ""), "base64")
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

/** Every process has the same external keys: their bytes follow from their names. */
const externalKey = (id: string) => createHash("sha256").update(`soak ${id}`).digest()

type Body = Readonly<Record<string, unknown>>

function encrypt(id: string, body: Body): Body {
  const iv = randomBytes(12)
  const aad = bytesOf(body["additionalAuthenticatedData"])
  const cipher = createCipheriv("aes-256-gcm", externalKey(id), iv).setAAD(aad)
  const ciphertext = Buffer.concat([cipher.update(bytesOf(body["plaintext"])), cipher.final()])
  const tag = cipher.getAuthTag()
  const whole = createHash("sha256")
    .update(Buffer.concat([aad, iv, ciphertext, tag]))
    .digest()
  return {
    authenticationTag: base64(tag),
    ciphertext: base64(ciphertext),
    ciphertextDataIntegrityValue: base64(whole),
    initializationVector: base64(iv),
  }
}

function decrypt(id: string, body: Body): Body {
  const iv = bytesOf(body["initializationVector"])
  const decipher = createDecipheriv("aes-256-gcm", externalKey(id), iv)
  decipher.setAAD(bytesOf(body["additionalAuthenticatedData"]))
  decipher.setAuthTag(bytesOf(body["authenticationTag"]))
  const start = decipher.update(bytesOf(body["ciphertext"]))
  return { plaintext: base64(Buffer.concat([start, decipher.final()])) }
}

function answerOf(url: string, body: Body): Body {
  const path = new URL(url).pathname.slice(externalStoreInput.XksProxyUriPath.length + 1)
  const [kind, id = "", operation] = path.split("/")
  if (kind === "health") {
    const fleet = [{ id: "1", model: "M", healthStatus: "ACTIVE" }]
    const names = { xksProxyVendor: "Soak", xksProxyModel: "1", ekmVendor: "Soak" }
    return { xksProxyFleetSize: 1, ...names, ekmFleetDetails: fleet }
  }
  if (operation === "metadata") {
    return { keySpec: "AES_256", keyUsage: ["ENCRYPT", "DECRYPT", "WRAP"], keyStatus: "ENABLED" }
  }
  return operation === "encrypt" ? encrypt(id, body) : decrypt(id, body)
}

const xks: XksOptions = {
  fetch: async (url, { body }) => new Response(JSON.stringify(answerOf(url, JSON.parse(body)))),
  // It is no further away than a function call.
  timeout: () => ({ aborted: false, addEventListener: () => undefined }),
}

async function openPlace(
  region: string,
  path: string,
  rootKey: Uint8Array,
  clock: () => number,
): Promise<Place> {
  const database = new Database(path)
  const storage = openSqliteStorage(database)
  const seal = rootKeySeal(rootKey)
  const clusterSeal = rootKeySeal(rootKey.map((byte) => byte ^ 1))
  const kms = await createKms({
    region,
    account: "111122223333",
    storage,
    hsm: createSoftwareHsm({ seal, suite }),
    clock,
    xks,
    keyStores: {
      [clusterId]: { hsm: createSoftwareHsm({ seal: clusterSeal, suite }), trustAnchorCertificate },
    },
  })
  return { kms, storage, database }
}

/** A host of each region, which know each other, with a clock that the caller moves. */
export async function openPlaces(
  path: string,
  rootKey: string,
  clock: () => number,
): Promise<Places> {
  const bytes = Uint8Array.from(Buffer.from(rootKey, "hex"))
  const [eastName, westName] = regionNames
  const east = await openPlace(eastName, path, bytes, clock)
  const west = await openPlace(westName, westPath(path), bytes, clock)
  await connectRegions([east.kms, west.kms])
  return {
    east,
    west,
    close: async () => {
      await east.kms.close()
      await west.kms.close()
    },
  }
}

/** Custom key stores that keys can be made in. */
export interface Stores {
  readonly cluster: string
  readonly external: string
}

/** Makes the key stores and connects them: once, for all hosts. */
export async function makeStores(kms: Kms): Promise<Stores> {
  const root = kms.as(kms.administrator)
  const make = async (input: Parameters<typeof root.createCustomKeyStore>[0]) => {
    const { CustomKeyStoreId = "" } = await root.createCustomKeyStore(input)
    await root.connectCustomKeyStore({ CustomKeyStoreId })
    return CustomKeyStoreId
  }
  return { cluster: await make(clusterStoreInput), external: await make(externalStoreInput) }
}

/** Takes all key stores away; they must have no keys any more. */
export async function dropStores(kms: Kms): Promise<void> {
  const root = kms.as(kms.administrator)
  const { CustomKeyStores = [] } = await root.describeCustomKeyStores({})
  for (const { CustomKeyStoreId } of CustomKeyStores) {
    await root.disconnectCustomKeyStore({ CustomKeyStoreId })
    await root.deleteCustomKeyStore({ CustomKeyStoreId })
  }
}
