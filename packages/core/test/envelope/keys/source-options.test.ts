import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { branchKeysInStorage } from "../../../src/envelope/branch-keys.js"
import {
  kmsEcdhDiscovery,
  kmsEcdhKeys,
} from "../../../src/envelope/keys/agreement/kms-ecdh-keys.js"
import {
  rawEcdhDiscovery,
  rawEcdhEphemeralKeys,
  rawEcdhKeys,
} from "../../../src/envelope/keys/agreement/raw-ecdh-keys.js"
import { createBranchKeyStore } from "../../../src/envelope/keys/branch/branch-key-store.js"
import { branchKeys } from "../../../src/envelope/keys/branch/branch-keys.js"
import { cachedKeys } from "../../../src/envelope/keys/cache/cached-keys.js"
import {
  kmsDiscovery,
  kmsMultiRegionDiscovery,
} from "../../../src/envelope/keys/kms/kms-discovery.js"
import { kmsKeys, kmsMultiRegionKeys } from "../../../src/envelope/keys/kms/kms-keys.js"
import { kmsRsaKeys } from "../../../src/envelope/keys/kms/kms-rsa-keys.js"
import { rawAesKeys } from "../../../src/envelope/keys/raw/raw-aes-keys.js"
import { rawRsaKeys } from "../../../src/envelope/keys/raw/raw-rsa-keys.js"
import { webCryptoRsa } from "../../../src/envelope/keys/raw/rsa-cipher.js"
import { keyArnOf, unknownKeyId } from "../../support/accounts.js"
import { wrapRequest } from "../support/key-requests.js"

const keyId = keyArnOf(unknownKeyId)
const method = async () => ({})
const client = {
  generateDataKey: method,
  decrypt: method,
  encrypt: method,
  getPublicKey: method,
  deriveSharedSecret: method,
  generateDataKeyWithoutPlaintext: method,
  reEncrypt: method,
}
const inPem = (type: "ec" | "rsa") => {
  const { publicKey, privateKey } =
    type === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 })
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }) as string,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  }
}
const [ec, rsa] = [inPem("ec"), inPem("rsa")]
const aes = { namespace: "ours", name: "key", key: new Uint8Array(32) }
const rsaOptions = { namespace: "ours", name: "key", padding: "oaep-sha256", ...rsa } as const
const curve = "P256"
const store = {
  client,
  keyId,
  table: branchKeysInStorage({} as never),
  name: "tests",
  clock: () => 0,
}
const branch = { store: {} as never, branchKeyId: "id", clock: () => 0, ageMsMax: 1 }
const filter = { partition: "aws", accounts: ["111122223333"] }

const without = (member: keyof typeof client) => ({ ...client, [member]: undefined }) as never
const noKeys = [
  ec.publicKey.replace("BEGIN PUBLIC", "BEGIN"),
  ec.publicKey.replace("END PUBLIC", "END"),
  `x${ec.publicKey}`,
  `${ec.publicKey}x`,
  ec.publicKey.replace(/\n/, "\n*"),
  "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
  "",
  7,
  new Uint8Array(0),
  new Uint8Array(91),
  rsa.publicKey,
  ec.privateKey,
] as never[]
const noPrivateKeys = ["", 7, ec.publicKey, rsa.privateKey, new Uint8Array(3)] as never[]
const noClient = (name: string) => `\`client\` must have a method \`${name}\``

const wrongs: readonly (readonly [string, readonly (() => unknown)[], string])[] = [
  [
    "a namespace or a name that a message cannot hold",
    ["", "\ud800", 7 as never].flatMap((wrong) => [
      () => rawAesKeys({ ...aes, namespace: wrong }),
      () => rawAesKeys({ ...aes, name: wrong }),
      () => rawRsaKeys({ ...rsaOptions, name: wrong }),
    ]),
    "must be a well-formed string that is not empty",
  ],
  [
    "a namespace of AWS KMS",
    ["aws-kms", "aws-kms-hierarchy", "aws-kmsx"].flatMap((namespace) => [
      () => rawAesKeys({ ...aes, namespace }),
      () => rawRsaKeys({ ...rsaOptions, namespace }),
    ]),
    "`namespace` may not begin with aws-kms",
  ],
  [
    "an AES key of another length",
    [0, 15, 17, 33].map((length) => () => rawAesKeys({ ...aes, key: new Uint8Array(length) })),
    "`key` must have 16, 24 or 32 bytes",
  ],
  ["an AES key of text", [() => rawAesKeys({ ...aes, key: "k".repeat(32) as never })], "`key`"],
  [
    "neither half of an RSA key",
    [() => rawRsaKeys({ ...rsaOptions, publicKey: undefined, privateKey: undefined })],
    "`publicKey` or `privateKey` is needed",
  ],
  [
    "what is no private key",
    noPrivateKeys.flatMap((privateKey) => [
      () => rawEcdhKeys({ curve, ...ec, privateKey }),
      () => rawEcdhDiscovery({ curve, privateKey }),
    ]),
    "`privateKey`",
  ],
  [
    "what is no public key",
    noKeys.flatMap((publicKey) => [
      () => rawEcdhKeys({ curve, ...ec, publicKey }),
      () => rawEcdhEphemeralKeys({ curve, publicKey }),
      () => kmsEcdhKeys(client, { curve, keyId, publicKey }),
    ]),
    "`publicKey`",
  ],
  [
    "what is no public key of its own",
    noKeys.map((ownPublicKey) => () => kmsEcdhDiscovery(client, { curve, keyId, ownPublicKey })),
    "`ownPublicKey`",
  ],
  [
    "text that is no PEM, of RSA",
    ["", "x", ec.privateKey, rsa.privateKey].flatMap((publicKey) => [
      () => rawRsaKeys({ ...rsaOptions, publicKey }),
      () => kmsRsaKeys(client, { keyId, algorithm: "RSAES_OAEP_SHA_1", publicKey }),
    ]),
    "`publicKey` must be DER bytes or PEM text of a PUBLIC KEY",
  ],
  [
    "text that is no PEM of a private key",
    ["", rsa.publicKey].map((privateKey) => () => rawRsaKeys({ ...rsaOptions, privateKey })),
    "`privateKey` must be DER bytes or PEM text of a PRIVATE KEY",
  ],
  [
    "another curve",
    ["P-256", "p256", "toString", ""].flatMap((other) => [
      () => rawEcdhKeys({ curve: other as never, ...ec }),
      () => kmsEcdhDiscovery(client, { curve: other as never, keyId }),
    ]),
    "`curve` must be P256, P384 or P521",
  ],
  [
    "no key of a KMS",
    ["", undefined as never].flatMap((none) => [
      () => kmsKeys(client, { keyId: none }),
      () => kmsMultiRegionKeys(client, { keyId: none }),
      () => kmsEcdhKeys(client, { curve, keyId: none, publicKey: ec.publicKey }),
    ]),
    "`keyId` may not be empty",
  ],
  [
    "a key of a KMS that is named by no ARN",
    [unknownKeyId, "alias/a", keyId.replace("key/", "alias/"), ""].flatMap((other) => [
      () => kmsRsaKeys(client, { keyId: other, algorithm: "RSAES_OAEP_SHA_1" }),
      () => createBranchKeyStore({ ...store, keyId: other }),
    ]),
    "`keyId` must be the ARN of a key",
  ],
  [
    "another algorithm",
    ["RSAES_PKCS1_V1_5", "toString"].map(
      (algorithm) => () => kmsRsaKeys(client, { keyId, algorithm: algorithm as never }),
    ),
    "`algorithm` is not one of RSA OAEP",
  ],
  [
    "a filter of no accounts",
    [() => kmsDiscovery(client, { filter: { ...filter, accounts: [] } })],
    "`filter.accounts` may not be empty",
  ],
  [
    "a filter of no partition",
    ["", 7 as never].map(
      (partition) => () => kmsDiscovery(client, { filter: { ...filter, partition } }),
    ),
    "`filter.partition` may not be empty",
  ],
  [
    "no region",
    ["", undefined as never].map(
      (region) => () => kmsMultiRegionDiscovery(client, { region, filter }),
    ),
    "`region` may not be empty",
  ],
  [
    "branch keys of no name",
    ["", 7 as never].map((name) => () => createBranchKeyStore({ ...store, name })),
    "`name` may not be empty",
  ],
  [
    "branch keys that are never held",
    [0, -1, Number.NaN].map((ageMsMax) => () => branchKeys({ ...branch, ageMsMax })),
    "`ageMsMax` must be above zero",
  ],
  [
    "a clock that is none",
    [
      () => branchKeys({ ...branch, clock: 7 as never }),
      () => cachedKeys(rawAesKeys(aes), { clock: undefined as never, ageMsMax: 1 }),
    ],
    "`clock` must be a function: Date.now",
  ],
  [
    "a client that makes no data keys",
    [() => kmsKeys(without("generateDataKey"), { keyId })],
    noClient("generateDataKey"),
  ],
  [
    "a client that does not decrypt",
    [
      () => kmsKeys(without("decrypt"), { keyId }),
      () => kmsMultiRegionKeys(without("decrypt"), { keyId }),
      () => kmsDiscovery(without("decrypt")),
      () => kmsDiscovery(undefined as never),
      () => kmsMultiRegionDiscovery(without("decrypt"), { region: "us-east-1" }),
      () => kmsRsaKeys(without("decrypt"), { keyId, algorithm: "RSAES_OAEP_SHA_1" }),
      () => createBranchKeyStore({ ...store, client: without("decrypt") }),
    ],
    noClient("decrypt"),
  ],
  [
    "a client that agrees on nothing",
    [() => kmsEcdhDiscovery(without("deriveSharedSecret"), { curve, keyId })],
    noClient("deriveSharedSecret"),
  ],
  [
    "a client that tells no public keys",
    [() => kmsEcdhDiscovery(without("getPublicKey"), { curve, keyId })],
    noClient("getPublicKey"),
  ],
  ...(["generateDataKeyWithoutPlaintext", "reEncrypt"] as const).map(
    (name) =>
      [
        `a client for branch keys without ${name}`,
        [() => createBranchKeyStore({ ...store, client: without(name) })],
        noClient(name),
      ] as const,
  ),
]

describe("a key source is not made with", () => {
  it.each(wrongs)("%s", (_, makes, words) => {
    for (const make of makes) expect(make, make.toString()).toThrow(words)
  })
})

describe("a key source is made with", () => {
  it("a key in PEM with other ends of lines, or in DER", () => {
    const der = Buffer.from(ec.publicKey.replace(/-----.*-----|\n/g, ""), "base64")
    for (const publicKey of [
      ec.publicKey.replaceAll("\n", "\r\n"),
      `\n\t ${ec.publicKey.replaceAll("\n", " \t\n")}\n`,
      der,
      Uint8Array.from(der),
    ]) {
      expect(Object.isFrozen(rawEcdhEphemeralKeys({ curve, publicKey }))).toBe(true)
    }
  })

  it("half an RSA key, which does half the work", async () => {
    const encrypts = rawRsaKeys({ ...rsaOptions, privateKey: undefined })
    const decrypts = rawRsaKeys({ ...rsaOptions, publicKey: undefined })
    const refused = { name: "EnvelopeError", reason: "keys" }
    const { dataKey, encryptedDataKeys } = await encrypts.wrap(wrapRequest())
    const request = { ...wrapRequest(), encryptedDataKeys }
    expect(await decrypts.unwrap(request)).toEqual(dataKey)
    await expect(encrypts.unwrap(request)).rejects.toMatchObject({
      ...refused,
      message: "these keys are for encryption only",
    })
    await expect(decrypts.wrap(wrapRequest())).rejects.toMatchObject({
      ...refused,
      message: "these keys are for decryption only",
    })
    const none = { ...request, encryptedDataKeys: [] }
    expect(await encrypts.unwrap(none)).toBeUndefined()
  })

  it("RSA that WebCrypto does not have only where another one is handed in", async () => {
    const source = rawRsaKeys({ ...rsaOptions, padding: "pkcs1" })
    await expect(source.wrap(wrapRequest())).rejects.toMatchObject({
      reason: "keys",
      cause: expect.objectContaining({ name: "TypeError" }),
    })
    await expect(
      webCryptoRsa().decrypt("pkcs1", new Uint8Array(3), new Uint8Array(3)),
    ).rejects.toThrow(TypeError)
  })
})
