import { createHash } from "node:crypto"
import { encodePairMaterial, pkcs8OfMaterial } from "../../src/formats/keys/pair-material.js"
import { parsePkcs8 } from "../../src/formats/keys/pkcs8.js"
import { encodeRsaMaterial, parseRsaPrivateKey } from "../../src/formats/keys/rsa-keys.js"
import { encodeSpki, parseSpki } from "../../src/formats/keys/spki.js"
import type { Entropy } from "../../src/ports/entropy.js"
import type {
  CryptoSuite,
  SignInput,
  SuiteRow,
  SuiteSpec,
} from "../../src/software-hsm/suite/crypto-suite.js"
import type { SigningAlgorithm } from "../../src/vocabulary/algorithms.js"
import { concatBytes, hexOf } from "../../src/vocabulary/bytes.js"
import type { KeyPairSpec, KeySpec } from "../../src/vocabulary/key-specs.js"
import { hex } from "../formats/vectors.js"

/** One vector of a Wycheproof file; which members it has depends on the file. */
type Vector = Readonly<Record<string, string>> & { readonly flags: readonly string[] }
type Group = Readonly<Record<string, unknown>> & { readonly tests: readonly Vector[] }
export interface VectorFile {
  readonly testGroups: readonly Group[]
}

/** What is wrong with it is how long it is, or a part of it. */
const isOfWrongLength = ({ comment = "", result }: Vector): boolean =>
  result === "invalid" &&
  /length|trunc|append|prepend|padding|zero|empty|long|short|remov|size|bytes/i.test(comment)

/**
 * A file with only every `stride`th of its vectors, for suites that take long, and with all those
 * of a wrong length: each path has checks of its own for them.
 */
export const thinned = ({ testGroups }: VectorFile, stride: number): VectorFile => {
  let index = 0
  const isTaken = (vector: Vector): boolean => index++ % stride === 0 || isOfWrongLength(vector)
  return {
    testGroups: testGroups.map((group) => ({ ...group, tests: group.tests.filter(isTaken) })),
  }
}

/** A file of vectors and what it says of a suite. `check` throws at the first disagreement. */
export interface VectorCase {
  readonly file: string
  readonly check: (suite: CryptoSuite, file: VectorFile) => Promise<number>
}

/** What the test hashes on its own, to sign digests; of SHAKE 64 bytes. */
const digestOf = (name: string, message: Uint8Array): Uint8Array =>
  createHash(name, name.startsWith("shake") ? { outputLength: 64 } : {})
    .update(message)
    .digest()

const noEntropy: Entropy = () => {
  throw new Error("verifying must not draw randomness")
}

function fail(vector: Vector, said: string): never {
  throw new Error(`test ${vector.tcId} (${vector.comment}) is ${vector.result}, not ${said}`)
}

/** Compares an answer with the verdict of the file; "acceptable" may be answered either way. */
function judge(vector: Vector, isAccepted: boolean): void {
  if (vector.result === "acceptable") return
  if (isAccepted !== (vector.result === "valid")) fail(vector, isAccepted ? "valid" : "invalid")
}

async function forEach(
  file: VectorFile,
  check: (vector: Vector, group: Group) => Promise<void>,
): Promise<number> {
  let count = 0
  for (const group of file.testGroups) {
    for (const vector of group.tests) {
      await check(vector, group)
      count += 1
    }
  }
  return count
}

const member = (vector: Vector, name: string): Uint8Array => hex(vector[name] ?? "")

const rowOf = (suite: CryptoSuite, spec: KeySpec): SuiteRow => suite.keys[spec as SuiteSpec] ?? {}

/** Material that can verify and nothing else. */
function publicMaterial(spec: KeyPairSpec, publicKey: Uint8Array, bytes: number): Uint8Array {
  const expandedBytes: { readonly [spec in KeyPairSpec]?: number } = {
    ML_DSA_44: 2560,
    ML_DSA_65: 4032,
    ML_DSA_87: 4896,
    ML_KEM_512: 1632,
    ML_KEM_768: 2400,
    ML_KEM_1024: 3168,
  }
  return encodePairMaterial({
    privateKey: new Uint8Array(bytes),
    publicKey,
    expanded: new Uint8Array(expandedBytes[spec] ?? 0),
  })
}

function publicKeyOf(spec: KeyPairSpec, group: Group): Uint8Array {
  const publicKey = parseSpki(spec, hex(group.publicKeyDer as string))
  if (publicKey === undefined) throw new Error("the public key of the file does not parse")
  if (hexOf(encodeSpki(spec, publicKey)) !== group.publicKeyDer) throw new Error("not its inverse")
  return publicKey
}

async function verifies(
  suite: CryptoSuite,
  spec: KeySpec,
  material: Uint8Array,
  input: SignInput,
  signature: Uint8Array,
): Promise<boolean> {
  const open = rowOf(suite, spec).SIGN_VERIFY
  if (open === undefined) throw new Error(`no signing key for ${spec}`)
  return (await open(material, noEntropy)).verify(input, signature)
}

const curveCase = (
  name: string,
  spec: KeyPairSpec,
  algorithm: SigningAlgorithm,
  bytes: number,
  hash: string,
): VectorCase => ({
  file: `wycheproof/ecdsa_${name}_test`,
  check: (suite, file) =>
    forEach(file, async (vector, group) => {
      const material = publicMaterial(spec, publicKeyOf(spec, group), bytes)
      const [message, signature] = [member(vector, "msg"), member(vector, "sig")]
      const raw: SignInput = { algorithm, messageType: "RAW", message }
      judge(vector, await verifies(suite, spec, material, raw, signature))
      const digest: SignInput = {
        algorithm,
        messageType: "DIGEST",
        message: digestOf(hash, message),
      }
      judge(vector, await verifies(suite, spec, material, digest, signature))
    }),
})

const rsaPublicMaterial = (group: Group): Uint8Array => {
  const { modulus, publicExponent } = group.publicKey as Record<string, string>
  const [n, e, none] = [hex(modulus ?? ""), hex(publicExponent ?? ""), new Uint8Array(0)]
  return encodeRsaMaterial({ n, e, d: none, p: none, q: none, dp: none, dq: none, qi: none })
}

const rsaCase = (
  file: string,
  spec: KeySpec,
  algorithm: SigningAlgorithm,
  hash: string,
  options: { readonly isRefused?: boolean } = {},
): VectorCase => ({
  file: `wycheproof/${file}_test`,
  check: (suite, data) =>
    forEach(data, async (vector, group) => {
      const material = rsaPublicMaterial(group)
      const [message, signature] = [member(vector, "msg"), member(vector, "sig")]
      const inputs: SignInput[] = [
        { algorithm, messageType: "RAW", message },
        { algorithm, messageType: "DIGEST", message: digestOf(hash, message) },
      ]
      const expected = options.isRefused ? { ...vector, result: "invalid" } : vector
      for (const input of inputs) {
        judge(expected as Vector, await verifies(suite, spec, material, input, signature))
      }
    }),
})

const oaepCase = (
  file: string,
  spec: "RSA_2048" | "RSA_3072" | "RSA_4096",
  algorithm: "RSAES_OAEP_SHA_1" | "RSAES_OAEP_SHA_256",
  isOurs: boolean,
): VectorCase => ({
  file: `wycheproof/rsa_oaep_${file}_test`,
  check: (suite, data) =>
    forEach(data, async (vector, group) => {
      const parts = parsePkcs8(spec, hex(group.privateKeyPkcs8 as string))
      const numbers = parts && parseRsaPrivateKey(parts.privateKey)
      const open = rowOf(suite, spec).ENCRYPT_DECRYPT
      if (numbers === undefined || open === undefined) throw new Error("the key does not parse")
      const material = encodeRsaMaterial(numbers)
      if (hexOf(pkcs8OfMaterial(spec, material)) !== group.privateKeyPkcs8) {
        throw new Error("PKCS #8 is not its own inverse")
      }
      const key = await open(material, suite.entropy)
      const opened = await key.decrypt(algorithm, member(vector, "ct"))
      // Other masks and labels that are not empty are not what KMS offers.
      const isGenuine = vector.result === "valid" && isOurs && vector.label === ""
      const said = opened && hexOf(opened)
      if (said !== (isGenuine ? vector.msg : undefined)) fail(vector, said ?? "invalid")
    }),
})

const ecdhCase = (name: string, spec: KeyPairSpec, bytes: number): VectorCase => ({
  file: `wycheproof/ecdh_${name}_test`,
  check: (suite, file) =>
    forEach(file, async (vector) => {
      const scalar = hex((vector.private ?? "").padStart(2 * bytes, "0")).slice(-bytes)
      const completed = await rowOf(suite, spec).pair?.complete(
        { privateKey: scalar, publicKey: undefined },
        suite.entropy,
      )
      const publicKey = parseSpki(spec, member(vector, "public"))
      const open = rowOf(suite, spec).KEY_AGREEMENT
      if (completed === undefined || open === undefined) throw new Error("the key is refused")
      const key = await open(completed, suite.entropy)
      const shared = publicKey && (await key.agree(publicKey))
      if (shared === undefined) return judge(vector, false)
      if (hexOf(shared) !== vector.shared) fail(vector, hexOf(shared))
      judge(vector, true)
    }),
})

const hmacCase = (bits: 224 | 256 | 384 | 512): VectorCase => ({
  file: `wycheproof/hmac_sha${bits}_test`,
  check: (suite, file) =>
    forEach(file, async (vector) => {
      const open = rowOf(suite, `HMAC_${bits}`).GENERATE_VERIFY_MAC
      const key = await open?.(member(vector, "key"), noEntropy)
      const made = key?.mac(member(vector, "msg")) ?? new Uint8Array(0)
      const tag = vector.tag ?? "-"
      judge(vector, tag.length >= 28 && hexOf(made).startsWith(tag))
    }),
})

const mlDsaVerifyCase = (level: 44 | 65 | 87): VectorCase => ({
  file: `wycheproof/mldsa_${level}_verify_test`,
  check: (suite, file) =>
    forEach(file, async (vector, group) => {
      const spec = `ML_DSA_${level}` as const
      const publicKey = hex(group.publicKey as string)
      // A context that is not empty, and keys of a wrong length, cannot reach the suite.
      if ((vector.ctx ?? "") !== "" || parseSpki(spec, encodeSpki(spec, publicKey)) === undefined) {
        return
      }
      const material = publicMaterial(spec, publicKey, 32)
      const algorithm = "ML_DSA_SHAKE_256"
      const message = member(vector, "msg")
      const inputs: SignInput[] = [
        { algorithm, messageType: "RAW", message },
        { algorithm, messageType: "EXTERNAL_MU", message: muOf(publicKey, message) },
      ]
      for (const input of inputs) {
        judge(vector, await verifies(suite, spec, material, input, member(vector, "sig")))
      }
    }),
})

/** µ of a message without a context. Source: FIPS 204, algorithms 2 and 7. */
function muOf(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const framed = concatBytes(Uint8Array.of(0, 0), message)
  return digestOf("shake256", concatBytes(digestOf("shake256", publicKey), framed))
}

const entropyOf =
  (given: string | undefined): Entropy =>
  (target) => {
    target.set(given === undefined ? new Uint8Array(target.length) : hex(given))
    return target
  }

const mlDsaSignCase = (level: 44 | 65 | 87): VectorCase => ({
  file: `wycheproof/mldsa_${level}_sign_seed_test`,
  check: (suite, file) =>
    forEach(file, async (vector, group) => {
      const spec = `ML_DSA_${level}` as const
      if ((vector.ctx ?? "") !== "" || vector.result !== "valid") return
      const pkcs8 = group.privateKeyPkcs8 as string | undefined
      const privateKey = hex(group.privateSeed as string)
      const parts = pkcs8 ? parsePkcs8(spec, hex(pkcs8)) : { privateKey, publicKey: undefined }
      if (parts === undefined) throw new Error("the private key does not parse")
      const material = await rowOf(suite, spec).pair?.complete(parts, suite.entropy)
      // With zeros in place of randomness, hedged signing is deterministic.
      const entropy = entropyOf(vector.rnd)
      const key = material && (await rowOf(suite, spec).SIGN_VERIFY?.(material, entropy))
      if (key === undefined) throw new Error("the key is refused")
      const algorithm = "ML_DSA_SHAKE_256"
      const inputs: SignInput[] = [
        { algorithm, messageType: "EXTERNAL_MU", message: member(vector, "mu") },
        // Some vectors give only µ.
        ...(vector.msg === undefined
          ? []
          : [{ algorithm, messageType: "RAW", message: member(vector, "msg") } as const]),
      ]
      for (const input of inputs) {
        if (input.message.length === 0 && input.messageType === "EXTERNAL_MU") continue
        const made = await key.sign(input)
        if (hexOf(made) !== vector.sig) fail(vector, `the same by ${input.messageType}`)
        judge(vector, await key.verify(input, made))
      }
    }),
})

const kemSpec = (level: 512 | 768 | 1024) => `ML_KEM_${level}` as const

const mlKemCase = (level: 512 | 768 | 1024): VectorCase => ({
  file: `wycheproof/mlkem_${level}_test`,
  check: (suite, file) =>
    forEach(file, async (vector, group) => {
      const spec = kemSpec(level)
      if (group.type !== "MLKEMTest" || vector.seed?.length !== 128) return
      const parts = { privateKey: member(vector, "seed"), publicKey: undefined }
      const material = await rowOf(suite, spec).pair?.complete(parts, suite.entropy)
      const key =
        material && (await rowOf(suite, spec).ENCAPSULATE_DECAPSULATE?.(material, suite.entropy))
      const shared = await key?.decapsulate(member(vector, "c"))
      judge(vector, shared !== undefined && hexOf(shared) === vector.K)
    }),
})

const mlKemEncapsulateCase = (level: 512 | 768 | 1024): VectorCase => ({
  file: `wycheproof/mlkem_${level}_encaps_test`,
  check: (suite, file) =>
    forEach(file, async (vector) => {
      const spec = kemSpec(level)
      const material = publicMaterial(spec, member(vector, "ek"), 64)
      const entropy: Entropy = (target) => {
        target.set(member(vector, "m"))
        return target
      }
      let made: string | undefined
      try {
        const key = await rowOf(suite, spec).ENCAPSULATE_DECAPSULATE?.(material, entropy)
        const { ciphertext, sharedSecret } = (await key?.encapsulate()) ?? {}
        made = ciphertext && sharedSecret && hexOf(concatBytes(ciphertext, sharedSecret))
      } catch {
        made = undefined
      }
      judge(vector, made === `${vector.c}${vector.K}`)
    }),
})

const keyWrapCase: VectorCase = {
  file: "wycheproof/aes_kwp_test",
  check: (suite, file) =>
    forEach(file, async (vector) => {
      const opened = suite.unwrapPadded(member(vector, "key"), member(vector, "ct"))
      judge(vector, opened !== undefined && hexOf(opened) === vector.msg)
    }),
}

const rsaSizes = [2048, 3072, 4096] as const
const hashes = [256, 384, 512] as const

/** Every file that says something about a suite. */
export const vectorCases: readonly VectorCase[] = [
  curveCase("secp256r1_sha256", "ECC_NIST_P256", "ECDSA_SHA_256", 32, "sha256"),
  curveCase("secp384r1_sha384", "ECC_NIST_P384", "ECDSA_SHA_384", 48, "sha384"),
  curveCase("secp521r1_sha512", "ECC_NIST_P521", "ECDSA_SHA_512", 66, "sha512"),
  curveCase("secp256k1_sha256", "ECC_SECG_P256K1", "ECDSA_SHA_256", 32, "sha256"),
  {
    file: "wycheproof/ed25519_test",
    check: (suite, file) =>
      forEach(file, async (vector, group) => {
        const spec = "ECC_NIST_EDWARDS25519"
        const material = publicMaterial(spec, publicKeyOf(spec, group), 32)
        const message = member(vector, "msg")
        const input: SignInput = { algorithm: "ED25519_SHA_512", messageType: "RAW", message }
        judge(vector, await verifies(suite, spec, material, input, member(vector, "sig")))
      }),
  },
  ...rsaSizes.flatMap((size) =>
    hashes.map((hash) =>
      rsaCase(
        `rsa_signature_${size}_sha${hash}`,
        `RSA_${size}`,
        `RSASSA_PKCS1_V1_5_SHA_${hash}`,
        `sha${hash}`,
      ),
    ),
  ),
  ...(
    [
      [2048, 256, 32],
      [2048, 384, 48],
      [3072, 256, 32],
      [4096, 256, 32],
      [4096, 384, 48],
      [4096, 512, 32],
      [4096, 512, 64],
    ] as const
  ).map(([size, hash, salt]) =>
    rsaCase(
      `rsa_pss_${size}_sha${hash}_mgf1_${salt}`,
      `RSA_${size}`,
      `RSASSA_PSS_SHA_${hash}`,
      `sha${hash}`,
      { isRefused: salt * 8 !== hash },
    ),
  ),
  oaepCase("2048_sha1_mgf1sha1", "RSA_2048", "RSAES_OAEP_SHA_1", true),
  oaepCase("2048_sha256_mgf1sha1", "RSA_2048", "RSAES_OAEP_SHA_256", false),
  oaepCase("2048_sha256_mgf1sha256", "RSA_2048", "RSAES_OAEP_SHA_256", true),
  oaepCase("3072_sha256_mgf1sha1", "RSA_3072", "RSAES_OAEP_SHA_256", false),
  oaepCase("3072_sha256_mgf1sha256", "RSA_3072", "RSAES_OAEP_SHA_256", true),
  oaepCase("4096_sha256_mgf1sha1", "RSA_4096", "RSAES_OAEP_SHA_256", false),
  oaepCase("4096_sha256_mgf1sha256", "RSA_4096", "RSAES_OAEP_SHA_256", true),
  ecdhCase("secp256r1", "ECC_NIST_P256", 32),
  ecdhCase("secp384r1", "ECC_NIST_P384", 48),
  ecdhCase("secp521r1", "ECC_NIST_P521", 66),
  ...([224, 256, 384, 512] as const).map(hmacCase),
  ...([44, 65, 87] as const).flatMap((level) => [mlDsaVerifyCase(level), mlDsaSignCase(level)]),
  ...([512, 768, 1024] as const).flatMap((level) => [
    mlKemCase(level),
    mlKemEncapsulateCase(level),
  ]),
  keyWrapCase,
]
