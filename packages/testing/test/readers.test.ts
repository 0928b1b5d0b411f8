import { createHmac, generateKeyPairSync } from "node:crypto"
import { expect, test } from "vitest"
import { parseLocalKmsSeed, readLocalStackKeys } from "../src/fixtures/index.js"
import { createTestKms } from "../src/index.js"

const utf8 = (text: string) => new TextEncoder().encode(text)
const indented = (text: string) => text.trim().replaceAll("\n", "\n          ")

const [rotated, external, pending, signing, encrypting, koblitz] = [
  "bc436485-5092-42b8-92a3-0aa8b93536dc",
  "5ef77041-d1e6-4af1-9a41-e49a4b45efb6",
  "5d05267f-bb87-4d0b-8594-295a4371d414",
  "800d5768-3fd7-4edd-a4b8-4c81c3e4c147",
  "ff275b92-0def-4dfc-b0f6-87c96b26c6c7",
  "1d5e8a4f-3f9f-4a2c-8f0e-0f7f4f6f8a11",
] as const

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey
const k256 = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey

const macs = [
  ["HMAC_224", 28, "sha224"],
  ["HMAC_256", 32, "sha256"],
  ["HMAC_384", 48, "sha384"],
  ["HMAC_512", 64, "sha512"],
] as const
const macId = (i: number) => `01234567-89ab-cdef-0123-456789abcde${i}`

const seed = `
Keys:
  Symmetric:
    Aes:
      - Metadata:
          KeyId: ${rotated}
          Description: "rotated"
        NextKeyRotation: "2030-09-12T15:19:21+00:00"
        BackingKeys:
          - ${"34".repeat(32)}
          - ${"61".repeat(32)}
      - Metadata:
          KeyId: ${external}
          Origin: EXTERNAL
        BackingKeys:
          - ${"b2".repeat(32)}
      - Metadata:
          KeyId: ${pending}
          Origin: EXTERNAL
    Hmac:
${macs
  .map(
    ([KeySpec, bytes], i) => `
      - Metadata:
          KeyId: ${macId(i)}
          KeyUsage: GENERATE_VERIFY_MAC
          KeySpec: ${KeySpec}
        BackingKeys:
          - ${"5a".repeat(bytes)}`,
  )
  .join("")}
  Asymmetric:
    Rsa:
      - Metadata:
          KeyId: ${encrypting}
          KeyUsage: ENCRYPT_DECRYPT
        PrivateKeyPem: |
          ${indented(rsa.export({ format: "pem", type: "pkcs8" }) as string)}
    Ecc:
      - Metadata:
          KeyId: ${signing}
          KeyUsage: SIGN_VERIFY
        PrivateKeyPem: |
          ${indented(p384.export({ format: "pem", type: "sec1" }) as string)}
      - Metadata:
          KeyId: ${koblitz}
        PrivateKeyPem: |
          ${indented(k256.export({ format: "pem", type: "pkcs8" }) as string)}

Aliases:
  - AliasName: alias/dev
    TargetKeyId: ${rotated}
  - AliasName: alias/test
    TargetKeyId: ${rotated}
`

test("a seeding file of local-kms makes the keys and aliases that it makes there", async () => {
  const fixtures = parseLocalKmsSeed(seed)
  const kit = await createTestKms({ now: new Date("2030-01-01T00:00:00Z"), fixtures })
  const client = kit.client()
  const describe = async (KeyId: string) => (await client.describeKey({ KeyId })).KeyMetadata
  expect(await describe("alias/dev")).toMatchObject({ KeyId: rotated, Description: "rotated" })
  expect(await describe("alias/test")).toMatchObject({ KeyId: rotated })
  expect(await describe(external)).toMatchObject({ Origin: "EXTERNAL", KeyState: "Enabled" })
  expect(await describe(pending)).toMatchObject({ Origin: "EXTERNAL", KeyState: "PendingImport" })
  expect(await describe(encrypting)).toMatchObject({
    KeySpec: "RSA_2048",
    KeyUsage: "ENCRYPT_DECRYPT",
  })
  expect(await describe(signing)).toMatchObject({
    KeySpec: "ECC_NIST_P384",
    KeyUsage: "SIGN_VERIFY",
  })
  expect(await describe(koblitz)).toMatchObject({ KeySpec: "ECC_SECG_P256K1" })
  const Message = utf8("what is authenticated")
  for (const [i, [KeySpec, bytes, hash]] of macs.entries()) {
    const MacAlgorithm = `HMAC_${hash.replace("sha", "SHA_").toUpperCase()}` as "HMAC_SHA_256"
    const { Mac } = await client.generateMac({ KeyId: macId(i), Message, MacAlgorithm })
    const own = createHmac(hash, Buffer.alloc(bytes, 0x5a)).update(Message).digest()
    expect([KeySpec, Buffer.from(Mac as Uint8Array)]).toEqual([KeySpec, own])
  }
  expect((await client.listKeyRotations({ KeyId: rotated })).Rotations).toHaveLength(1)
  expect(await kit.clock.runUntil("KeyRotation")).toEqual(new Date("2030-09-12T15:19:21Z"))
  await kit.close()
})

test.each([
  [
    "an alias of no key",
    "  - AliasName: alias/x\n    TargetKeyId: nobody\n",
    /seed\.yaml:\d+:18 \(Aliases\[2\]\.TargetKeyId\): there is no key/,
  ],
  ["what it has not", "Grants: []\n", /seed\.yaml:\d+:9 \(Grants\): .*Grants/],
])("what a seeding file says of %s is an error with its place", (_what, more, message) => {
  expect(() => parseLocalKmsSeed(seed + more)).toThrow(message)
})

test("an error in a key of a seeding file names its place in that file", async () => {
  const fixtures = parseLocalKmsSeed(seed.replace(external, "not-a-uuid"))
  await expect(createTestKms({ fixtures })).rejects.toThrow(/^seed\.yaml:12:9 .*must be a UUID/)
  const text = seed.replace(/-----BEGIN EC[\s\S]*?-----END EC PRIVATE KEY-----/, "none")
  expect(() => parseLocalKmsSeed(text)).toThrow(
    /^seed\.yaml:\d+:\d+ .*is no private key of ECC_NIST_P256/,
  )
})

test("inputs of CreateKey for LocalStack choose key id and material by tags", async () => {
  const id = "00000000-0000-4000-8000-000000000001"
  const material = Buffer.alloc(32, 0x42).toString("base64")
  const sec1 = k256.export({ format: "der", type: "sec1" }).toString("base64")
  const fixtures = readLocalStackKeys([
    {
      Description: "orders",
      Tags: [
        { TagKey: "_custom_id_", TagValue: id },
        { TagKey: "_custom_key_material_", TagValue: material },
        { TagKey: "team", TagValue: "orders" },
      ],
    },
    {
      KeySpec: "ECC_SECG_P256K1",
      KeyUsage: "SIGN_VERIFY",
      Tags: [{ TagKey: "_custom_key_material_", TagValue: sec1 }],
    },
    {},
  ])
  const [kit, other] = [
    await createTestKms({ fixtures }),
    await createTestKms({ fixtures: { keys: [{ id, material: "42".repeat(32) }] } }),
  ]
  const { Tags } = await kit.client().listResourceTags({ KeyId: id })
  expect(Tags).toEqual([{ TagKey: "team", TagValue: "orders" }])
  const encrypted = await kit.client().encrypt({ KeyId: id, Plaintext: utf8("x") })
  expect((await other.client().decrypt(encrypted)).Plaintext).toEqual(utf8("x"))
  expect((await kit.client().listKeys({})).Keys).toHaveLength(3)
  for (const one of [kit, other]) await one.close()
})
