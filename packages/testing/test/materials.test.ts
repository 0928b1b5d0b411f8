import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { describe, expect, test } from "vitest"
import { createTestKms, type KeyFixture } from "../src/index.js"

type Spec = NonNullable<KeyFixture["spec"]>
type Form = NonNullable<KeyFixture["material"]>

const message = new Uint8Array(32).fill(9)

/** Opens a kit with a key of that material; what it answers about the key. */
async function withKey<Result>(
  fixture: KeyFixture,
  use: (client: ReturnType<Awaited<ReturnType<typeof createTestKms>>["client"]>) => Promise<Result>,
): Promise<Result> {
  const kit = await createTestKms({ fixtures: { keys: [{ ...fixture, alias: "alias/it" }] } })
  try {
    return await use(kit.client())
  } finally {
    await kit.close()
  }
}

const publicKeyOf = (fixture: KeyFixture): Promise<Uint8Array | undefined> =>
  withKey(fixture, async (client) => (await client.getPublicKey({ KeyId: "alias/it" })).PublicKey)

const pem = (key: KeyObject, type: "pkcs8" | "sec1" | "pkcs1"): string =>
  key.export({ format: "pem", type } as never) as unknown as string
const der = (key: KeyObject, type: "pkcs8" | "sec1" | "pkcs1"): Uint8Array =>
  Uint8Array.from(key.export({ format: "der", type } as never) as unknown as Uint8Array)
const base64 = (bytes: Uint8Array) => ({ base64: Buffer.from(bytes).toString("base64") })
const spki = (key: KeyObject): Uint8Array =>
  Uint8Array.from(createPublicKey(key).export({ format: "der", type: "spki" }))

const curves: readonly [Spec, string][] = [
  ["ECC_NIST_P256", "P-256"],
  ["ECC_NIST_P384", "P-384"],
  ["ECC_NIST_P521", "P-521"],
  ["ECC_SECG_P256K1", "secp256k1"],
]

describe("a private key that OpenSSL made is the same key in every form:", () => {
  test.each(curves)("%s", async (spec, namedCurve) => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve })
    const jwk = privateKey.export({ format: "jwk" })
    const raw = Uint8Array.from(Buffer.from(jwk.d as string, "base64url"))
    const forms: readonly Form[] = [
      pem(privateKey, "pkcs8"),
      pem(privateKey, "sec1"),
      { pem: pem(privateKey, "sec1") },
      der(privateKey, "pkcs8"),
      base64(der(privateKey, "sec1")),
      { jwk: jwk as never },
      { jwk: { kty: "EC", crv: jwk.crv, d: jwk.d } as never },
      raw,
      Buffer.from(raw).toString("hex"),
    ]
    for (const material of forms) {
      expect(await publicKeyOf({ spec, usage: "SIGN_VERIFY", material })).toEqual(spki(privateKey))
    }
  })

  test("ECC_NIST_EDWARDS25519", async () => {
    const { privateKey } = generateKeyPairSync("ed25519")
    const jwk = privateKey.export({ format: "jwk" })
    const forms: readonly Form[] = [
      pem(privateKey, "pkcs8"),
      { jwk: jwk as never },
      base64(der(privateKey, "pkcs8")),
      { hex: Buffer.from(jwk.d as string, "base64url").toString("hex") },
    ]
    for (const material of forms) {
      const fixture = { spec: "ECC_NIST_EDWARDS25519" as const, material }
      expect(await publicKeyOf(fixture)).toEqual(spki(privateKey))
    }
  })

  test.each([
    ["RSA_2048", 2048],
    ["RSA_3072", 3072],
    ["RSA_4096", 4096],
  ] as const)("%s", async (spec, modulusLength) => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength })
    const forms: readonly Form[] = [
      pem(privateKey, "pkcs8"),
      pem(privateKey, "pkcs1"),
      { jwk: privateKey.export({ format: "jwk" }) as never },
      base64(der(privateKey, "pkcs1")),
    ]
    for (const material of forms) {
      expect(await publicKeyOf({ spec, material })).toEqual(spki(privateKey))
    }
  })
})

/** Specs that this Node may not know: what the kit captures is what it was given. */
const seeded: readonly [Spec, number][] = [
  ["SM2", 32],
  ["ML_DSA_44", 32],
  ["ML_DSA_65", 32],
  ["ML_DSA_87", 32],
  ["ML_KEM_512", 64],
  ["ML_KEM_768", 64],
  ["ML_KEM_1024", 64],
]

test.each(seeded)("%s by its seed, in hex and in what was captured", async (spec, length) => {
  const material = "1f".repeat(length)
  const kit = await createTestKms({ fixtures: { keys: [{ spec, material, alias: "alias/it" }] } })
  const captured = (await kit.capture()).keys?.[0]?.materials?.[0]?.material as Form
  const { PublicKey } = await kit.client().getPublicKey({ KeyId: "alias/it" })
  await kit.close()
  expect(await publicKeyOf({ spec, material: captured })).toEqual(PublicKey)
  const { base64: text } = captured as { base64: string }
  expect(Buffer.from(text, "base64").toString("hex")).toContain(material)
})

test.each(["ML-DSA-65", "ML-KEM-768"])("%s as a JWK of the type AKP", async (alg) => {
  const spec = alg.replaceAll("-", "_") as Spec
  const seed = Buffer.alloc(alg.startsWith("ML-DSA") ? 32 : 64, 7)
  const jwk = { kty: "AKP", alg, priv: seed.toString("base64url") }
  const fromJwk = await publicKeyOf({ spec, material: { jwk } })
  expect(fromJwk).toEqual(await publicKeyOf({ spec, material: seed.toString("hex") }))
})

test.each([224, 256, 384, 512] as const)(
  "HMAC_%i keys make the MACs that node:crypto makes",
  async (bits) => {
    const { createHmac } = await import("node:crypto")
    const raw = Buffer.alloc(bits / 8, 5)
    for (const material of [
      raw.toString("hex"),
      { jwk: { kty: "oct", k: raw.toString("base64url") } },
    ]) {
      const mac = await withKey({ spec: `HMAC_${bits}`, material }, async (client) => {
        const MacAlgorithm = `HMAC_SHA_${bits}` as const
        return (await client.generateMac({ KeyId: "alias/it", MacAlgorithm, Message: message })).Mac
      })
      expect(Buffer.from(mac as Uint8Array)).toEqual(
        createHmac(`sha${bits}`, raw).update(message).digest(),
      )
    }
  },
)

test("a signature of a fixture's key verifies with the key that was given", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" })
  const { verify } = await import("node:crypto")
  const fixture = { spec: "ECC_SECG_P256K1" as const, material: pem(privateKey, "sec1") }
  const { Signature } = await withKey(fixture, (client) =>
    client.sign({ KeyId: "alias/it", SigningAlgorithm: "ECDSA_SHA_256", Message: message }),
  )
  const ok = verify("sha256", message, createPublicKey(privateKey), Signature as Uint8Array)
  expect(ok).toBe(true)
})

const { privateKey: p256 } = generateKeyPairSync("ec", { namedCurve: "P-256" })
const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const jwkOf = (key: KeyObject) => key.export({ format: "jwk" }) as never

/** Material that is none, and what is said of it. */
const misfits: readonly [Spec, Form, string][] = [
  ["SYMMETRIC_DEFAULT", "11".repeat(31), "is no key material of SYMMETRIC_DEFAULT"],
  ["SYMMETRIC_DEFAULT", "swordfish", "must be hex or PEM"],
  ["SYMMETRIC_DEFAULT", { base64: "a" }, "is no Base64"],
  ["SYMMETRIC_DEFAULT", { hex: "xx" }, "is no hex"],
  [
    "SYMMETRIC_DEFAULT",
    { jwk: { kty: "EC", k: "AAAA" } },
    "is no key material of SYMMETRIC_DEFAULT",
  ],
  ["HMAC_256", "11".repeat(31), "is no key material of HMAC_256"],
  ["ECC_NIST_P384", pem(p256, "pkcs8"), "is no key material of ECC_NIST_P384"],
  ["ECC_NIST_P256", "00".repeat(32), "is no key material of ECC_NIST_P256"],
  ["ECC_NIST_P256", { pem: pem(createPublicKey(p256), "spki" as never) }, "is no PEM with one"],
  ["ECC_NIST_P256", pem(p256, "sec1") + pem(p256, "sec1"), "is no PEM with one private key"],
  [
    "ECC_NIST_P256",
    { jwk: { ...(jwkOf(p256) as object), x: "AAAA" } as never },
    "is no key material",
  ],
  ["RSA_3072", pem(rsa, "pkcs8"), "is no key material of RSA_3072"],
  ["RSA_2048", { jwk: { ...(jwkOf(rsa) as object), p: "Aw" } as never }, "is no key material"],
  ["ML_KEM_512", "11".repeat(32), "is no key material of ML_KEM_512"],
]

test.each(misfits)(
  "what is no key of %s is refused by its place, and not shown",
  async (spec, material, what) => {
    const fixtures = {
      keys: [
        {},
        { spec, usage: spec.startsWith("ECC") ? ("SIGN_VERIFY" as const) : undefined, material },
      ],
    }
    const error = await createTestKms({ fixtures }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: "FixtureError", place: "fixtures.keys[1].material" })
    expect((error as Error).message).toContain(what)
    expect((error as Error).message).not.toMatch(/1111|swordfish|BEGIN/)
  },
)

test("an encrypted PEM is refused as one", async () => {
  const encrypted = createPrivateKey(pem(p256, "pkcs8")).export({
    format: "pem",
    type: "pkcs8",
    cipher: "aes-256-cbc",
    passphrase: "x",
  }) as string
  const fixtures = { keys: [{ spec: "ECC_NIST_P256" as const, material: encrypted }] }
  await expect(createTestKms({ fixtures })).rejects.toThrow("is encrypted; give it in the clear")
})
