import {
  constants,
  createCipheriv,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  verify,
} from "node:crypto"
import { encodeDer, encodeDerInteger } from "../../src/formats/der.js"
import { encodePkcs8, encodeSec1 } from "../../src/formats/pkcs8.js"
import type {
  Binding,
  Hsm,
  ImportRequest,
  ImportResult,
  WrappingBinding,
} from "../../src/ports/hsm.js"
import { isHsmError } from "../../src/ports/hsm.js"
import { concatBytes, equalBytes, hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import type { KeySpec, KeyUsage } from "../../src/vocabulary/key-specs.js"
import type { HsmSource } from "./hsm-conformance.js"
import type { HsmKeyCase } from "./hsm-key-cases.js"

function check(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`the HSM breaks its contract: ${promise}`)
}

async function checkRefused(code: string, call: () => unknown): Promise<void> {
  try {
    await call()
  } catch (error) {
    if (isHsmError(error) && error.code === code) return
    throw error
  }
  throw new Error(`the HSM breaks its contract: refuses with ${code}`)
}

const der = { format: "der" } as const
type RsaAlgorithm = Exclude<WrappingBinding["wrappingAlgorithm"], "SM2PKE">

/** Wraps as the owner of a key does, with node:crypto alone. */
function wrap(algorithm: RsaAlgorithm, spki: Uint8Array, material: Uint8Array): Uint8Array {
  const key = createPublicKey({ key: Buffer.from(spki), ...der, type: "spki" })
  const oaepHash = algorithm.endsWith("SHA_1") ? "sha1" : "sha256"
  const encrypt = (plaintext: Uint8Array): Uint8Array =>
    publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext)
  if (algorithm.startsWith("RSAES")) return encrypt(material)
  const aesKey = randomBytes(32)
  const cipher = createCipheriv("id-aes256-wrap-pad", aesKey, Buffer.from("a65959a6", "hex"))
  return concatBytes(encrypt(aesKey), cipher.update(material), cipher.final())
}

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
const place = { partition: "aws", account: "111122223333", keyId }

interface Ready {
  readonly hsm: Hsm
  readonly wrapping: ImportRequest["wrapping"]
  readonly publicKey: Uint8Array
}

/** Wrapping keys take long to make: one for each source and algorithm does for all cases. */
const made = new WeakMap<HsmSource, Map<RsaAlgorithm, Promise<Ready>>>()

function ready(
  source: HsmSource,
  algorithm: RsaAlgorithm = "RSA_AES_KEY_WRAP_SHA_256",
): Promise<Ready> {
  const ofSource = made.get(source) ?? new Map<RsaAlgorithm, Promise<Ready>>()
  made.set(source, ofSource)
  const found = ofSource.get(algorithm) ?? makeReady(source, algorithm)
  ofSource.set(algorithm, found)
  return found
}

async function makeReady({ make }: HsmSource, wrappingAlgorithm: RsaAlgorithm): Promise<Ready> {
  const hsm = await make()
  await hsm.createDomain("aws/eu-central-1")
  const binding: WrappingBinding = {
    ...place,
    wrappingKeySpec: "RSA_2048",
    wrappingAlgorithm,
    validToMs: 1_800_000_000_000,
  }
  const { token, publicKey } = await hsm.generateWrappingKey(binding)
  return { hsm, wrapping: { token, binding }, publicKey }
}

function importing(
  { hsm, wrapping, publicKey }: Ready,
  keySpec: KeySpec,
  keyUsage: KeyUsage,
  material: Uint8Array,
): Promise<ImportResult> {
  const wrappedMaterial = wrap(
    wrapping.binding.wrappingAlgorithm as RsaAlgorithm,
    publicKey,
    material,
  )
  const binding = { ...place, keySpec, keyUsage }
  return Promise.resolve(hsm.importKey({ wrapping, wrappedMaterial, binding }))
}

async function imported(
  ready: Ready,
  keySpec: KeySpec,
  keyUsage: KeyUsage,
  material: Uint8Array,
): Promise<{ token: Uint8Array; binding: Binding }> {
  const result = await importing(ready, keySpec, keyUsage, material)
  check(result.outcome === "imported", `imports a key of ${keySpec}, not ${result.outcome}`)
  const { token, keyMaterialId } = result
  return { token, binding: { ...place, keySpec, keyUsage, keyMaterialId } }
}

async function checkUnsuitable(
  ready: Ready,
  keySpec: KeySpec,
  keyUsage: KeyUsage,
  material: Uint8Array,
): Promise<void> {
  const { outcome } = await importing(ready, keySpec, keyUsage, material)
  check(outcome === "unsuitable", `${keySpec} refuses what is no such key, not ${outcome}`)
}

const wrappingCases: readonly HsmKeyCase[] = (
  [
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
  ] as const
).map((algorithm) => ({
  name: `key material wrapped by ${algorithm} is imported, and a damaged one is not`,
  async run(source) {
    const one = await ready(source, algorithm)
    const material = randomBytes(32)
    const key = await imported(one, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material)
    const aad = utf8("aad")
    const ciphertext = await one.hsm.encrypt({ ...key, plaintext: utf8("x"), aad })
    const opened = await one.hsm.decrypt({ ...key, ciphertext, aad })
    check(opened && equalBytes(opened, utf8("x")), "an imported key encrypts and decrypts")
    const wrapped = wrap(algorithm, one.publicKey, material)
    const { wrapping } = one
    const target = { ...place, keySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT" } as const
    const wrong = [0, 100, wrapped.length - 1].map((at) =>
      wrapped.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    )
    for (const wrappedMaterial of [...wrong, new Uint8Array(0), wrapped.subarray(1)]) {
      const { outcome } = await one.hsm.importKey({ wrapping, wrappedMaterial, binding: target })
      check(outcome === "undecryptable", "does not open what is damaged")
    }
    const other = await one.hsm.generateWrappingKey(wrapping.binding)
    const foreign = { token: other.token, binding: wrapping.binding }
    const request = { wrapping: foreign, wrappedMaterial: wrapped, binding: target }
    check(
      (await one.hsm.importKey(request)).outcome === "undecryptable",
      "does not open what another wrapping key wrapped",
    )
  },
}))

const signingSpecs = [
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "sha256"],
  ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256"],
  ["ECC_NIST_P384", "ECDSA_SHA_384", "sha384"],
  ["ECC_NIST_P521", "ECDSA_SHA_512", "sha512"],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256"],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512", undefined],
] as const

const namedCurves: Readonly<Record<string, string>> = {
  ECC_NIST_P256: "prime256v1",
  ECC_NIST_P384: "secp384r1",
  ECC_NIST_P521: "secp521r1",
  ECC_SECG_P256K1: "secp256k1",
  SM2: "SM2",
}

function nodePair(spec: KeySpec, modulusLength = 2048) {
  if (spec.startsWith("RSA")) return generateKeyPairSync("rsa", { modulusLength })
  if (spec === "ECC_NIST_EDWARDS25519") return generateKeyPairSync("ed25519")
  return generateKeyPairSync("ec", { namedCurve: namedCurves[spec] ?? spec })
}

const pairCases: readonly HsmKeyCase[] = signingSpecs.map(([spec, algorithm, hash]) => ({
  name: `a key pair of ${spec} made by node:crypto is imported and signs`,
  async run(source) {
    const one = await ready(source)
    const { privateKey, publicKey } = nodePair(spec)
    const pkcs8 = privateKey.export({ ...der, type: "pkcs8" })
    const key = await imported(one, spec, "SIGN_VERIFY", pkcs8)
    const spki = publicKey.export({ ...der, type: "spki" })
    check(equalBytes(await one.hsm.publicKey(key), spki), "finds the public key")
    const message = utf8("message")
    const signature = await one.hsm.sign({ ...key, algorithm, messageType: "RAW", message })
    check(verify(hash, message, publicKey, signature), "signs with the imported key")
    await checkUnsuitable(one, spec, "SIGN_VERIFY", pkcs8.subarray(1))
    await checkUnsuitable(one, spec, "SIGN_VERIFY", concatBytes(pkcs8, Uint8Array.of(0)))
    const another = spec === "ECC_NIST_P256" ? "ECC_NIST_P384" : "ECC_NIST_P256"
    await checkUnsuitable(one, another, "SIGN_VERIFY", pkcs8)
  },
}))

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"))

const otherCases: readonly HsmKeyCase[] = [
  {
    name: "imported material has one id in one key, and another in every other key",
    async run(source) {
      const one = await ready(source)
      const material = randomBytes(32)
      const ids = new Set<string>()
      for (let i = 0; i < 2; i += 1) {
        const key = await imported(one, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material)
        ids.add(key.binding.keyMaterialId)
      }
      check(ids.size === 1, "the same material has the same id")
      check(/^[0-9a-f]{64}$/.test([...ids].join()), "an id is 64 hexadecimal digits")
      check(![...ids].join().includes(hexOf(material).slice(0, 16)), "the id tells nothing")
      const wrappedMaterial = wrap("RSA_AES_KEY_WRAP_SHA_256", one.publicKey, material)
      const binding = {
        ...place,
        keyId: "9876abcd-12ab-34cd-56ef-1234567890ab",
        keySpec: "SYMMETRIC_DEFAULT",
        keyUsage: "ENCRYPT_DECRYPT",
      } as const
      const { wrapping } = one
      const moved = await one.hsm.importKey({ wrapping, wrappedMaterial, binding })
      check(
        moved.outcome === "imported" && !ids.has(moved.keyMaterialId),
        "another key, another id",
      )
    },
  },
  {
    name: "one RSA key has one id, in whatever order its primes come",
    async run(source) {
      const one = await ready(source)
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
      const jwk = privateKey.export({ format: "jwk" }) as Record<string, string>
      const number = (name: string): Uint8Array => Buffer.from(jwk[name] ?? "", "base64url")
      const p = BigInt(`0x${hexOf(number("p"))}`)
      const q = BigInt(`0x${hexOf(number("q"))}`)
      let inverse = 1n
      for (let base = p % q, power = q - 2n; power > 0n; power >>= 1n) {
        if (power & 1n) inverse = (inverse * base) % q
        base = (base * base) % q
      }
      const turned = encodeDer(
        0x30,
        encodeDerInteger(Uint8Array.of(0)),
        ...["n", "e", "d", "q", "p", "dq", "dp"].map((name) => encodeDerInteger(number(name))),
        encodeDerInteger(hex(inverse.toString(16).padStart(256, "0"))),
      )
      const first = await imported(
        one,
        "RSA_2048",
        "SIGN_VERIFY",
        privateKey.export({ ...der, type: "pkcs8" }),
      )
      const second = await imported(
        one,
        "RSA_2048",
        "SIGN_VERIFY",
        encodePkcs8("RSA_2048", { privateKey: turned, publicKey: undefined }),
      )
      check(
        first.binding.keyMaterialId === second.binding.keyMaterialId,
        "the same key has the same id",
      )
    },
  },
  {
    name: "a symmetric key has 32 bytes, and an HMAC key as many as its hash, up to 128",
    async run(source) {
      const one = await ready(source)
      for (const length of [16, 31, 33]) {
        const material = randomBytes(length)
        await checkUnsuitable(one, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material)
      }
      const usage = "GENERATE_VERIFY_MAC"
      for (const length of [47, 129]) {
        await checkUnsuitable(one, "HMAC_384", usage, randomBytes(length))
      }
      for (const length of [48, 128]) {
        const material = randomBytes(length)
        const key = await imported(one, "HMAC_384", usage, material)
        const message = utf8("message")
        const mac = await one.hsm.generateMac({ ...key, algorithm: "HMAC_SHA_384", message })
        const expected = createHmac("sha384", material).update(message).digest()
        check(equalBytes(mac, expected), "makes the MACs of the imported key")
      }
    },
  },
  {
    name: "RSA keys of another size, with a wrong prime or a wrong exponent are refused",
    async run(source) {
      const one = await ready(source)
      const { privateKey } = nodePair("RSA_3072", 3072)
      const pkcs8 = privateKey.export({ ...der, type: "pkcs8" })
      await checkUnsuitable(one, "RSA_2048", "SIGN_VERIFY", pkcs8)
      const jwk = nodePair("RSA_2048").privateKey.export({ format: "jwk" }) as Record<
        string,
        string
      >
      const names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"]
      for (const wrong of ["n", "e", "d", "p", "q"]) {
        const numbers = names.map((name) => {
          const bytes = new Uint8Array(Buffer.from(jwk[name] ?? "", "base64url"))
          if (name === wrong) bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 2
          return encodeDerInteger(bytes)
        })
        const inner = encodeDer(0x30, encodeDerInteger(Uint8Array.of(0)), ...numbers)
        const material = encodePkcs8("RSA_2048", { privateKey: inner, publicKey: undefined })
        await checkUnsuitable(one, "RSA_2048", "SIGN_VERIFY", material)
      }
    },
  },
  {
    name: "a curve key may come without its public key, but not with another one",
    async run(source) {
      const one = await ready(source)
      const spec = "ECC_NIST_P256"
      const jwk = nodePair(spec).privateKey.export({ format: "jwk" }) as Record<string, string>
      const part = (name: string) => new Uint8Array(Buffer.from(jwk[name] ?? "", "base64url"))
      const point = concatBytes(Uint8Array.of(4), part("x"), part("y"))
      const other = nodePair(spec).privateKey.export({ format: "jwk" }) as Record<string, string>
      const scalar = new Uint8Array(Buffer.from(other.d ?? "", "base64url"))
      const algorithm = hex("301306072a8648ce3d020106082a8648ce3d030107")
      const pkcs8 = (inner: Uint8Array): Uint8Array =>
        encodeDer(0x30, encodeDerInteger(Uint8Array.of(0)), algorithm, encodeDer(0x04, inner))
      const bare = (key: Uint8Array): Uint8Array =>
        encodeDer(0x30, encodeDerInteger(Uint8Array.of(1)), encodeDer(0x04, key))
      const key = await imported(one, spec, "SIGN_VERIFY", pkcs8(bare(part("d"))))
      const spki = await one.hsm.publicKey(key)
      check(equalBytes(spki.subarray(-65), point), "derives the public key")
      const named = await imported(
        one,
        spec,
        "SIGN_VERIFY",
        pkcs8(encodeSec1(spec, part("d"), point)),
      )
      check(named.binding.keyMaterialId === key.binding.keyMaterialId, "the same key, the same id")
      await checkUnsuitable(one, spec, "SIGN_VERIFY", pkcs8(encodeSec1(spec, scalar, point)))
      const order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
      for (const outside of [new Uint8Array(32), order, new Uint8Array(32).fill(255)]) {
        await checkUnsuitable(one, spec, "SIGN_VERIFY", pkcs8(bare(outside)))
      }
    },
  },
  {
    name: "a wrapping key opens only under its own binding, and not as a key",
    async run(source) {
      const { hsm, wrapping, publicKey } = await ready(source)
      const target = {
        ...place,
        keySpec: "SYMMETRIC_DEFAULT",
        keyUsage: "ENCRYPT_DECRYPT",
      } as const
      const wrappedMaterial = wrap("RSA_AES_KEY_WRAP_SHA_256", publicKey, randomBytes(32))
      const others: Partial<WrappingBinding>[] = [
        { account: "000000000000" },
        { partition: "aws-cn" },
        { keyId: "9876abcd-12ab-34cd-56ef-1234567890ab" },
        { validToMs: wrapping.binding.validToMs + 1 },
        { wrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_1" },
        { wrappingKeySpec: "RSA_3072" },
      ]
      for (const other of others) {
        const forged = { token: wrapping.token, binding: { ...wrapping.binding, ...other } }
        await checkRefused("token-refused", () =>
          hsm.importKey({ wrapping: forged, wrappedMaterial, binding: target }),
        )
      }
      const asKey: Binding = {
        ...place,
        keyMaterialId: "5e".repeat(32),
        keySpec: "RSA_2048",
        keyUsage: "ENCRYPT_DECRYPT",
      }
      await checkRefused("token-refused", () =>
        hsm.publicKey({ token: wrapping.token, binding: asKey }),
      )
      const token = await hsm.generateKey(asKey)
      const asWrapping = { token, binding: wrapping.binding }
      await checkRefused("token-refused", () =>
        hsm.importKey({ wrapping: asWrapping, wrappedMaterial, binding: target }),
      )
      await checkRefused("unsupported", () =>
        hsm.generateWrappingKey({ ...wrapping.binding, wrappingAlgorithm: "SM2PKE" }),
      )
    },
  },
]

/** Key material from outside. */
export const hsmImportCases: readonly HsmKeyCase[] = [...wrappingCases, ...pairCases, ...otherCases]
