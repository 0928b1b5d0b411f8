import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto"
import { aeskwp } from "@noble/ciphers/aes.js"
import { describe, expect, it } from "vitest"
import type { InputOf } from "../../src/client.js"
import { encodeImportToken, parseImportToken } from "../../src/formats/opaque/import-token.js"
import { keyArnOf } from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import { quickHsm, wrappedMaterial } from "../support/importing.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openWorld as openAnyWorld, type World } from "../support/world.js"

/** That the suite in TypeScript makes wrapping keys, too, the conformance of HSMs shows. */
const openWorld = () => openAnyWorld({ hsm: quickHsm() })

const Plaintext = new Uint8Array([1, 2, 3])
const forever = { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" } as const
type WrappingAlgorithm = InputOf<"GetParametersForImport">["WrappingAlgorithm"]

const oaep = (publicKey: Uint8Array, oaepHash: string, data: Uint8Array): Uint8Array =>
  publicEncrypt(
    {
      key: createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" }),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash,
    },
    data,
  )

/** Wraps as the owner of the key would, with OpenSSL and RFC 5649. */
function wrap(algorithm: string, publicKey: Uint8Array, material: Uint8Array): Uint8Array {
  const hash = algorithm.endsWith("SHA_1") ? "sha1" : "sha256"
  if (algorithm.startsWith("RSAES_OAEP")) return oaep(publicKey, hash, material)
  const aesKey = randomBytes(32)
  return Buffer.concat([oaep(publicKey, hash, aesKey), aeskwp(aesKey).encrypt(material)])
}

async function importMaterial(
  { root }: Pick<World, "root">,
  KeyId: string,
  material: Uint8Array,
  more: Partial<InputOf<"ImportKeyMaterial">> = forever,
  WrappingAlgorithm: WrappingAlgorithm = "RSAES_OAEP_SHA_256",
) {
  const WrappingKeySpec = "RSA_2048"
  const asked = { KeyId, WrappingAlgorithm, WrappingKeySpec } as const
  const { ImportToken, PublicKey } = await root.getParametersForImport(asked)
  const EncryptedKeyMaterial = wrap(`${WrappingAlgorithm}`, PublicKey as Uint8Array, material)
  return root.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...more })
}

const external = (more: Partial<InputOf<"CreateKey">> = {}) =>
  ({ Origin: "EXTERNAL", ...more }) as const

describe("a key with imported material", () => {
  it("waits for it, works with it, and can be told from one that is not there", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const KeyId = await newKey(external())
    expect((await root.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      KeyState: "PendingImport",
      Enabled: false,
      Origin: "EXTERNAL",
    })
    await expectRefusal(
      root.encrypt({ KeyId, Plaintext }),
      "KMSInvalidStateException",
      `${keyArnOf(KeyId)} is pending import.`,
    )
    const { KeyMaterialId } = await importMaterial(world, KeyId, randomBytes(32))
    expect((await root.describeKey({ KeyId })).KeyMetadata).toMatchObject({
      KeyState: "Enabled",
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
      CurrentKeyMaterialId: KeyMaterialId,
    })
    const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })
    expect(await root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext, KeyMaterialId })
  })

  it("does not open what another key with the same bytes has encrypted", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const material = randomBytes(32)
    const [a, b] = [await newKey(external()), await newKey(external())]
    const first = await importMaterial(world, a, material)
    const second = await importMaterial(world, b, material)
    expect(first.KeyMaterialId).not.toBe(second.KeyMaterialId)
    const { CiphertextBlob } = await root.encrypt({ KeyId: a, Plaintext })
    await expectRefusal(root.decrypt({ CiphertextBlob, KeyId: b }), "IncorrectKeyException")
  })

  it("loses it on the day that it expires, and gets it back only as it was", async () => {
    const world = await openWorld()
    const { root, newKey, clock, kms } = world
    const KeyId = await newKey(external())
    const material = randomBytes(32)
    const ValidTo = new Date(clock.nowMs + 10 * dayMs)
    await importMaterial(world, KeyId, material, { ValidTo })
    const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })
    clock.advanceDays(10)
    await expectRefusal(root.decrypt({ CiphertextBlob }), "KMSInvalidStateException")
    expect((await root.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("PendingImport")
    expect(await kms.sweep()).toMatchObject({ keysExpired: 1 })
    await expectRefusal(
      importMaterial(world, KeyId, randomBytes(32)),
      "IncorrectKeyMaterialException",
    )
    await importMaterial(world, KeyId, material)
    expect(await root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext })
  })

  it("expires when the first of the materials does that something is encrypted under", async () => {
    const world = await openWorld()
    const { root, newKey, clock } = world
    const KeyId = await newKey(external())
    const dayAfter = (days: number) => ({ ValidTo: new Date(clock.nowMs + days * dayMs) })
    const ends = async () => {
      const { KeyMetadata } = await root.describeKey({ KeyId })
      return { ExpirationModel: KeyMetadata?.ExpirationModel, ValidTo: KeyMetadata?.ValidTo }
    }
    const first = randomBytes(32)
    await importMaterial(world, KeyId, first, dayAfter(20))
    const pending = { ImportType: "NEW_KEY_MATERIAL", ...dayAfter(10) } as const
    await importMaterial(world, KeyId, randomBytes(32), pending)
    expect(await ends()).toEqual({ ExpirationModel: "KEY_MATERIAL_EXPIRES", ...dayAfter(20) })
    await root.rotateKeyOnDemand({ KeyId })
    expect(await ends()).toEqual({ ExpirationModel: "KEY_MATERIAL_EXPIRES", ...dayAfter(10) })
    await importMaterial(world, KeyId, first, dayAfter(5))
    expect(await ends()).toEqual({ ExpirationModel: "KEY_MATERIAL_EXPIRES", ...dayAfter(5) })
  })

  it("can be without it: deleted and imported again", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const KeyId = await newKey(external())
    const material = randomBytes(32)
    const { KeyMaterialId } = await importMaterial(world, KeyId, material)
    expect(await root.deleteImportedKeyMaterial({ KeyId })).toMatchObject({
      KeyId: keyArnOf(KeyId),
      KeyMaterialId,
    })
    const { KeyMetadata } = await root.describeKey({ KeyId })
    expect(KeyMetadata).toMatchObject({
      KeyState: "PendingImport",
      CurrentKeyMaterialId: KeyMaterialId,
    })
    expect(KeyMetadata?.ExpirationModel).toBeUndefined()
    await root.deleteImportedKeyMaterial({ KeyId })
    await importMaterial(world, KeyId, material)
    expect((await root.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("Enabled")
  })

  it("shows no public key before it has it, and after it is gone", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const KeyId = await newKey(external({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }))
    const message = `${keyArnOf(KeyId)} is pending import.`
    const show = () => root.getPublicKey({ KeyId })
    await expectRefusal(show(), "KMSInvalidStateException", message)
    await importMaterial(world, KeyId, pkcs8("ec", { namedCurve: "P-256" }))
    await root.disableKey({ KeyId })
    await show()
    await root.deleteImportedKeyMaterial({ KeyId })
    await expectRefusal(show(), "KMSInvalidStateException", message)
  })

  it("rotates to a second material, and needs both from then on", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const KeyId = await newKey(external())
    const [one, two] = [randomBytes(32), randomBytes(32)]
    const first = await importMaterial(world, KeyId, one)
    const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })
    await expectRefusal(
      root.rotateKeyOnDemand({ KeyId }),
      "KMSInvalidStateException",
      `No available key material pending rotation for the key: ${keyArnOf(KeyId)}.`,
    )
    const second = await importMaterial(world, KeyId, two, {
      ...forever,
      ImportType: "NEW_KEY_MATERIAL",
      KeyMaterialDescription: "the second",
    })
    await expectRefusal(
      importMaterial(world, KeyId, randomBytes(32), { ...forever, ImportType: "NEW_KEY_MATERIAL" }),
      "KMSInvalidStateException",
      /^New key material \(id: [0-9a-f]{64}\) cannot be imported into KMS key /,
    )
    await root.rotateKeyOnDemand({ KeyId })
    const { Rotations } = await root.listKeyRotations({
      KeyId,
      IncludeKeyMaterial: "ALL_KEY_MATERIAL",
    })
    expect(Rotations).toMatchObject([
      { KeyMaterialId: first.KeyMaterialId, KeyMaterialState: "NON_CURRENT" },
      {
        KeyMaterialId: second.KeyMaterialId,
        KeyMaterialState: "CURRENT",
        KeyMaterialDescription: "the second",
        ImportState: "IMPORTED",
        RotationType: "ON_DEMAND",
      },
    ])
    await root.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: first.KeyMaterialId })
    await expectRefusal(root.encrypt({ KeyId, Plaintext }), "KMSInvalidStateException")
    await importMaterial(world, KeyId, one, { ...forever, ImportType: "EXISTING_KEY_MATERIAL" })
    expect(await root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext })
  })

  it("loses a material that nothing was encrypted under without a trace", async () => {
    const world = await openWorld()
    const { root, newKey } = world
    const KeyId = await newKey(external())
    await importMaterial(world, KeyId, randomBytes(32))
    const { KeyMaterialId } = await importMaterial(world, KeyId, randomBytes(32), {
      ...forever,
      ImportType: "NEW_KEY_MATERIAL",
    })
    await root.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
    expect((await root.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("Enabled")
    const asked = { KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" } as const
    expect((await root.listKeyRotations(asked)).Rotations).toHaveLength(1)
  })
})

const pkcs8 = (type: "ec" | "rsa" | "ed25519", options: object): Uint8Array => {
  const generate = generateKeyPairSync as unknown as (
    type: string,
    options: object,
  ) => { privateKey: { export(options: object): Uint8Array } }
  return generate(type, options).privateKey.export({ type: "pkcs8", format: "der" })
}

describe("what can be imported", () => {
  it.each([
    ["HMAC_256", "GENERATE_VERIFY_MAC", "RSAES_OAEP_SHA_1", () => randomBytes(32)],
    ["HMAC_512", "GENERATE_VERIFY_MAC", "RSAES_OAEP_SHA_256", () => randomBytes(128)],
    [
      "ECC_NIST_P256",
      "SIGN_VERIFY",
      "RSAES_OAEP_SHA_256",
      () => pkcs8("ec", { namedCurve: "P-256" }),
    ],
    [
      "ECC_NIST_P384",
      "KEY_AGREEMENT",
      "RSA_AES_KEY_WRAP_SHA_256",
      () => pkcs8("ec", { namedCurve: "P-384" }),
    ],
    [
      "ECC_NIST_P521",
      "SIGN_VERIFY",
      "RSA_AES_KEY_WRAP_SHA_1",
      () => pkcs8("ec", { namedCurve: "P-521" }),
    ],
    [
      "ECC_SECG_P256K1",
      "SIGN_VERIFY",
      "RSAES_OAEP_SHA_256",
      () => pkcs8("ec", { namedCurve: "secp256k1" }),
    ],
    ["ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", () => pkcs8("ed25519", {})],
    [
      "RSA_2048",
      "ENCRYPT_DECRYPT",
      "RSA_AES_KEY_WRAP_SHA_256",
      () => pkcs8("rsa", { modulusLength: 2048 }),
    ],
  ] as const)("%s for %s, wrapped by %s", async (KeySpec, KeyUsage, algorithm, make) => {
    const world = await openWorld()
    const KeyId = await world.newKey(external({ KeySpec, KeyUsage }))
    const material = make()
    const { KeyMaterialId } = await importMaterial(world, KeyId, material, forever, algorithm)
    expect(KeyMaterialId).toBeUndefined()
    expect((await world.root.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("Enabled")
    await importMaterial(world, KeyId, material, forever, algorithm)
    await expectRefusal(
      importMaterial(world, KeyId, make(), forever, algorithm),
      "IncorrectKeyMaterialException",
    )
  })
})

describe("an import is refused", () => {
  it.each([
    ["without a date for material that expires", {}, "ValidationException"],
    ["with a date that has passed", { ValidTo: new Date(0) }, "ValidationException"],
    [
      "with a date for material that does not expire",
      { ...forever, ValidTo: new Date(4e12) },
      "ValidationException",
    ],
    ["with a date more than a year away", { ValidTo: new Date(4e12) }, "ValidationException"],
    [
      "as existing material that is not there",
      { ...forever, ImportType: "EXISTING_KEY_MATERIAL" as const },
      "IncorrectKeyMaterialException",
    ],
    [
      "under an id that is not its own",
      { ...forever, KeyMaterialId: "0".repeat(64) },
      "IncorrectKeyMaterialException",
    ],
    [
      "with a token that is none",
      { ...forever, ImportToken: new Uint8Array(9) },
      "InvalidImportTokenException",
    ],
    [
      "with material that does not open",
      { ...forever, EncryptedKeyMaterial: new Uint8Array(256) },
      "InvalidCiphertextException",
    ],
  ])("%s", async (_, more, name) => {
    const world = await openWorld()
    const KeyId = await world.newKey(external())
    const call = importMaterial(world, KeyId, randomBytes(32), more)
    expect(await outcomeOf(call)).toBe(name)
    expect((await world.root.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("PendingImport")
  })

  it("with a token that is damaged anywhere", async () => {
    const { root, newKey } = await openWorld()
    const wrapped = await wrappedMaterial(root, await newKey(external()))
    const token = wrapped.ImportToken as Uint8Array
    // All of the binding and of the header, and some of what is encrypted.
    const places = [...token.keys()].filter((i) => i < 160 || i % 90 === 0)
    const outcomes = new Set<string>()
    for (const i of places) {
      const ImportToken = token.map((byte, at) => (at === i ? byte ^ 1 : byte))
      outcomes.add(await outcomeOf(root.importKeyMaterial({ ...wrapped, ImportToken })))
    }
    // A date that was made earlier is over before anyone looks who says so.
    outcomes.delete("ExpiredImportTokenException")
    expect([...outcomes]).toEqual(["InvalidImportTokenException"])
  })

  it.each([
    ["wrappingAlgorithm", "constructor"],
    ["wrappingAlgorithm", "RSAES_PKCS1_V1_5"],
    ["wrappingAlgorithm", "SM2PKE"],
    ["wrappingKeySpec", "constructor"],
    ["wrappingKeySpec", "RSA_4096"],
    ["wrappingKeySpec", "SM2"],
  ])("with a token whose %s says %s", async (member, word) => {
    const { root, newKey } = await openWorld()
    const wrapped = await wrappedMaterial(root, await newKey(external()))
    const parsed = parseImportToken(wrapped.ImportToken as Uint8Array)
    if (parsed === undefined) throw new Error("the import token is none")
    const binding = { ...parsed.binding, [member]: word }
    const ImportToken = encodeImportToken({ ...parsed, binding })
    const call = root.importKeyMaterial({ ...wrapped, ImportToken })
    await expectRefusal(call, "InvalidImportTokenException")
  })

  it("with material of another length, a token a day old, or the token of another key", async () => {
    const world = await openWorld()
    const { root, newKey, clock } = world
    const [KeyId, other] = [await newKey(external()), await newKey(external())]
    await expectRefusal(
      importMaterial(world, KeyId, randomBytes(31)),
      "IncorrectKeyMaterialException",
    )
    const asked = {
      WrappingAlgorithm: "RSAES_OAEP_SHA_256",
      WrappingKeySpec: "RSA_2048",
    } as const
    const { ImportToken, PublicKey, ParametersValidTo } = await root.getParametersForImport({
      KeyId,
      ...asked,
    })
    expect(ParametersValidTo).toEqual(new Date(clock.nowMs + dayMs))
    const material = wrap("RSAES_OAEP_SHA_256", PublicKey as Uint8Array, randomBytes(32))
    const request = { ImportToken, EncryptedKeyMaterial: material, ...forever }
    await expectRefusal(
      root.importKeyMaterial({ KeyId: other, ...request }),
      "InvalidImportTokenException",
    )
    clock.advanceDays(1)
    await expectRefusal(
      root.importKeyMaterial({ KeyId, ...request }),
      "ExpiredImportTokenException",
    )
  })

  it("for keys that make their own material, and by algorithms that do not fit", async () => {
    const { root, newKey } = await openWorld()
    const own = await newKey()
    const WrappingKeySpec = "RSA_2048"
    await expectRefusal(
      root.getParametersForImport({
        KeyId: own,
        WrappingKeySpec,
        WrappingAlgorithm: "RSAES_OAEP_SHA_1",
      }),
      "UnsupportedOperationException",
      `${keyArnOf(own)} origin is AWS_KMS which is not valid for this operation.`,
    )
    const KeyId = await newKey(external())
    for (const WrappingAlgorithm of ["RSAES_PKCS1_V1_5", "SM2PKE"] as const) {
      await expectRefusal(
        root.getParametersForImport({ KeyId, WrappingKeySpec, WrappingAlgorithm }),
        "UnsupportedOperationException",
        /is not supported for SYMMETRIC_DEFAULT key\. Supported values are: /,
      )
    }
  })
})
