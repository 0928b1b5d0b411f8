import { generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto"
import {
  kmsEcdhDiscovery,
  kmsEcdhKeys,
} from "../../../src/envelope/keys/agreement/kms-ecdh-keys.js"
import { kmsMlKemKeys } from "../../../src/envelope/keys/agreement/kms-ml-kem-keys.js"
import {
  rawEcdhDiscovery,
  rawEcdhEphemeralKeys,
  rawEcdhKeys,
} from "../../../src/envelope/keys/agreement/raw-ecdh-keys.js"
import type { KeySource } from "../../../src/envelope/keys/key-source.js"
import { keysByContext } from "../../../src/envelope/keys/keys-by-context.js"
import {
  kmsDiscovery,
  kmsMultiRegionDiscovery,
} from "../../../src/envelope/keys/kms/kms-discovery.js"
import { kmsKeys, kmsMultiRegionKeys } from "../../../src/envelope/keys/kms/kms-keys.js"
import { kmsRsaKeys } from "../../../src/envelope/keys/kms/kms-rsa-keys.js"
import { rawAesKeys } from "../../../src/envelope/keys/raw/raw-aes-keys.js"
import { rawRsaKeys } from "../../../src/envelope/keys/raw/raw-rsa-keys.js"
import { severalKeys } from "../../../src/envelope/keys/several-keys.js"
import { account, keyArnOf, region } from "../../support/accounts.js"
import { openHost } from "../../support/hosts.js"
import { hsmOf } from "../../support/regions.js"
import { newKey } from "../../support/world.js"

/** A source that wraps, one that unwraps what it wrapped, and one of the kind with another key. */
export interface SourceCase {
  readonly name: string
  readonly wraps: KeySource
  readonly unwraps: KeySource
  readonly stranger: KeySource
  /** RSA alone binds no context: the header of a message does. */
  readonly bindsContext: boolean
}

const inPem = ({ publicKey, privateKey }: KeyPairKeyObjectResult) => ({
  publicKey: publicKey.export({ type: "spki", format: "pem" }),
  privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
})
const rsaPair = () => inPem(generateKeyPairSync("rsa", { modulusLength: 2048 }))
const ecPair = (namedCurve: string) => inPem(generateKeyPairSync("ec", { namedCurve }))

const names = { namespace: "our keys", name: "größte" }

function rawCases(): SourceCase[] {
  const aes = (bytes: number) => (fill: number) =>
    rawAesKeys({ ...names, key: new Uint8Array(bytes).fill(fill) })
  const rsa = [rsaPair(), rsaPair()]
  const ecdh = (["P256", "P384", "P521"] as const).flatMap((curve): SourceCase[] => {
    const [ours, theirs, others] = [1, 2, 3].map(() => ecPair(curve.replace("P", "P-")))
    if (!ours || !theirs || !others) throw new Error("there are three pairs")
    const between = (own: typeof ours, other: typeof ours) =>
      rawEcdhKeys({ curve, privateKey: own.privateKey, publicKey: other.publicKey })
    const discovery = rawEcdhDiscovery({ curve, privateKey: theirs.privateKey })
    const stranger = rawEcdhDiscovery({ curve, privateKey: others.privateKey })
    const ephemeral = rawEcdhEphemeralKeys({ curve, publicKey: theirs.publicKey })
    const all = { stranger, bindsContext: true }
    return [
      {
        name: `raw ECDH ${curve}, sender`,
        ...all,
        wraps: between(ours, theirs),
        unwraps: between(ours, theirs),
      },
      {
        name: `raw ECDH ${curve}, recipient`,
        ...all,
        wraps: between(ours, theirs),
        unwraps: between(theirs, ours),
      },
      {
        name: `raw ECDH ${curve}, discovery`,
        ...all,
        wraps: between(ours, theirs),
        unwraps: discovery,
      },
      { name: `raw ECDH ${curve}, ephemeral`, ...all, wraps: ephemeral, unwraps: discovery },
    ]
  })
  return [
    ...[16, 24, 32].map((bytes) => {
      const [own, other] = [1, 2].map(aes(bytes)) as [KeySource, KeySource]
      return {
        name: `raw AES ${bytes * 8}`,
        wraps: own,
        unwraps: own,
        stranger: other,
        bindsContext: true,
      }
    }),
    ...(["oaep-sha1", "oaep-sha256", "oaep-sha384", "oaep-sha512"] as const).map((padding) => {
      const [own, other] = rsa.map((pair) => rawRsaKeys({ ...names, padding, ...pair })) as [
        KeySource,
        KeySource,
      ]
      return {
        name: `raw RSA ${padding}`,
        wraps: own,
        unwraps: own,
        stranger: other,
        bindsContext: false,
      }
    }),
    ...ecdh,
  ]
}

/** A host with keys of each kind, and the sources under them. */
async function kmsCases(): Promise<SourceCase[]> {
  const kms = await openHost({ hsm: hsmOf("keys of an envelope") })
  const client = kms.as(kms.administrator)
  const [own = "", other = ""] = await Promise.all([newKey(client), newKey(client)])
  const mrk = await newKey(client, { MultiRegion: true })
  await client.createAlias({ AliasName: "alias/own", TargetKeyId: own })
  await client.createAlias({ AliasName: "alias/other", TargetKeyId: other })
  const strict = (keyId: string) => kmsKeys(client, { keyId })
  const filter = { partition: "aws", accounts: [account] }
  const strangers = { partition: "aws", accounts: ["444455556666"] }
  const bindsContext = true
  const arn = { wraps: strict(keyArnOf(own)), stranger: strict(keyArnOf(other)), bindsContext }
  const rsaSpec = { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" } as const
  const rsa = await Promise.all(
    [1, 2].map(async () => {
      const keyId = await newKey(client, rsaSpec)
      const { PublicKey } = await client.getPublicKey({ KeyId: keyId })
      return { keyId: keyArnOf(keyId), publicKey: PublicKey }
    }),
  )
  const rsaCases = (["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const).map((algorithm) => {
    const [mine, theirs] = rsa.map((key) => kmsRsaKeys(client, { ...key, algorithm })) as [
      KeySource,
      KeySource,
    ]
    return { name: `KMS ${algorithm}`, wraps: mine, unwraps: mine, stranger: theirs, bindsContext }
  })
  const ecdh = await ecdhCases(client)
  return [
    { name: "KMS, ARN", ...arn, unwraps: strict(keyArnOf(own)) },
    { name: "KMS, id", ...arn, wraps: strict(own), unwraps: strict(own), stranger: strict(other) },
    { name: "KMS, alias", ...arn, unwraps: strict("alias/own"), stranger: strict("alias/other") },
    {
      name: "KMS, alias ARN",
      ...arn,
      wraps: strict("alias/own"),
      unwraps: strict(`arn:aws:kms:${region}:${account}:alias/own`),
      stranger: strict(`arn:aws:kms:${region}:${account}:alias/other`),
    },
    {
      name: "KMS, multi-Region",
      wraps: kmsMultiRegionKeys(client, { keyId: keyArnOf(mrk) }),
      unwraps: kmsMultiRegionKeys(client, { keyId: keyArnOf(mrk) }),
      stranger: kmsMultiRegionKeys(client, { keyId: keyArnOf(own) }),
      bindsContext,
    },
    {
      name: "KMS discovery",
      ...arn,
      unwraps: kmsDiscovery(client, { filter }),
      stranger: kmsDiscovery(client, { filter: strangers }),
    },
    {
      name: "KMS discovery, multi-Region",
      ...arn,
      unwraps: kmsMultiRegionDiscovery(client, { region, filter }),
      stranger: kmsMultiRegionDiscovery(client, { region: "eu-west-1" }),
    },
    ...rsaCases,
    ...ecdh,
    ...(await mlKemCases(client)),
  ]
}

async function mlKemCases(client: Parameters<typeof newKey>[0]): Promise<SourceCase[]> {
  const sets = {
    "ML-KEM-512": "ML_KEM_512",
    "ML-KEM-768": "ML_KEM_768",
    "ML-KEM-1024": "ML_KEM_1024",
  } as const
  const cases = Object.entries(sets).map(async ([name, KeySpec]) => {
    const parameterSet = name as keyof typeof sets
    const keys = [1, 2].map(async () => {
      const keyId = await newKey(client, { KeySpec, KeyUsage: "ENCAPSULATE_DECAPSULATE" })
      const { PublicKey } = await client.getPublicKey({ KeyId: keyId })
      return { parameterSet, keyId: keyArnOf(keyId), publicKey: PublicKey }
    })
    const [own, other] = await Promise.all(keys)
    if (!own || !other) throw new Error("there are two keys")
    const asking = kmsMlKemKeys(client, { ...own, publicKey: undefined })
    const local = kmsMlKemKeys(client, own)
    const all = { stranger: kmsMlKemKeys(client, other), bindsContext: true }
    return [
      { name: `KMS ${name}`, ...all, wraps: asking, unwraps: local },
      { name: `KMS ${name}, encapsulated here`, ...all, wraps: local, unwraps: asking },
    ]
  })
  return (await Promise.all(cases)).flat()
}

async function ecdhCases(client: Parameters<typeof newKey>[0]): Promise<SourceCase[]> {
  const specs = { P256: "ECC_NIST_P256", P384: "ECC_NIST_P384", P521: "ECC_NIST_P521" } as const
  const cases = Object.entries(specs).map(async ([name, KeySpec]) => {
    const curve = name as keyof typeof specs
    const parties = [1, 2, 3].map(async () => {
      const keyId = await newKey(client, { KeySpec, KeyUsage: "KEY_AGREEMENT" })
      const { PublicKey = new Uint8Array() } = await client.getPublicKey({ KeyId: keyId })
      return { curve, keyId, publicKey: PublicKey }
    })
    const [ours, theirs, others] = await Promise.all(parties)
    if (!ours || !theirs || !others) throw new Error("there are three parties")
    const wraps = kmsEcdhKeys(client, { ...ours, publicKey: theirs.publicKey })
    const all = { stranger: kmsEcdhDiscovery(client, others), bindsContext: true }
    return [
      {
        name: `KMS ECDH ${name}, recipient`,
        ...all,
        wraps,
        unwraps: kmsEcdhKeys(client, { ...theirs, publicKey: ours.publicKey }),
      },
      {
        name: `KMS ECDH ${name}, discovery`,
        ...all,
        wraps,
        unwraps: kmsEcdhDiscovery(client, theirs),
      },
      {
        name: `KMS ECDH ${name}, ephemeral sender`,
        ...all,
        wraps: rawEcdhEphemeralKeys({ curve, publicKey: theirs.publicKey }),
        unwraps: kmsEcdhDiscovery(client, { ...theirs, ownPublicKey: theirs.publicKey }),
      },
    ]
  })
  return (await Promise.all(cases)).flat()
}

/** Every kind of source that there is. */
export async function everySource(): Promise<readonly SourceCase[]> {
  const cases = [...rawCases(), ...(await kmsCases())]
  const [first, second] = cases.filter(({ bindsContext }) => bindsContext)
  const arn = cases.find(({ name }) => name === "KMS, ARN")
  if (!first || !second || !arn) throw new Error("there are cases")
  const { wraps, unwraps, stranger } = arn
  return [
    ...cases,
    {
      name: "several, the last opens",
      wraps: severalKeys(first.wraps, second.wraps, wraps),
      unwraps: severalKeys(first.stranger, unwraps),
      stranger: severalKeys(first.stranger, second.stranger, stranger),
      bindsContext: true,
    },
    {
      name: "chosen by the context",
      wraps: keysByContext(({ tenant }) => (tenant === "42" ? wraps : undefined)),
      unwraps: keysByContext(async ({ tenant }) => (tenant === "42" ? unwraps : stranger)),
      stranger: keysByContext(() => stranger),
      bindsContext: true,
    },
  ]
}
